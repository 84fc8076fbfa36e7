// Lines over time as SVG, for the page of a load test. Pure.

export interface Series {
  readonly name: string;
  /** CSS class of its colour. */
  readonly tone: "calm" | "good" | "bad" | "plain";
  readonly isFilled: boolean;
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Seconds, as many as there are values. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

const [width, height] = [720, 220];
const [left, right, top, bottom] = [52, 12, 14, 28];
/** More points than pixels show nothing more: the highest of each group is kept, so that no stall is lost. */
const maxPoints = 360;
const ticks = 4;

export function chartSvg({ title, unit, times, series }: Chart): string {
  const size = Math.max(1, Math.ceil(times.length / maxPoints));
  const groupTimes = groups(times, size).map((group) => group.at(-1) ?? 0);
  const thinned = series.map((one) => ({ ...one, values: groups(one.values, size).map((group) => Math.max(...group)) }));
  const lastS = Math.max(1, groupTimes.at(-1) ?? 1);
  const highest = niceMaximum(Math.max(0, ...thinned.flatMap(({ values }) => values)));
  const x = (atS: number): number => round(left + (atS / lastS) * (width - left - right));
  const y = (value: number): number => round(height - bottom - (value / highest) * (height - top - bottom));
  const grid = Array.from({ length: ticks + 1 }, (_, index) => {
    const value = (highest / ticks) * index;
    const at = y(value);
    return `<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/><text x="${left - 6}" y="${at + 4}" text-anchor="end">${label(value)}</text>`;
  });
  const clock = Array.from({ length: 5 }, (_, index) => {
    const atS = (lastS / 4) * index;
    const anchor = index === 4 ? "end" : index === 0 ? "start" : "middle";
    return `<text x="${x(atS)}" y="${height - 8}" text-anchor="${anchor}">${timeLabel(atS)}</text>`;
  });
  const lines = thinned.map(({ tone, isFilled, values }) => {
    const points = values.map((value, index) => `${x(groupTimes[index] ?? 0)},${y(value)}`).join(" ");
    const floor = y(0);
    const area = isFilled
      ? `<polygon class="area ${tone}" points="${x(groupTimes[0] ?? 0)},${floor} ${points} ${x(groupTimes.at(-1) ?? 0)},${floor}"/>`
      : "";
    return `${area}<polyline class="line ${tone}" points="${points}"/>`;
  });
  const legend = series.map(({ name, tone }) => `<span class="key ${tone}">${name}</span>`).join("");
  return (
    `<figure><figcaption>${title}, ${unit} ${legend}</figcaption>` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${grid.join("")}${clock.join("")}${lines.join("")}</svg></figure>`
  );
}

function groups(values: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
}

/** 1, 2, 2.5 or 5 times a power of ten, so that the lines of the grid have round numbers. */
function niceMaximum(value: number): number {
  if (value <= ticks) return ticks;
  const power = 10 ** Math.floor(Math.log10(value / ticks));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power * ticks >= value) ?? 10;
  return step * power * ticks;
}

const label = (value: number): string => (value >= 10_000 ? `${round(value / 1_000)}k` : String(round(value)));
const timeLabel = (atS: number): string =>
  `${Math.floor(atS / 60)}:${Math.floor(atS % 60)
    .toString()
    .padStart(2, "0")}`;
const round = (value: number): number => Math.round(value * 10) / 10;
