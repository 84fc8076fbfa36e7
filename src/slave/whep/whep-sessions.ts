// WebRTC sessions of viewers: whose token each one runs under, for how long, and why it ends. The media server carries the media;
// this room lets nobody in by itself (the gate of the viewers' port does) and knows no HTTP request.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { randomId } from "../../shared/tokens/random-secrets.ts";
import { expiryToleranceS } from "../../shared/tokens/viewer-token.ts";
import { deleteSession, openSession, patchSession, SignallingError } from "./signalling-client.ts";
import type { SdpAnswer } from "./signalling-client.ts";
import { createStrangerWatch } from "./stranger-watch.ts";
import type { StreamPulls } from "./stream-pulls.ts";
import { isSameRun } from "./webrtc-server.ts";
import { gone, notReady, refusalOf, tooMany } from "./whep-refusals.ts";
import type { SessionRefusal } from "./whep-refusals.ts";
import type { ListedSession, RunningWebrtc, WebrtcServer } from "./webrtc-server.ts";

/** What is kept of a viewer's token. */
export type SessionClaims = Pick<TokenClaims, "jti" | "path" | "iat" | "exp" | "user_id" | "user_type">;

export type EndedWhy =
  /** The viewer, or the network between. */
  | "left"
  | "token_expired"
  | "token_revoked"
  /** The viewer has opened newer ones. */
  | "replaced"
  /** This node is to be empty, and the viewer did not go. */
  | "drained"
  /** The media server was started anew. */
  | "server_restarted"
  /** It is none of ours. */
  | "stranger";

export const endedWhys = [
  "left",
  "token_expired",
  "token_revoked",
  "replaced",
  "drained",
  "server_restarted",
  "stranger",
] as const satisfies readonly EndedWhy[];

export type OpenResult = ({ readonly ok: true; readonly id: string } & SdpAnswer) | SessionRefusal;
export type PatchResult = ({ readonly ok: true } & SdpAnswer) | SessionRefusal;

export interface WhepSessions {
  /** For a viewer whose token was found good. @param offer SDP of the browser. */
  open(claims: SessionClaims, offer: string): Promise<OpenResult>;
  patch(path: string, id: string, fragment: string, ifMatch: string | undefined): Promise<PatchResult>;
  /** False when there is no such session. */
  close(path: string, id: string): Promise<boolean>;
  /** The viewer is still there, under this token. False when there is no such session of this viewer. */
  renew(path: string, id: string, claims: SessionClaims): boolean;
  has(path: string, id: string): boolean;
  readonly count: number;
  countOf(path: string): number;
  /** Looks after them; to be called about every second, one call at a time. */
  sweep(): Promise<void>;
}

export interface WhepSessionsDeps {
  readonly server: WebrtcServer;
  readonly pulls: Pick<StreamPulls, "ready">;
  /** Where the media server has a stream for browsers. */
  readonly mediaPathOf: (path: string) => string;
  /** Counts the viewer. @param nowMs monotonic */
  readonly seen: (claims: SessionClaims, nowMs: number) => void;
  readonly knowledge: {
    isRevoked(claims: Pick<TokenClaims, "jti" | "path" | "iat">): boolean;
    clusterTimeMs(wallMs: number): number;
    readonly drain: { readonly deadlineMs: number } | undefined;
  };
  readonly maxSessions: number;
  readonly ended: (why: EndedWhy) => void;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn">;
}

interface Session {
  readonly id: string;
  readonly server: RunningWebrtc;
  readonly mediaId: string;
  readonly url: string;
  readonly openedAtMs: number;
  claims: SessionClaims;
  /** Undefined for players that never do it: any that speaks WHEP. */
  renewedAtMs: number | undefined;
}

/** A viewer who reconnects opens the next one before the one before has ended; more would be a token that is handed round. */
const maxPerViewer = 2;
/** Each costs the media server a peer connection and a certificate's worth of cryptography. */
const openLimit = { burst: 6, perSecond: 0.5 };
/** For players that trickle. An ICE restart costs the media server 80 KB until the session ends. */
const patchLimit = { burst: 30, perSecond: 0.5 };
/** Our player renews every 2.5 s; one that has stopped is a page that sleeps, or a device without battery, and keeps a seat for nobody. */
const silentPlayerMs = 20_000;
/** The list may be older than the session. */
const listedAfterMs = 3_000;

