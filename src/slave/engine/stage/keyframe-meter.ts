// Measures how far apart a publisher's keyframes are, and its frame rate and bitrate. Pure: times are media times.

/** KEYFRAMES: whether `source` is re-encoded when keyframes are too far apart, never, or always. */
export type KeyframeMode = "auto" | "copy" | "encode";

export interface KeyframeMeter {
  /** A video frame was received. @param mediaMs its decode time. */
  frame(mediaMs: number, keyframe: boolean): void;
  /** Seconds between the last two keyframes; undefined until two were seen. */
  readonly intervalS: number | undefined;
  /** Ms of media since the last keyframe, holes in the stream not counted; 0 before the first. */
  readonly sinceKeyframeMs: number;
}

/** Frames of even the slowest slides come this often; a longer step is a network that stood still, not a missing keyframe. */
const longestFrameMs = 1_000;

export function createKeyframeMeter(): KeyframeMeter {
  let lastKeyframeMs: number | undefined;
  let lastFrameMs = 0;
  let sinceKeyframeMs = 0;
  let intervalMs: number | undefined;
  return {
    frame(mediaMs, keyframe) {
      if (lastKeyframeMs !== undefined) sinceKeyframeMs += Math.min(Math.max(0, mediaMs - lastFrameMs), longestFrameMs);
      lastFrameMs = mediaMs;
      if (!keyframe) return;
      sinceKeyframeMs = 0;
      if (lastKeyframeMs !== undefined && mediaMs > lastKeyframeMs) intervalMs = mediaMs - lastKeyframeMs;
      lastKeyframeMs = mediaMs;
    },
    get intervalS() {
      return intervalMs === undefined ? undefined : intervalMs / 1000;
    },
    get sinceKeyframeMs() {
      return sinceKeyframeMs;
    },
  };
}

/** True when students would wait too long: keyframes, as far as known, are more than two segments apart. */
export function keyframesTooFarApart(sinceKeyframeMs: number, segmentDurationS: number): boolean {
  return sinceKeyframeMs > 2 * segmentDurationS * 1000;
}

/** The sentence for the teacher, or undefined when keyframes come often enough for segments of this length. */
export function keyframeAdvice(worstIntervalS: number | undefined, segmentDurationS: number): string | undefined {
  // Encoders round to frames: 2.03 s is as good as 2 s.
  if (worstIntervalS === undefined || worstIntervalS <= segmentDurationS * 1.1) return undefined;
  const wanted = Math.max(1, Math.floor(segmentDurationS));
  return `Keyframes come every ${worstIntervalS.toFixed(1)} s: set Keyframe Interval to ${wanted} s in OBS → Settings → Output`;
}

export interface RateMeter {
  /** Something of `amount` (bytes, frames) passed. */
  add(amount: number, nowMs: number): void;
  /** Amount per second over the last seconds; 0 when nothing passed in them. */
  perSecond(nowMs: number): number;
}

/** Counts in one-second buckets over a window of `windowS` seconds. */
export function createRateMeter(windowS: number): RateMeter {
  const buckets: { second: number; amount: number }[] = [];
  let startedAtMs: number | undefined;
  const dropOld = (nowMs: number): void => {
    while (buckets[0] && buckets[0].second <= Math.floor(nowMs / 1000) - windowS) buckets.shift();
  };
  return {
    add(amount, nowMs) {
      startedAtMs ??= nowMs;
      const second = Math.floor(nowMs / 1000);
      const last = buckets.at(-1);
      if (last?.second === second) last.amount += amount;
      else buckets.push({ second, amount });
      dropOld(nowMs);
    },
    perSecond(nowMs) {
      dropOld(nowMs);
      const total = buckets.reduce((sum, bucket) => sum + bucket.amount, 0);
      const coveredMs = Math.min(nowMs - (startedAtMs ?? nowMs), (windowS - 1) * 1000 + (nowMs % 1000));
      return total / Math.max(coveredMs / 1000, 1);
    },
  };
}
