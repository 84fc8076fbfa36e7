// How our plots look, as uPlot wants to be told. Colours and language are asked at each drawing, so that a change needs no new plot.
import type uPlot from "uplot";
import type { PlotColors, PlotTone } from "./plot-colors.ts";
import { shownSpanS } from "./series-summary.ts";

export interface PlotLook {
  readonly tones: readonly PlotTone[];
  readonly windowS: number;
  /** Upper end of the values, where the data does not reach further. */
  readonly atLeast: number;
  /** Only whole numbers on the axis. */
  readonly whole: boolean;
  readonly colors: () => PlotColors;
  readonly formatValue: (value: number) => string;
  /** @param at Unix seconds */
  readonly formatTime: (at: number) => string;
  /** @param index of the point under the pointer; null when it has left */
  readonly onPoint: (index: number | null) => void;
}

/** A tenth of the height stays free above the highest value. */
const headroom = 1.1;
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

export function plotOptions(look: PlotLook, width: number, height: number): uPlot.Options {
  const axis = { stroke: () => look.colors().text, font: look.colors().font, ticks: { show: false } };
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 7, width: 2 } },
    scales: {
      x: { time: true, range: (plot) => windowOf(plot, look.windowS) },
      y: { range: (_plot, _least, most) => [0, Math.max(look.atLeast, (most ?? 0) * headroom)] },
    },
    axes: [
      {
        ...axis,
        space: 72,
        size: 24,
        grid: { show: false },
        values: (_plot, splits) => withoutRepeats(splits.map((at) => look.formatTime(at))),
      },
      {
        ...axis,
        space: 32,
        size: (_plot, labels) => 18 + 7 * Math.max(2, ...(labels ?? []).map((label) => label.length)),
        grid: { stroke: () => look.colors().grid, width: 1 },
        ...(look.whole ? { incrs: wholeSteps } : {}),
        values: (_plot, splits) => splits.map((value) => look.formatValue(value)),
      },
    ],
    series: [
      {},
      ...look.tones.map((tone, index): uPlot.Series => {
        const color = (): string => look.colors().lines[tone];
        // Told apart without colours, too.
        return { stroke: color, width: 2, points: { show: false }, ...(index === 0 ? {} : { dash: [6, 3 * index] }), spanGaps: false };
      }),
    ],
    hooks: { setCursor: [(plot) => look.onPoint(plot.cursor.idx ?? null)] },
  };
}

/** Plots beside each other stand still against each other: they have the same times. */
function windowOf(plot: uPlot, windowS: number): [number, number] {
  const times = plot.data[0];
  const newest = times?.at(-1) ?? 0;
  return [newest - shownSpanS(times ?? [], windowS), newest];
}

/** A young plot has a mark every half minute and words of whole ones: none stands there twice. */
export const withoutRepeats = (labels: readonly string[]): string[] =>
  labels.map((label, index) => (label === labels[index - 1] ? "" : label));
