// Maps a publisher's RTMP timestamps to media time (ms) and media time to the wall clock. Pure.
import type { TimeAnchor } from "../engine.ts";

interface PlacedFrame {
  readonly mediaMs: number;
  /** True when this frame begins a new timeline. */
  readonly jumped: boolean;
}

export interface MediaTimeline {
  /** @param track any number that tells the tracks apart. @param wallMs when the frame was received. */
  place(track: number, timestampMs: number, wallMs: number): PlacedFrame;
  /** Wall clock of media time 0. */
  readonly epochWallMs: number;
}

/**
 * Media time begins here and not at 0, so that nothing becomes negative: a track that begins a little before the other one,
 * or the samples an encoder puts before its first.
 */
const mediaStartMs = 1_000;
/** Clocks that go back so far, or forward, were set; a pause in a live stream is shorter. */
const maxBackMs = 500;
const maxAheadMs = 10_000;
/** A gateway keeps frames for minutes at most, and its clock is the cluster's; an anchor beyond these is nonsense. */
const maxAnchorAgeMs = 10 * 60_000;
const maxAnchorAheadMs = 5_000;

/**
 * @param anchor when a frame was received by a gateway, which may have replayed what comes first here. It counts until the
 * timestamps jump.
 */
export function createMediaTimeline(anchor?: TimeAnchor): MediaTimeline {
  let given = anchor;
  let base: { readonly timestampMs: number; readonly epochWallMs: number } | undefined;
  let lastByTrack = new Map<number, number>();

  function place(track: number, timestampMs: number, wallMs: number): PlacedFrame {
    base ??= { timestampMs, epochWallMs: receivedAtMs(timestampMs, wallMs) - mediaStartMs };
    const mediaMs = timestampMs - base.timestampMs + mediaStartMs;
    const last = lastByTrack.get(track) ?? mediaMs;
    if (mediaMs < 0 || mediaMs < last - maxBackMs || mediaMs > last + maxAheadMs) {
      base = undefined;
      given = undefined;
      lastByTrack = new Map();
      return { mediaMs: place(track, timestampMs, wallMs).mediaMs, jumped: true };
    }
    lastByTrack.set(track, Math.max(last, mediaMs));
    return { mediaMs, jumped: false };
  }

  function receivedAtMs(timestampMs: number, wallMs: number): number {
    if (!given) return wallMs;
    // RTMP timestamps are 32 bits and may wrap between the two (RTMP 1.0, 5.3.1).
    const anchoredMs = given.wallMs + ((timestampMs - given.timestampMs) | 0);
    return anchoredMs > wallMs + maxAnchorAheadMs || anchoredMs < wallMs - maxAnchorAgeMs ? wallMs : anchoredMs;
  }

  return {
    place,
    get epochWallMs() {
      return base?.epochWallMs ?? 0;
    },
  };
}
