// A measured value beside the floor that it must reach. Pure.

export interface Figure {
  readonly value: number | undefined;
  readonly unit: string;
  /** From the design's table; left out where a figure only informs. */
  readonly floor?: string;
  readonly meets_floor?: boolean;
  readonly note?: string;
}

export interface Floor {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** @param digits after the decimal point. A value that could not be measured meets no floor. */
export function figure(
  value: number | undefined,
  unit: string,
  { floor, digits = 2, note }: { floor?: Floor; digits?: number; note?: string } = {},
): Figure {
  const rounded = value === undefined || !Number.isFinite(value) ? undefined : Number(value.toFixed(digits));
  const { atLeast = -Infinity, atMost = Infinity } = floor ?? {};
  return {
    value: rounded,
    unit,
    ...(floor
      ? {
          floor: floor.atLeast === undefined ? `<= ${atMost} ${unit}` : `>= ${atLeast} ${unit}`,
          meets_floor: rounded !== undefined && rounded >= atLeast && rounded <= atMost,
        }
      : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** Nearest-rank percentile; undefined for no samples. @param share 0.5 for the median. */
export function percentile(samples: readonly number[], share: number): number | undefined {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** The largest of `steps` up to which every one was smooth; 0 when not even the first was. */
export function reached(steps: readonly { readonly viewers: number; readonly smooth: boolean }[]): number {
  let most = 0;
  for (const { viewers, smooth } of steps) {
    if (!smooth) break;
    most = viewers;
  }
  return most;
}
