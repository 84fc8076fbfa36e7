// Publishers that came in through MediaMTX, as sources of the publish slots: let in at the auth hook, decided on behind it,
// fed when MediaMTX has their media, ended there when they are refused here. Knows no protocol's details.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { EndReason, PublishRequest } from "../engine.ts";
import type { PublishSlots, PublishSource } from "../stage/publish-slots.ts";
import type { AuthQuestion } from "./auth-rules.ts";
import type { MediaMtxPath, SessionKind } from "./mediamtx-api.ts";
import type { RunningMediaMtx } from "./running-mediamtx.ts";
import type { Passes } from "./passes.ts";
import { presentSessions, sendAway, sendStrangersAway, sessionKindsOf } from "./publisher-sessions.ts";
import { feedKindOf, startAdapterFeed, startRtmpFeed } from "./stream-feed.ts";
import type { Feed, FeedEvents } from "./stream-feed.ts";

export interface MediaMtxIngest {
  /** The hook let somebody in, who comes now. */
  admitted(request: PublishRequest, question: AuthQuestion): void;
  /** Whether somebody was let in for this path and has not begun yet. */
  isExpected(path: string): boolean;
  /** False when no more can be let in. */
  readonly hasRoom: boolean;
  /** Sends away who was let in by a process before this one: it would send to nobody, and comes back. */
  endForeign(): Promise<void>;
  /** MediaMTX is gone, and all sessions with it. */
  lost(): void;
  stop(): Promise<void>;
}

