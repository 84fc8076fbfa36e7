// Figures over the last minutes as lines. Says the same in a sentence; the value under the pointer, else the newest, stands above.
// uPlot, which draws, is loaded when the first plot is shown.
import "uplot/dist/uPlot.min.css";
import type uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import { inLanguage, language } from "../language.ts";
import { onThemeChange, plotColors, type PlotColors, type PlotTone } from "../plot-colors.ts";
import { plotOptions } from "../plot-options.ts";
import { plotTexts } from "../plot-texts.ts";
import { seriesSummary, shownSpanS } from "../series-summary.ts";
import { formatTime } from "../time-format.ts";

export interface PlotSeries {
  readonly name: string;
  /** As long as `times`; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  readonly tone?: PlotTone;
}

export interface PlotProps {
  readonly title: string;
  /** Unix seconds, growing. A new array when there are new points. */
  readonly times: readonly number[];
  /** At most four; always as many. */
  readonly series: readonly PlotSeries[];
  /** With its unit, in the language of the moment. */
  readonly format: (value: number) => string;
  /** For the axis; without it as `format`. */
  readonly formatAxis?: ((value: number) => string) | undefined;
  /** The values' axis reaches so far at least: 100 for percent. */
  readonly atLeast?: number;
  /** Only whole numbers on the axis. */
  readonly whole?: boolean;
  readonly windowS?: number;
  readonly heightPx?: number;
  readonly id?: string;
  /** Instead of "nothing to show yet". */
  readonly emptyText?: string;
}

const defaultTones: readonly PlotTone[] = ["accent", "soft", "good", "warn"];

export function Plot(props: PlotProps) {
  const { title, series, format, times, id, windowS = 1_800, heightPx = 160, emptyText } = props;
  const [point, setPoint] = useState<number | null>(null);
  const texts = inLanguage(plotTexts);
  const tones = series.map(({ tone }, index) => tone ?? defaultTones[index] ?? "soft");
  const summaries = series.map(({ values }) => seriesSummary(values));
  const isEmpty = summaries.every((summary) => summary === undefined);
  const pointAt = point === null ? undefined : times[point];
  const shown = (index: number): string => {
    const value = point === null ? summaries[index]?.latest : series[index]?.values[point];
    return value === undefined || value === null ? texts.none : format(value);
  };
  const sentences = series.flatMap(({ name }, index) => {
    const summary = summaries[index];
    if (summary === undefined) return [];
    const [latest, least, most] = [summary.latest, summary.least, summary.most].map(format) as [string, string, string];
    return [texts.sentence(name, latest, least, most, Math.max(1, Math.round(shownSpanS(times, windowS) / 60)))];
  });
  return (
    <figure class="plot" id={id}>
      <figcaption class="plot-head">
        <span class="plot-title">{title}</span>
        {series.map(({ name }, index) => (
          <span class="plot-now" key={name}>
            {series.length > 1 && (
              <>
                <svg class={`plot-key ${tones[index]}`} viewBox="0 0 20 4" aria-hidden="true">
                  <path d="M0 2h20" stroke-dasharray={index === 0 ? undefined : `6 ${3 * index}`} />
                </svg>
                <span class="soft small">{name}</span>
              </>
            )}
            <span class="plot-value numbers">{isEmpty ? texts.none : shown(index)}</span>
          </span>
        ))}
        <span class="plot-at numbers soft small" aria-hidden="true">
          {pointAt === undefined ? "" : formatTime(pointAt * 1_000, language(), { seconds: true })}
        </span>
      </figcaption>
      {isEmpty ? (
        <p class="plot-empty soft small" style={{ blockSize: `${heightPx}px` }}>
          {emptyText ?? texts.empty}
        </p>
      ) : (
        <Lines {...props} windowS={windowS} heightPx={heightPx} tones={tones} label={sentences.join(" ")} onPoint={setPoint} />
      )}
    </figure>
  );
}

interface LinesProps extends PlotProps {
  readonly windowS: number;
  readonly heightPx: number;
  readonly tones: readonly PlotTone[];
  readonly label: string;
  readonly onPoint: (index: number | null) => void;
}

function Lines(props: LinesProps) {
  const { heightPx, label, times, series } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const spoken = language();

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let isGone = false;
    let colors: PlotColors = plotColors(element);
    const draw = async (): Promise<void> => {
      const { default: UPlot } = await import("uplot");
      if (isGone) return;
      const { tones, windowS, atLeast = 1, whole = false, onPoint } = latest.current;
      const formatValue = (value: number): string => (latest.current.formatAxis ?? latest.current.format)(value);
      const formatAt = (at: number): string => formatTime(at * 1_000, language());
      const look = { tones, windowS, atLeast, whole, onPoint, colors: () => colors, formatValue, formatTime: formatAt };
      plot.current = new UPlot(plotOptions(look, element.clientWidth, heightPx), dataOf(latest.current), element);
    };
    void draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: heightPx }));
    resized.observe(element);
    const stopTheme = onThemeChange(() => {
      colors = plotColors(element);
      plot.current?.redraw(false, true);
    });
    return () => {
      isGone = true;
      resized.disconnect();
      stopTheme();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [heightPx]);

  // Several changes within a frame are drawn once; a page that is not looked at draws nothing.
  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current?.setData(dataOf(latest.current)));
    return () => cancelAnimationFrame(frame);
  }, [times, series, spoken]);

  return <div class="plot-area" ref={place} role="img" aria-label={label} style={{ blockSize: `${heightPx}px` }} />;
}

function dataOf({ times, series }: PlotProps): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}
