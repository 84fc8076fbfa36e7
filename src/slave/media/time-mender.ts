// Makes decode times grow and durations positive. Muxers that write a fragment before they know the next frame
// guess its duration, sometimes as 0, and then repeat a time; dropping such a frame would be heard or seen.
import type { MediaSample } from "./movie-fragment.ts";

interface TrackTimes {
  lastDtsTicks: number;
  /** Distance of the last two frames that had one. */
  usualTicks: number;
}

/** A frame further back than this does not belong to the timeline. */
const maxBackS = 1;
const guessS = 1 / 50;

/** Returns the mended sample, or undefined for one that lies too far back. Samples of a track come in decode order. */
export function createTimeMender(timescaleOf: (trackId: number) => number): (sample: MediaSample) => MediaSample | undefined {
  const tracks = new Map<number, TrackTimes>();
  return (sample) => {
    const timescale = timescaleOf(sample.trackId);
    const guessTicks = Math.max(1, Math.round(timescale * guessS));
    const times = tracks.get(sample.trackId);
    if (!times) {
      tracks.set(sample.trackId, { lastDtsTicks: sample.dtsTicks, usualTicks: sample.durationTicks || guessTicks });
      return sample.durationTicks > 0 ? sample : { ...sample, durationTicks: guessTicks };
    }
    let { dtsTicks, durationTicks } = sample;
    const stepTicks = dtsTicks - times.lastDtsTicks;
    if (stepTicks > 0) {
      if (stepTicks < timescale) times.usualTicks = stepTicks;
    } else {
      if (stepTicks < -maxBackS * timescale) return undefined;
      dtsTicks = times.lastDtsTicks + times.usualTicks;
    }
    if (durationTicks <= 0) durationTicks = times.usualTicks;
    times.lastDtsTicks = dtsTicks;
    return dtsTicks === sample.dtsTicks && durationTicks === sample.durationTicks ? sample : { ...sample, dtsTicks, durationTicks };
  };
}

/**
 * What is written has no negative decode times, since players read them unsigned. Decode times of the first frames are
 * squeezed to just after 0, their presentation times stay.
 */
export function createUnsignedTimes(): (trackId: number, samples: readonly MediaSample[]) => readonly MediaSample[] {
  const lastTicks = new Map<number, number>();
  return (trackId, samples) => {
    let last = lastTicks.get(trackId) ?? -1;
    const first = samples[0];
    if (!first || first.dtsTicks > last) {
      const end = samples.at(-1)?.dtsTicks ?? -1;
      if (end >= 0) lastTicks.set(trackId, end);
      return samples;
    }
    const squeezed = samples.map((sample) => {
      const dtsTicks = Math.max(sample.dtsTicks, last + 1);
      last = dtsTicks;
      return dtsTicks === sample.dtsTicks
        ? sample
        : { ...sample, dtsTicks, ctsOffsetTicks: sample.ctsOffsetTicks + sample.dtsTicks - dtsTicks };
    });
    lastTicks.set(trackId, last);
    return squeezed;
  };
}
