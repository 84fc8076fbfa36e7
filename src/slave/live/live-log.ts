// What readers of the live log (HTTP delivery, heartbeats) see of it. Types only.
import type { PlaylistTemplate } from "../media/playlist-template.ts";

export type { PlaylistTemplate } from "../media/playlist-template.ts";

export type StreamState = "live" | "waiting" | "closed";

/** Bytes in the order they go out; shared by all readers, never to be changed. */
export interface MediaBytes {
  readonly chunks: readonly Buffer[];
  /** Sum of the chunks' lengths. */
  readonly bytes: number;
}

/**
 * - `ready`: answer now; also for every old MSN.
 * - `wait`: the playlist will have it soon; call `wait`. The caller gives up after 3 × target duration with 503 (RFC 8216bis 6.2.5.2).
 * - `too_far`: answer 400.
 */
export type RequestVerdict = "ready" | "wait" | "too_far";

/**
 * `waiting`: the publisher left, the playlist stays as it is; `closed`: the stream is gone; `replaced`: another log of the
 * same stream takes its place, ask again; `overloaded`: too many waiters.
 */
export type WakeReason = "ready" | "waiting" | "closed" | "replaced" | "overloaded";

/** Called once, never from within `wait`; must not throw. `sinceMs`: monotonic time at which the reason arose, some turns ago where many wait. */
export type Waiter = (reason: WakeReason, sinceMs: number) => void;

export interface RenditionReader {
  readonly name: string;
  /** True when there is at least one part or segment to play. */
  readonly playable: boolean;
  /** Newest segment that has a part (open or complete), or -1. */
  readonly lastMsn: number;
  /** Index of the newest part in `lastMsn`, or -1 for a gap. */
  readonly lastPart: number;
  /** Rendered once per change of the stream. `skip`: a delta update was asked for (`_HLS_skip=YES`). Needs `playable`. */
  playlist(options: { readonly skip: boolean }): PlaylistTemplate;
  /** Rules of a blocking reload (`_HLS_msn`, `_HLS_part`); both are integers ≥ 0, checked by the caller. */
  request(msn: number, part: number | undefined): RequestVerdict;
  /** Whether a part URI names what exists (`ready`), what is next (`wait`: call `waitForPart`), or neither (`missing`: 404). */
  partRequest(msn: number, part: number): "ready" | "wait" | "missing";
  /**
   * For a playlist. Releases in order of calls, in batches. Who comes while the stream is `waiting` is released by its
   * next media only. Returns how to cancel; cancelling twice is harmless.
   */
  wait(msn: number, part: number | undefined, waiter: Waiter): () => void;
  /** For a part URI: released when the part is there, or when its segment ended without it (then 404). */
  waitForPart(msn: number, part: number, waiter: Waiter): () => void;
  /** A complete segment, as long as it is kept. */
  segment(msn: number): MediaBytes | undefined;
  part(msn: number, index: number): MediaBytes | undefined;
  init(id: number): MediaBytes | undefined;
}

export interface LiveStreamReader {
  readonly path: string;
  /** Counter of the stream's origins; a higher one wins. */
  readonly epoch: number;
  readonly state: StreamState;
  /** True when every rendition has media, or the first has a whole segment: the multivariant playlist is worth giving out. */
  readonly playable: boolean;
  /** Seconds, for the 3 × target deadline; 0 until media was seen. */
  readonly targetDurationS: number;
  /** In ladder order, best first. */
  readonly renditions: readonly RenditionReader[];
  rendition(name: string): RenditionReader | undefined;
  /** Rendered once per change. Needs `playable`. */
  multivariant(): PlaylistTemplate;
}

/** For heartbeats. */
export interface StreamPosition {
  readonly path: string;
  readonly epoch: number;
  readonly state: StreamState;
  /** Newest MSN of the first rendition, -1 before the first part. */
  readonly msn: number;
  readonly part: number;
}
