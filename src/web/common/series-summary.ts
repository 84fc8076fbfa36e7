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
