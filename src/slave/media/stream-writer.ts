// The port through which a stream's log is filled, by the packager or by replication. What fills does not know
// who reads; what implements it (the live log) does not know who fills.

import type { RenditionDescription, StreamTiming } from "../../shared/hls/playlist-model.ts";

export type { RenditionDescription, StreamTiming };

export interface InitData {
  /** Unique and growing within the rendition; part of the URI, so the same on every node. */
  readonly id: number;
  /** `ftyp` + `moov`. */
  readonly bytes: Buffer;
}

export interface SegmentStart {
  /** Media sequence number: one more than the last segment's of this rendition, unless it is its first. */
  readonly msn: number;
  readonly initId: number;
  /** EXT-X-PROGRAM-DATE-TIME, Unix ms. */
  readonly programDateTimeMs: number;
  /** True where the timeline or the encoding differs from the segment before. */
  readonly discontinuity: boolean;
  /** Discontinuities of the stream so far, this one included; the same in every rendition. */
  readonly discontinuitySequence: number;
}

export interface PartData {
  /** Microseconds, > 0 and ≤ PART-TARGET. */
  readonly durationUs: number;
  /** True when the part starts with a keyframe. */
  readonly independent: boolean;
  /** `moof` + `mdat`; the log keeps the reference, the caller must not change it. */
  readonly bytes: Buffer;
}

export interface RenditionWriter {
  /** MSN that the next segment must have; undefined while the rendition has none. */
  readonly nextMsn: number | undefined;
  /** Id that the next init segment may have: one above every id so far, 1 at first. */
  readonly nextInitId: number;
  describe(description: RenditionDescription): void;
  addInit(init: InitData): void;
  /** Opens a segment; the one before must have ended. @throws RangeError when the MSN is not the next one. */
  beginSegment(start: SegmentStart): void;
  /** @throws RangeError when no segment is open, or when it alone has more bytes than the log may hold. */
  appendPart(part: PartData): void;
  endSegment(): void;
  /** A whole segment whose parts nobody needs any more, as replication gets it from far behind the live edge. */
  addSegment(start: SegmentStart, media: { readonly durationUs: number; readonly bytes: Buffer }): void;
  /** A whole segment that nobody has (EXT-X-GAP, RFC 8216bis 4.4.4.7). */
  addGap(start: SegmentStart, durationUs: number): void;
}

export interface StreamWriter {
  /** Undefined until `setTiming`. */
  readonly timing: StreamTiming | undefined;
  /** Takes effect once; later calls are ignored, since a playlist must not change these. */
  setTiming(timing: StreamTiming): void;
  /** Names in ladder order; logs of names that stay are kept, others are closed. */
  setRenditions(names: readonly string[]): void;
  /** @throws RangeError when the name is not among those of `setRenditions`. */
  writer(rendition: string): RenditionWriter;
  setState(state: "live" | "waiting"): void;
}
