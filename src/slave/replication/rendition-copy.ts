// One rendition of a copy: asks the upstream for what comes next, and appends it as it was there. The hinted part is
// asked for together with the playlist that will list it, so that a hop costs one trip. It knows nothing of other upstreams.
import { setTimeout as sleep } from "node:timers/promises";
import type { PlaylistSegment } from "../media/media-playlist.ts";
import type { SegmentStart } from "../media/stream-writer.ts";
import type { LiveStream } from "../live/live-stream.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { LogStatus } from "../../shared/protocol/log-header.ts";
import { firstUsefulMsn, missingParts, nextPart } from "./catch-up.ts";
import { differenceOf, segmentDifference } from "./same-log.ts";
import { readMediaPlaylist, sumUs } from "../../shared/hls/read-media-playlist.ts";
import type { ListedMedia, PartName } from "../../shared/hls/read-media-playlist.ts";
import { splitParts } from "./split-parts.ts";
import { silentPeerMs, UpstreamError } from "./upstream-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** What is here is no part of the upstream's log, or too old to go on: it takes another log. */
export class LogDiverged extends Error {
  override readonly name = "LogDiverged";
}

export interface RenditionCopyDeps {
  readonly name: string;
  readonly client: UpstreamClient;
  readonly stream: LiveStream;
  /** Called with what each playlist's answer says of the upstream. Undefined: take nothing, ask again. @throws when it may not be followed. */
  readonly heard: (log: LogStatus | undefined) => LogStatus | undefined;
  /** Before the news of a playlist are appended, and after. */
  readonly applying: (list: ListedMedia, log: LogStatus) => void;
  readonly applied: (log: LogStatus) => void;
  /** After each part or segment. */
  readonly appended: (log: LogStatus) => void;
  readonly clock: Pick<Clock, "monotonicMs">;
}

export interface RenditionCopy {
  /** Ends by an error only: UpstreamError, PlaylistError, LogDiverged, or the signal's. */
  run(signal: AbortSignal): Promise<never>;
  /** Parts that the upstream was seen to have, and that are not here. */
  readonly lagParts: number;
  /** True when all is here that the upstream was seen to have. */
  readonly caughtUp: boolean;
  /** True when all is here that the upstream had when its publisher left. */
  readonly ended: boolean;
}

const maxPlaylistBytes = 512 * 1024;
const maxInitBytes = 1024 * 1024;
const maxPartBytes = 32 * 1024 * 1024;
const maxSegmentBytes = 64 * 1024 * 1024;
/** Parts asked for at a time while catching up. */
const lookahead = 6;
/** Blocked longer than three target durations is not allowed (RFC 8216bis 6.2.5.2). */
const blockingTargets = 3;
/** An upstream that does not block must not be asked in a loop. */
const pauseMs = 100;

interface Hinted extends PartName {
  /** Undefined when it did not come. */
  readonly bytes: Promise<Buffer | undefined>;
  arrived: boolean;
}

