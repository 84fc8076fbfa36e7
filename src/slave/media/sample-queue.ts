// Samples of one rendition that wait until their part is finished: each track's in decode order, all together bounded in bytes. Pure.
import type { MediaSample } from "./movie-fragment.ts";
import { Mp4Error } from "./mp4-error.ts";

export interface SampleQueue {
  /** @throws Mp4Error when more data waits than a part may hold. */
  push(sample: MediaSample): void;
  /** The oldest of a track. */
  first(trackId: number): MediaSample | undefined;
  /** Removes what waits of a track before the first sample for which `stop` holds; all of it where it holds for none. */
  takeUntil(trackId: number, stop: (sample: MediaSample) => boolean): MediaSample[];
  clear(): void;
}

/** Bytes that may wait. */
const maxBytes = 24 * 1024 * 1024;

/** @param trackIds samples of others are counted and not kept. */
export function createSampleQueue(trackIds: readonly number[]): SampleQueue {
  const waiting = new Map<number, MediaSample[]>(trackIds.map((trackId) => [trackId, []]));
  let bytes = 0;

  return {
    push(sample) {
      bytes += sample.data.length;
      if (bytes > maxBytes) throw new Mp4Error("too_large", "more media than a part may hold");
      waiting.get(sample.trackId)?.push(sample);
    },
    first: (trackId) => waiting.get(trackId)?.[0],
    takeUntil(trackId, stop) {
      const samples = waiting.get(trackId) ?? [];
      const index = samples.findIndex(stop);
      const taken = samples.splice(0, index === -1 ? samples.length : index);
      for (const sample of taken) bytes -= sample.data.length;
      return taken;
    },
    clear() {
      for (const samples of waiting.values()) samples.length = 0;
      bytes = 0;
    },
  };
}
