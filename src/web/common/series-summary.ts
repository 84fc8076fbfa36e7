// What a plot says in a sentence, for those who cannot see it. Pure.

export interface SeriesSummary {
  readonly latest: number;
  readonly least: number;
  readonly most: number;
}

/** @returns undefined where nothing was measured; `latest` is the newest value that was */
export function seriesSummary(values: readonly (number | null)[]): SeriesSummary | undefined {
  let summary: SeriesSummary | undefined;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    summary =
      summary === undefined
        ? { latest: value, least: value, most: value }
        : { latest: value, least: Math.min(summary.least, value), most: Math.max(summary.most, value) };
  }
  return summary;
}

/** A master that has just been started knows little: its first minutes are not squeezed into a corner. */
const leastSpanS = 120;

/** Seconds that a plot shows: as many as there are, within bounds. @param times Unix seconds, growing */
export function shownSpanS(times: ArrayLike<number>, windowS: number): number {
  const [first = 0, newest = 0] = [times[0], times[times.length - 1]];
  return Math.min(windowS, Math.max(leastSpanS, newest - first));
}
