// Keeps the frames from which a new ffmpeg (slave) or a new origin (gateway) can start: those since the last keyframe, and
// before it what was not delivered yet. Pure and bounded; holds finished FLV tags and does not look into them.

export interface CachedFrame {
  readonly tag: Buffer;
  readonly video: boolean;
  readonly keyframe: boolean;
  /** Decode time. */
  readonly mediaMs: number;
  /** Presentation minus decode time, ms. */
  readonly compositionMs: number;
}

export interface GopCache<Frame extends CachedFrame = CachedFrame> {
  /** @param deliveredMs media time up to which everything is delivered; -1 when nothing is. */
  push(frame: Frame, deliveredMs: number): void;
  clear(): void;
  /** In the order of arrival; the first video frame is a keyframe. */
  readonly frames: readonly Frame[];
  readonly bytes: number;
  /** False while there is no video, and after an overflow until the next keyframe. */
  readonly hasKeyframe: boolean;
  readonly hasAudio: boolean;
}

/** Each frame costs more than its bytes; a minute at 120 frames a second with its sound is fewer. */
const maxFrames = 10_000;

/**
 * @param maxBytes may change; when more, or more than 10,000 frames, the oldest groups of pictures go; when one alone is larger, nothing is kept of it.
 * @param audioOnlyMs how much is kept while there is no video.
 * @param evicted is told of each frame for which there was no room.
 */
export function createGopCache<Frame extends CachedFrame = CachedFrame>({
  maxBytes,
  audioOnlyMs,
  evicted = () => undefined,
}: {
  readonly maxBytes: number | (() => number);
  readonly audioOnlyMs: number;
  readonly evicted?: (frame: Frame) => void;
}): GopCache<Frame> {
  let frames: Frame[] = [];
  let bytes = 0;
  let hasKeyframe = false;
  let hasAudio = false;
  let overflown = false;

  function keep(kept: Frame[]): void {
    frames = kept;
    bytes = kept.reduce((sum, frame) => sum + frame.tag.length, 0);
    hasKeyframe = kept.some(({ video, keyframe }) => video && keyframe);
    hasAudio = kept.some(({ video }) => !video);
  }

  /** Drops what comes before the frame at `index`, but for audio that came earlier and plays with it or later. */
  function startAt(index: number): void {
    const startMs = frames[index]?.mediaMs ?? 0;
    keep([...frames.slice(0, index).filter(({ video, mediaMs }) => !video && mediaMs >= startMs), ...frames.slice(index)]);
  }

  function trimGops(deliveredMs: number): void {
    const newest = frames.findLastIndex(({ video, keyframe }) => video && keyframe);
    const joined = frames.findLastIndex(({ video, keyframe, mediaMs }) => video && keyframe && mediaMs <= deliveredMs);
    startAt(joined === -1 && deliveredMs >= 0 ? 0 : Math.max(joined, deliveredMs < 0 ? newest : joined));
  }

  function trimBytes(): void {
    const most = typeof maxBytes === "number" ? maxBytes : maxBytes();
    while (bytes > most || frames.length > maxFrames) {
      const next = frames.findIndex(({ video, keyframe }, index) => index > 0 && video && keyframe);
      if (next < 0 || !hasKeyframe) {
        overflown = hasKeyframe;
        frames.forEach(evicted);
        keep([]);
        return;
      }
      frames.slice(0, next).forEach(evicted);
      startAt(next);
    }
  }

  return {
    push(frame, deliveredMs) {
      if (frame.video && frame.keyframe) overflown = false;
      else if (overflown) return evicted(frame);
      else if (frame.video && !hasKeyframe) return;
      frames.push(frame);
      bytes += frame.tag.length;
      hasKeyframe ||= frame.video;
      hasAudio ||= !frame.video;
      if (frame.video && frame.keyframe) trimGops(deliveredMs);
      else if (!hasKeyframe && frame.mediaMs - (frames[0]?.mediaMs ?? 0) > 2 * audioOnlyMs) {
        // Seldom, and then much at once: each time moves what stays.
        keep(frames.filter(({ mediaMs }) => frame.mediaMs - mediaMs <= audioOnlyMs));
      }
      trimBytes();
    },
    clear() {
      keep([]);
      overflown = false;
    },
    get frames() {
      return frames;
    },
    get bytes() {
      return bytes;
    },
    get hasKeyframe() {
      return hasKeyframe;
    },
    get hasAudio() {
      return hasAudio;
    },
  };
}
