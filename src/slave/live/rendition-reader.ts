// What viewers' requests see of a rendition: rendered playlists, the rules of blocking reload, shared bytes.
import { mediaPlaylistText } from "../media/media-playlist.ts";
import type { RenditionReport } from "../media/media-playlist.ts";
import { playlistTemplate } from "../media/playlist-template.ts";
import type { PlaylistTemplate } from "../media/playlist-template.ts";
import type { StreamTiming } from "../media/stream-writer.ts";
import type { RenditionReader, StreamState, WakeReason } from "./live-log.ts";
import { createPartWaiters } from "./part-waiters.ts";
import type { RenditionLog } from "./rendition-log.ts";

/** What a rendition must know of its stream. */
export interface ReaderContext {
  /** Monotonic ms. */
  readonly now: () => number;
  /** Changes with every change of the stream; playlists are rendered once for each. */
  revision(): number;
  state(): StreamState;
  timing(): StreamTiming | undefined;
  /** Of the other renditions. */
  reports(exceptName: string): readonly RenditionReport[];
}

export interface OpenRenditionReader extends RenditionReader {
  /** To be called after each change of the log. */
  advanced(): void;
  wake(reason: WakeReason): void;
}

/** How far a part may lie ahead, in seconds' worth of parts (Advance Part Limit, RFC 8216bis 6.2.5.2). */
const advanceLimitUs = 3_000_000;

/** @param maxWaiters bound on blocked requests, for playlists and for parts each. */
export function createRenditionReader(log: RenditionLog, context: ReaderContext, maxWaiters: number): OpenRenditionReader {
  const playlistWaiters = createPartWaiters(maxWaiters, context.now);
  const partWaiters = createPartWaiters(maxWaiters, context.now);
  let renderedRevision = -1;
  let full: PlaylistTemplate | undefined;
  let delta: PlaylistTemplate | undefined;

  /** MSN of the newest complete segment: "the last Media Segment in the current Playlist" (RFC 8216bis 6.2.5.2). */
  function lastCompleteMsn(): number {
    const { last } = log;
    if (!last) return -1;
    return last.complete ? last.msn : last.msn - 1;
  }

  /** A part beyond the end of its segment means the first part of the next one (RFC 8216bis 6.2.5.2). */
  function inPlaylist(msn: number, part: number | undefined): boolean {
    const completeMsn = lastCompleteMsn();
    if (msn <= completeMsn) {
      if (part === undefined) return true;
      const segment = log.find(msn);
      return !segment || part < segment.parts.length || inPlaylist(msn + 1, 0);
    }
    const { last } = log;
    return part !== undefined && last !== undefined && msn === last.msn && part < last.parts.length;
  }

  function isTooFar(msn: number, part: number | undefined): boolean {
    const completeMsn = lastCompleteMsn();
    if (!log.last) return false;
    if (msn > completeMsn + 2) return true;
    if (part === undefined || msn <= completeMsn) return false;
    const partsThere = msn === log.last.msn ? log.last.parts.length : 0;
    const limit = Math.ceil(advanceLimitUs / Math.min(1_000_000, context.timing()?.partTargetUs ?? 1_000_000));
    return part > partsThere - 1 + limit;
  }

  function hasPartOrNeverWill(msn: number, part: number | undefined): boolean {
    const { last } = log;
    if (!last || msn > last.msn) return false;
    const segment = log.find(msn);
    return !segment || segment.complete || (part ?? 0) < segment.parts.length;
  }

  function render(skip: boolean): PlaylistTemplate {
    const timing = context.timing();
    const segments = log.listed();
    if (!timing || segments.length === 0) throw new RangeError(`Rendition ${log.name} has nothing to play`);
    const live = context.state() === "live";
    return playlistTemplate(mediaPlaylistText({ timing, segments, live, reports: context.reports(log.name) }, skip));
  }

  return {
    name: log.name,
    get playable() {
      return log.last !== undefined && context.timing() !== undefined;
    },
    get lastMsn() {
      return log.last?.msn ?? -1;
    },
    get lastPart() {
      return (log.last?.parts.length ?? 0) - 1;
    },
    playlist({ skip }) {
      const revision = context.revision();
      if (revision !== renderedRevision) {
        renderedRevision = revision;
        full = undefined;
        delta = undefined;
      }
      if (skip) return (delta ??= render(true));
      return (full ??= render(false));
    },
    request(msn, part) {
      if (inPlaylist(msn, part)) return "ready";
      return isTooFar(msn, part) ? "too_far" : "wait";
    },
    partRequest(msn, part) {
      const { last } = log;
      if (log.find(msn)?.parts[part]) return "ready";
      if (!last) return "missing";
      const [nextMsn, nextPart] = last.complete ? [last.msn + 1, 0] : [last.msn, last.parts.length];
      return msn === nextMsn && part === nextPart ? "wait" : "missing";
    },
    wait: (msn, part, waiter) => playlistWaiters.add(msn, part, waiter),
    waitForPart: (msn, part, waiter) => partWaiters.add(msn, part, waiter),
    segment(msn) {
      const segment = log.find(msn);
      return segment?.complete && !segment.gap ? segment.media : undefined;
    },
    part: (msn, index) => log.find(msn)?.parts[index]?.media,
    init: (id) => log.init(id),
    advanced() {
      partWaiters.release(hasPartOrNeverWill);
      playlistWaiters.release(inPlaylist);
    },
    wake(reason) {
      partWaiters.releaseAll(reason);
      playlistWaiters.releaseAll(reason);
    },
  };
}