export function createWhepSessions(deps: WhepSessionsDeps): WhepSessions {
  const { server, pulls, mediaPathOf, seen, knowledge, maxSessions, clock, logger } = deps;
  const sessions = new Map<string, Session>();
  const opens = createRateLimiter(openLimit);
  const patches = createRateLimiter(patchLimit);
  const strangers = createStrangerWatch();
  /** Sessions that the media server is asked for, by when: it lists them while their viewers wait for the stream. */
  const openings = new Set<{ readonly sinceMs: number }>();

  function find(path: string, id: string): Session | undefined {
    const session = sessions.get(id);
    return session?.claims.path === path ? session : undefined;
  }

  function forget(session: Session, why: EndedWhy): void {
    if (!sessions.delete(session.id)) return;
    deps.ended(why);
    if (why !== "left") logger.info({ stream: session.claims.path, jti: session.claims.jti, why }, "WebRTC session ended");
  }

  async function end(session: Session, why: EndedWhy): Promise<void> {
    forget(session, why);
    await kick(session.server, session.mediaId);
  }

  async function kick({ api }: RunningWebrtc, mediaId: string): Promise<void> {
    try {
      await api.kick("webrtcsessions", mediaId);
    } catch (error) {
      // Whoever is still there is a stranger to the next sweep, and is ended by that.
      logger.warn({ err: error }, "a WebRTC session could not be ended");
    }
  }

  /** Oldest first. */
  const sessionsOf = (jti: string): Session[] => [...sessions.values()].filter(({ claims }) => claims.jti === jti);

  function endSurplus(jti: string): void {
    const all = sessionsOf(jti);
    for (const old of all.slice(0, Math.max(0, all.length - maxPerViewer))) void end(old, "replaced");
  }

  function whyEnded({ claims, server: its, renewedAtMs }: Session, nowMs: number): EndedWhy | undefined {
    if (!isSameRun(its, server.running)) return "server_restarted";
    if (knowledge.isRevoked(claims)) return "token_revoked";
    if (knowledge.clusterTimeMs(clock.wallMs()) / 1_000 > claims.exp + expiryToleranceS) return "token_expired";
    if (renewedAtMs !== undefined && nowMs - renewedAtMs > silentPlayerMs) return "left";
    const { drain } = knowledge;
    return drain !== undefined && nowMs >= drain.deadlineMs ? "drained" : undefined;
  }

  async function openAt(running: RunningWebrtc, claims: SessionClaims, offer: string): Promise<OpenResult> {
    const { path } = claims;
    if (!(await pulls.ready(running, path))) return notReady;
    const opened = await openSession(running, mediaPathOf(path), offer);
    const { mediaId, url, ...answer } = opened;
    const id = randomId();
    const session = { id, server: running, mediaId, url, claims, openedAtMs: clock.monotonicMs(), renewedAtMs: undefined };
    sessions.set(id, session);
    // While it was opened, the token may have been called back.
    if (whyEnded(session, clock.monotonicMs()) === "token_revoked") {
      await end(session, "token_revoked");
      return { ok: false, code: "token_revoked" };
    }
    endSurplus(claims.jti);
    return { ok: true, id, ...answer };
  }

  function sweepListed(running: RunningWebrtc, listed: readonly ListedSession[], nowMs: number): void {
    const known = new Map([...sessions.values()].map((session) => [session.mediaId, session]));
    const found = new Set<string>();
    const unknown: string[] = [];
    for (const { id, state } of listed) {
      const session = known.get(id);
      if (session) {
        found.add(id);
        seen(session.claims, nowMs);
      } else if (state === "read") unknown.push(id);
    }
    const openingSinceMs = Math.min(...[...openings].map(({ sinceMs }) => sinceMs));
    for (const id of strangers.step(unknown, openingSinceMs, nowMs)) {
      deps.ended("stranger");
      void kick(running, id);
    }
    for (const session of known.values())
      if (!found.has(session.mediaId) && nowMs - session.openedAtMs > listedAfterMs) forget(session, "left");
  }

  return {
    async open(claims, offer) {
      const running = server.running;
      if (!running) return notReady;
      const waitS = opens.take(claims.jti, clock.monotonicMs());
      if (waitS > 0) return tooMany(waitS);
      if (sessions.size + openings.size >= maxSessions)
        return { ok: false, code: "no_capacity", detail: `this node serves ${maxSessions} WebRTC sessions`, retryAfterS: 5 };
      const opening = { sinceMs: clock.monotonicMs() };
      openings.add(opening);
      try {
        return await openAt(running, claims, offer);
      } catch (error) {
        if (!(error instanceof SignallingError)) throw error;
        return refusalOf(error);
      } finally {
        openings.delete(opening);
      }
    },
    async patch(path, id, fragment, ifMatch) {
      const session = find(path, id);
      if (!session) return gone;
      const waitS = patches.take(id, clock.monotonicMs());
      if (waitS > 0) return tooMany(waitS);
      try {
        const answer = await patchSession(session.server, session.url, fragment, ifMatch);
        if (answer.status === 404) return gone;
        if (answer.status >= 300) return { ok: false, code: "malformed_request", detail: "the media server refuses this fragment" };
        return { ok: true, ...answer };
      } catch (error) {
        if (!(error instanceof SignallingError)) throw error;
        return notReady;
      }
    },
    async close(path, id) {
      const session = find(path, id);
      if (!session) return false;
      forget(session, "left");
      try {
        await deleteSession(session.server, session.url);
      } catch (error) {
        if (!(error instanceof SignallingError)) throw error;
        // It is still listed then, and ended as a stranger's.
      }
      return true;
    },
    renew(path, id, claims) {
      const session = find(path, id);
      // Another token of the same viewer is as good: after a move there and back it has another jti.
      if (session?.claims.user_id !== claims.user_id) return false;
      // The token that it had may open others now.
      const isMoved = session.claims.jti !== claims.jti;
      session.claims = claims;
      session.renewedAtMs = clock.monotonicMs();
      if (isMoved) endSurplus(claims.jti);
      return true;
    },
    has: (path, id) => find(path, id) !== undefined,
    get count() {
      return sessions.size;
    },
    countOf(path) {
      let count = 0;
      for (const { claims } of sessions.values()) if (claims.path === path) count += 1;
      return count;
    },
    async sweep() {
      const nowMs = clock.monotonicMs();
      for (const session of sessions.values()) {
        const why = whyEnded(session, nowMs);
        if (why === "server_restarted") forget(session, why);
        else if (why !== undefined) await end(session, why);
      }
      const running = server.running;
      if (!running) return;
      try {
        const listed = await running.api.sessions("webrtcsessions");
        sweepListed(running, listed, clock.monotonicMs());
      } catch (error) {
        // Counted on by the viewers' own window; the next sweep is a second away.
        logger.warn({ err: error }, "WebRTC sessions could not be listed");
      }
    },
  };
}
