// The last 30 minutes of a class as the page has them: what came as history, and each sample after it. Pure.
import type { ClassHistory, ClassSample } from "../../shared/protocol/class-live.ts";

export const keptS = 30 * 60;
/** More would be a server that errs. */
const maxSamples = 2_000;

/** The samples with one more; one that is not newer than the last is left out (it was in the history). */
export function withSample(samples: readonly ClassSample[], sample: ClassSample): readonly ClassSample[] {
  const newest = samples.at(-1);
  if (newest !== undefined && sample.at <= newest.at) return samples;
  const from = samples.findIndex(({ at }) => at > sample.at - keptS);
  return [...(from < 0 ? [] : samples.slice(from)), sample].slice(-maxSamples);
}

export const samplesOf = ({ samples }: ClassHistory): readonly ClassSample[] => samples.slice(-maxSamples);

type Figure = Exclude<keyof ClassSample, "at">;

/** One figure as a plot wants it. @param scale what its values are multiplied with */
export function seriesOf(samples: readonly ClassSample[], figure: Figure, scale = 1): { at: number[]; values: (number | null)[] } {
  return {
    at: samples.map(({ at }) => at),
    values: samples.map((sample) => {
      const value = sample[figure];
      return value === null ? null : value * scale;
    }),
  };
}