export interface MediaMtxIngestDeps {
  readonly slots: PublishSlots;
  readonly running: () => RunningMediaMtx | undefined;
  readonly passes: Passes;
  /** Password that reads every path. */
  readonly secret: string;
  readonly ffmpegPath: () => string;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface Session {
  readonly source: PublishSource;
  readonly id: string;
  readonly kinds: readonly SessionKind[];
  readonly admittedAtMs: number;
  allowed: boolean;
  feed: Feed | undefined;
  /** When its feeds began, of late. */
  feedStarts: number[];
  seenAtMs: number;
}

const maxSessions = 300;
/** While somebody is expected, and while all are fed. */
const expectPollMs = 100;
const watchPollMs = 1_000;
/** MediaMTX looks at the first two seconds of RTMPS before anybody can read it, and SRT buffers. */
const expectedForMs = 20_000;
const feedsPerMinute = 6;

export function createMediaMtxIngest(deps: MediaMtxIngestDeps): MediaMtxIngest {
  const { slots, passes, logger, clock } = deps;
  const sessions = new Set<Session>();
  let timer: NodeJS.Timeout | undefined;
  let polling = false;
  let stopped = false;

  const isWaiting = (session: Session) => session.feed === undefined;

  function admitted(request: PublishRequest, { id, protocol }: AuthQuestion): void {
    const kinds = sessionKindsOf(protocol);
    // What has no session yet (a question before the request) only wanted to know.
    if (id === null || !kinds || stopped) return;
    const nowMs = clock.monotonicMs();
    const source: PublishSource = {
      request,
      allow() {
        session.allowed = true;
        pollSoon(0);
      },
      refuse: () => cut(session),
      close: () => cut(session),
    };
    const session: Session = { source, id, kinds, admittedAtMs: nowMs, allowed: false, feed: undefined, feedStarts: [], seenAtMs: nowMs };
    sessions.add(session);
    void slots.decide(source);
    pollSoon(expectPollMs);
  }

  /** Forgotten here and ended there. */
  function cut(session: Session): void {
    if (!sessions.delete(session)) return;
    void session.feed?.stop();
    void kick(session);
  }

  async function kick({ id, kinds, source }: Session): Promise<void> {
    const server = deps.running();
    if (!server) return;
    try {
      await sendAway(server.api, kinds, id);
    } catch (error) {
      logger.warn({ err: error, stream: source.request.path }, "a publisher could not be ended at MediaMTX");
    }
  }

  function left(session: Session, why: EndReason): void {
    if (!sessions.delete(session)) return;
    void session.feed?.stop();
    slots.left(session.source, why);
  }

  function pollSoon(delayMs: number): void {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), delayMs);
  }

  async function poll(): Promise<void> {
    if (polling || sessions.size === 0) return;
    polling = true;
    try {
      await look();
    } catch (error) {
      // MediaMTX is gone or busy; whoever watches its process tells.
      logger.debug({ err: error }, "MediaMTX could not be asked for its paths");
    } finally {
      polling = false;
    }
    if (sessions.size > 0) pollSoon([...sessions].some(isWaiting) ? expectPollMs : watchPollMs);
  }

  async function look(): Promise<void> {
    const server = deps.running();
    if (!server) return;
    const paths = new Map((await server.api.paths()).map((path) => [path.name, path]));
    const nowMs = clock.monotonicMs();
    const missing: Session[] = [];
    for (const session of sessions) {
      const path = paths.get(session.source.request.path);
      if (path?.available && path.source?.id === session.id) {
        session.seenAtMs = nowMs;
        if (session.allowed && !session.feed) feed(session, path, server);
      } else if (session.feed || session.feedStarts.length > 0) {
        left(session, path?.source && path.source.id !== session.id ? "replaced" : "unpublished");
      } else if (nowMs - session.admittedAtMs > expectedForMs) {
        slots.left(session.source, "timed_out");
        cut(session);
      } else if (nowMs - session.seenAtMs > watchPollMs) {
        session.seenAtMs = nowMs;
        missing.push(session);
      }
    }
    if (missing.length > 0) await forgetGone(missing, server);
  }

  /** Those who went before they had begun. @throws MediaMtxApiError: the next look asks again */
  async function forgetGone(missing: readonly Session[], { api }: RunningMediaMtx): Promise<void> {
    const present = await presentSessions(api, new Set(missing.flatMap((session) => session.kinds)));
    for (const session of missing) if (!present.has(session.id)) left(session, "connection_lost");
  }

  function feed(session: Session, path: MediaMtxPath, { addresses }: RunningMediaMtx): void {
    const { source } = session;
    const found = feedKindOf(path.codecs);
    if ("unsupported" in found) {
      logger.warn({ stream: path.name, codecs: path.codecs }, found.unsupported);
      slots.failed(source, "unsupported_codec");
      return;
    }
    const nowMs = clock.monotonicMs();
    session.feedStarts = [...session.feedStarts.filter((at) => nowMs - at < 60_000), nowMs];
    if (session.feedStarts.length > feedsPerMinute) {
      logger.warn({ stream: path.name }, "the publisher's media cannot be read again and again; it is disconnected");
      slots.failed(source, "ffmpeg_failed");
      return;
    }
    logger.info({ stream: path.name, codecs: path.codecs, feed: found.kind }, "the publisher's media is there");
    const events: FeedEvents = {
      metadata: (metadata) => slots.metadata(source, metadata),
      packet: (type, timestampMs, payload) => slots.packet(source, type, timestampMs, payload),
      ended(reason) {
        logger.debug({ stream: path.name, reason }, "the feed ended");
        session.feed = undefined;
        // Whether the publisher left or only this reading of it broke, the next look tells.
        pollSoon(0);
      },
    };
    if (found.kind === "rtmp") {
      session.feed = startRtmpFeed({ address: addresses.rtmp, path: path.name, password: deps.secret }, events);
    } else {
      const password = passes.issue({ action: "read", media: path.name }, nowMs);
      session.feed = startAdapterFeed(deps.ffmpegPath(), { address: addresses.rtsp, path: path.name, password }, events);
    }
  }

  return {
    admitted,
    async endForeign() {
      const server = deps.running();
      if (server) await sendStrangersAway(server.api, (id) => [...sessions].some((session) => session.id === id), logger);
    },
    isExpected: (path) => [...sessions].some(({ source, feedStarts }) => source.request.path === path && feedStarts.length === 0),
    get hasRoom() {
      return sessions.size < maxSessions && !stopped;
    },
    lost() {
      for (const session of sessions) left(session, "connection_lost");
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const feeds = [...sessions].flatMap(({ feed }) => (feed ? [feed.stop()] : []));
      sessions.clear();
      await Promise.all(feeds);
    },
  };
}
