// Counts the video frames of a publisher that no ffmpeg will hand out any more. A node that is too slow loses none of them: it
// stops reading, and OBS drops frames at its side. They are lost with an ffmpeg that ends, where the cache for the next one
// (gop-cache.ts) has no room for them, or where the next one begins anew. Pure; times are media times in ms.

export interface InputLosses {
  /**
   * The cache gave up a frame.
   * @param deliveredMs up to where video is handed out. @param running an ffmpeg has the frame, and may still hand it out.
   */
  evicted(mediaMs: number, deliveredMs: number, running: boolean): void;
  /** ffmpeg is gone; the next one gets what is in the cache. */
  ffmpegGone(deliveredMs: number): void;
  /** ffmpeg is gone, and the next one gets nothing. @param cachedMs video frames in the cache. */
  begunAnew(cachedMs: readonly number[], deliveredMs: number): void;
  readonly frames: number;
}

export function createInputLosses(): InputLosses {
  /** Frames that only ffmpeg has, oldest first; as many as are in its queue, which is bounded. */
  let atRisk: number[] = [];
  let frames = 0;

  function ffmpegGone(deliveredMs: number): void {
    for (const mediaMs of atRisk) if (mediaMs > deliveredMs) frames += 1;
    atRisk = [];
  }

  return {
    evicted(mediaMs, deliveredMs, running) {
      if (mediaMs <= deliveredMs) return;
      if (!running) frames += 1;
      else {
        if ((atRisk[0] ?? Infinity) <= deliveredMs) atRisk = atRisk.filter((other) => other > deliveredMs);
        atRisk.push(mediaMs);
      }
    },
    ffmpegGone,
    begunAnew(cachedMs, deliveredMs) {
      ffmpegGone(deliveredMs);
      for (const mediaMs of cachedMs) if (mediaMs > deliveredMs) frames += 1;
    },
    get frames() {
      return frames;
    },
  };
}
