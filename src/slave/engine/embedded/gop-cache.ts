// Keeps the frames since the last keyframe, so that a new ffmpeg can start without waiting for the next one.
// Pure and bounded; holds finished FLV tags and does not look into them.

export interface CachedFrame {
  readonly tag: Buffer;
  readonly video: boolean;
  readonly keyframe: boolean;
  readonly mediaMs: number;
}

export interface GopCache {
  push(frame: CachedFrame): void;
  clear(): void;
  /** In the order of arrival; the first video frame is a keyframe. Empty after an overflow until the next keyframe. */
  readonly frames: readonly CachedFrame[];
  readonly bytes: number;
  readonly hasKeyframe: boolean;
  readonly hasAudio: boolean;
}

/**
 * @param maxBytes when a group of pictures is larger, nothing is kept of it.
 * @param audioOnlyMs how much is kept while there is no video.
 */
export function createGopCache({ maxBytes, audioOnlyMs }: { readonly maxBytes: number; readonly audioOnlyMs: number }): GopCache {
  let frames: CachedFrame[] = [];
  let bytes = 0;
  let sawVideo = false;
  let hasKeyframe = false;
  let overflown = false;

  function clear(): void {
    frames = [];
    bytes = 0;
    hasKeyframe = false;
  }

  function trimAudio(newestMs: number): void {
    let count = 0;
    for (const frame of frames) {
      if (newestMs - frame.mediaMs <= audioOnlyMs) break;
      bytes -= frame.tag.length;
      count += 1;
    }
    // In steps, since a shift for every frame moves the whole array.
    if (count > 0) frames = frames.slice(count);
  }

  return {
    push(frame) {
      if (frame.video) {
        sawVideo = true;
        if (frame.keyframe) {
          // Audio that came before its picture in the stream but plays with it is kept.
          const kept = frames.filter((old) => !old.video && old.mediaMs >= frame.mediaMs);
          clear();
          frames = kept;
          bytes = kept.reduce((sum, old) => sum + old.tag.length, 0);
          hasKeyframe = true;
          overflown = false;
        } else if (!hasKeyframe) return;
      }
      if (overflown) return;
      frames.push(frame);
      bytes += frame.tag.length;
      if (!sawVideo || !hasKeyframe) trimAudio(frame.mediaMs);
      if (bytes > maxBytes) {
        clear();
        overflown = sawVideo;
      }
    },
    clear() {
      clear();
      sawVideo = false;
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
      return frames.some((frame) => !frame.video);
    },
  };
}
