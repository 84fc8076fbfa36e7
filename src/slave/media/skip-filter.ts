// Leaves out what a restarted engine replays: frames that are in the log already. A picture can only start at a
// keyframe, so the replay is taken from the last keyframe before the end of the log: a short repetition, no stall.
import { isSync } from "./movie-fragment.ts";
import type { MediaSample } from "./movie-fragment.ts";

interface SampleClock {
  readonly leadTrackId: number;
  readonly leadIsVideo: boolean;
  /** Presentation time, µs. */
  timeUs(sample: MediaSample): number;
}

export interface SkipFilter {
  /** The samples that may go on now, in order. */
  push(sample: MediaSample, clock: SampleClock): readonly MediaSample[];
}

/** A replay longer than this is no replay: what waits goes on. */
const maxHeldSamples = 4_096;
const none: readonly MediaSample[] = [];

/** @param skipUntilUs media time up to which the log is filled. */
export function createSkipFilter(skipUntilUs: number): SkipFilter {
  let held: MediaSample[] = [];
  let open = false;
  return {
    push(sample, clock) {
      if (open) return [sample];
      const isLead = sample.trackId === clock.leadTrackId;
      // Frames of the log end where the next one starts; a millisecond for rounding.
      const isNew = clock.timeUs(sample) >= skipUntilUs - 1_000;
      if (!clock.leadIsVideo) {
        if (!isNew) return none;
        open = true;
        return [sample];
      }
      if (isLead && isSync(sample)) held = held.filter((other) => other.trackId !== clock.leadTrackId);
      held.push(sample);
      if (!(isLead && isNew) && held.length < maxHeldSamples) return none;
      open = true;
      return held.splice(0);
    },
  };
}
