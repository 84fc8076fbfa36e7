// The two durations that a playlist announces and must keep for ever, and the limits that follow from them.
import type { StreamTiming } from "./stream-writer.ts";

export interface PackagerOptions {
  /** SEGMENT_DURATION, seconds. */
  readonly segmentDurationS: number;
  /** PART_DURATION, seconds. */
  readonly partDurationS: number;
}

/** Smallest share of PART-TARGET that a part may have (RFC 8216bis 4.4.4.9). */
export const minPartShare = 0.85;

/** RTMP has millisecond timestamps: ten frames of 33 or 34 ms may take a few ms more than PART_DURATION. */
const jitterAllowance = 1.02;
/** EXTINF rounds to the target duration at most (RFC 8216bis 4.4.3.1); the rest of the half second is room for a follower's own frames. */
const roundingRoomUs = 450_000;

/**
 * @param frameUs duration of the stream's first frames; where no whole number of such frames makes a part between
 * 85 % and 100 % of the usual target, the target grows to the next number that does.
 */
export function chooseTiming(options: PackagerOptions, frameUs: number): StreamTiming {
  const targetDurationS = Math.max(1, Math.round(options.segmentDurationS));
  const usualUs = roundUpToMs(options.partDurationS * jitterAllowance * 1e6);
  const framesUs = Math.floor(usualUs / frameUs) * frameUs;
  const fits = framesUs >= usualUs * minPartShare;
  const grownUs = roundUpToMs(Math.ceil(usualUs / frameUs) * frameUs * jitterAllowance);
  const longestUs = maxSegmentUs({ targetDurationS, partTargetUs: 0 });
  return { targetDurationS, partTargetUs: fits ? usualUs : Math.min(grownUs, longestUs) };
}

/** Rounds 0.33966 s to 0.34 s: PART-TARGET in whole milliseconds. */
function roundUpToMs(us: number): number {
  return Math.ceil(us / 1_000 - 1e-6) * 1_000;
}

/** No segment may be longer, µs. */
export function maxSegmentUs(timing: StreamTiming): number {
  return timing.targetDurationS * 1e6 + roundingRoomUs;
}