export function createRenditionCopy(deps: RenditionCopyDeps): RenditionCopy {
  const { name, client, stream, clock } = deps;
  const writer = stream.writer.writer(name);
  /** The newest segment here, as a playlist would list it. */
  let tail: PlaylistSegment | undefined;
  let lagParts = 0;
  let caughtUp = false;
  let ended = false;
  let hinted: Hinted | undefined;

  async function getList(query: string, silentMs: number): Promise<{ list: ListedMedia; log: LogStatus } | undefined> {
    const { status, body, log } = await client.get(`${name}/stream.m3u8${query}`, { maxBytes: maxPlaylistBytes, silentMs });
    // 503: blocked for too long, or its log was replaced; 400: its log is shorter than it was.
    if (query !== "" && (status === 503 || status === 400)) return undefined;
    if (status !== 200) throw new UpstreamError(`answers ${status} for the playlist of ${name}`);
    const heard = deps.heard(log);
    return heard && { list: readMediaPlaylist(body.toString("latin1")), log: heard };
  }

  async function getMedia(file: string, maxBytes: number, silentMs = silentPeerMs): Promise<Buffer> {
    const { status, body } = await client.get(`${name}/${file}`, { maxBytes, silentMs });
    if (status !== 200 || body.length === 0) throw new UpstreamError(`answers ${status} for ${file} of ${name}`);
    return body;
  }

  const blockingMs = (list: ListedMedia): number => list.timing.targetDurationS * blockingTargets * 1_000 + silentPeerMs;

  function askForHinted(list: ListedMedia): void {
    const { hint } = list;
    if (!hint || (hinted && !hinted.arrived && hinted.msn === hint.msn && hinted.part === hint.part)) return;
    // It may not come (the segment ended, the publisher left): the playlist tells what is to be done then.
    const bytes = getMedia(`part-${hint.msn}.${hint.part}.m4s`, maxPartBytes, blockingMs(list)).catch(() => undefined);
    const asked: Hinted = { ...hint, bytes, arrived: false };
    void bytes.finally(() => {
      asked.arrived = true;
    });
    hinted = asked;
  }

  async function getPart(msn: number, part: number): Promise<Buffer> {
    const early = hinted?.msn === msn && hinted.part === part ? await hinted.bytes : undefined;
    return early ?? getMedia(`part-${msn}.${part}.m4s`, maxPartBytes);
  }

  async function apply(list: ListedMedia, log: LogStatus, signal: AbortSignal): Promise<void> {
    const { segments } = list;
    const firstMsn = tail ? (tail.complete ? tail.msn + 1 : tail.msn) : firstUsefulMsn(list, stream.minMsn);
    if (tail && segments[0].msn > firstMsn) throw new LogDiverged(`${name} fell out of the upstream's window`);
    lagParts = missingParts(segments, tail, firstMsn);
    caughtUp &&= lagParts === 0;
    deps.applying(list, log);
    for (const segment of segments) {
      if (tail?.msn === segment.msn) checkTail(tail, segment);
      if (segment.msn < firstMsn) continue;
      await take(segment, log, signal);
    }
    lagParts = 0;
    caughtUp = true;
    ended = log.state === "waiting";
    deps.applied(log);
  }

  function checkTail(own: PlaylistSegment, other: PlaylistSegment): void {
    const difference = segmentDifference(own, other);
    if (difference !== undefined) throw new LogDiverged(`${name}, segment ${own.msn}: ${difference}`);
  }

  async function take(segment: PlaylistSegment, log: LogStatus, signal: AbortSignal): Promise<void> {
    if (segment.gap) {
      // A log may begin anywhere, so not with nothing.
      if (!tail) return;
      writer.addGap(startOf(segment), segment.durationUs);
      tail = segment;
      return appended(log, 1);
    }
    await needInit(segment.initId, signal);
    if (segment.complete && segment.parts.length === 0) return takeUnlisted(segment, log, signal);
    const open = tail?.msn === segment.msn ? tail : undefined;
    let at = open?.parts.length ?? 0;
    for await (const bytes of inOrder(segment.parts.length - at, (index) => getPart(segment.msn, (open?.parts.length ?? 0) + index))) {
      check(signal);
      const part = segment.parts[at];
      if (!part) break;
      at += 1;
      if (tail?.msn !== segment.msn) writer.beginSegment(startOf(segment));
      writer.appendPart({ ...part, bytes });
      const parts = segment.parts.slice(0, at);
      tail = { ...segment, complete: false, parts, durationUs: sumUs(parts) };
      if (segment.complete && at === segment.parts.length) end(segment);
      appended(log, 1);
    }
    if (segment.complete && tail && !tail.complete) end(segment);
  }

  function end(segment: PlaylistSegment): void {
    writer.endSegment();
    tail = segment;
  }

  /** A segment of which the upstream lists no parts any more; of an open one the rest is taken, cut where its parts begin. */
  async function takeUnlisted(segment: PlaylistSegment, log: LogStatus, signal: AbortSignal): Promise<void> {
    const open = tail?.msn === segment.msn ? tail : undefined;
    if (open?.durationUs === segment.durationUs) return end(segment);
    const whole = await getMedia(`seg-${segment.msn}.m4s`, maxSegmentBytes);
    check(signal);
    if (!open) {
      writer.addSegment(startOf(segment), { durationUs: segment.durationUs, bytes: whole });
    } else {
      const reader = stream.rendition(name);
      const here = open.parts.map((_, index) => reader?.part(segment.msn, index)?.chunks ?? []).flat();
      const rest = splitParts(whole, here, segment.durationUs - open.durationUs);
      if (!rest) throw new LogDiverged(`${name}, segment ${segment.msn} does not go on where it ends here`);
      for (const part of rest) writer.appendPart(part);
      writer.endSegment();
    }
    tail = segment;
    appended(log, 1);
  }

  async function needInit(id: number, signal: AbortSignal): Promise<void> {
    if (stream.rendition(name)?.init(id)) return;
    const bytes = await getMedia(`init-${id}.mp4`, maxInitBytes);
    check(signal);
    writer.addInit({ id, bytes });
  }

  function check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (stream.state === "closed") throw new UpstreamError("the log here was closed");
  }

  function appended(log: LogStatus, parts: number): void {
    lagParts = Math.max(0, lagParts - parts);
    deps.appended(log);
  }

  /** What is here from before goes on when it is the same log. */
  function resume(list: ListedMedia): void {
    const reader = stream.rendition(name);
    if (!reader?.playable) return;
    const own = readMediaPlaylist(reader.playlist({ skip: false }).bare.toString("latin1"));
    const { targetDurationS, partTargetUs } = own.timing;
    if (targetDurationS !== list.timing.targetDurationS || partTargetUs !== list.timing.partTargetUs)
      throw new LogDiverged(`${name} has other durations there`);
    const difference = differenceOf(own.segments, list.segments);
    if (difference !== undefined) throw new LogDiverged(`${name}, ${difference}`);
    tail = own.segments.at(-1);
  }

  return {
    async run(signal) {
      let news = await getList("", silentPeerMs);
      let resumed = false;
      for (;;) {
        check(signal);
        if (!news) {
          await sleep(pauseMs, undefined, { signal });
          news = await getList("", silentPeerMs);
          continue;
        }
        const { list, log } = news;
        if (!resumed) resume(list);
        resumed = true;
        stream.writer.setTiming(list.timing);
        await apply(list, log, signal);
        const next = nextPart(list);
        askForHinted(list);
        const askedAtMs = clock.monotonicMs();
        news = await getList(`?_HLS_msn=${next.msn}&_HLS_part=${next.part}`, blockingMs(list));
        if (news && !isAfter(news.list, next) && clock.monotonicMs() - askedAtMs < pauseMs) await sleep(pauseMs, undefined, { signal });
      }
    },
    get lagParts() {
      return lagParts;
    },
    get caughtUp() {
      return caughtUp;
    },
    get ended() {
      return ended;
    },
  };
}

function startOf({ msn, initId, programDateTimeMs, discontinuity, discontinuitySequence }: PlaylistSegment): SegmentStart {
  return { msn, initId, programDateTimeMs, discontinuity, discontinuitySequence };
}

function isAfter(list: ListedMedia, { msn, part }: PartName): boolean {
  const now = nextPart(list);
  return now.msn > msn || (now.msn === msn && now.part > part);
}

/** Runs up to `lookahead` of `count` at a time, and gives their results in order. */
async function* inOrder<Result>(count: number, run: (index: number) => Promise<Result>): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  let started = 0;
  for (let index = 0; index < count; index += 1) {
    for (; started < Math.min(count, index + lookahead); started += 1) {
      const result = run(started);
      // Seen again below, in its turn; when that turn never comes, an earlier one has failed for all.
      result.catch(() => undefined);
      running.push(result);
    }
    const next = running.shift();
    if (next) yield await next;
  }
}
