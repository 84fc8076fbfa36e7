// The last 30 minutes of a class as curves.
import type { ReadonlySignal } from "@preact/signals";
import type { ClassSample } from "../../shared/protocol/class-live.ts";
import { inLanguage, language } from "../common/language.ts";
import { formatNumber } from "../common/number-format.ts";
import { Plot } from "../common/ui/plot.tsx";
import { keptS, seriesOf } from "./class-figures.ts";
import { classTexts } from "./class-texts.ts";

type Figure = "students" | "bitrate" | "fps" | "dropped_frames" | "delay_s";

interface Shown {
  readonly figure: Figure;
  readonly title: "viewers" | "bitrate" | "fps" | "dropped" | "delay";
  readonly scale: number;
  readonly digits: number;
  readonly atLeast: number;
}

const plots: readonly Shown[] = [
  { figure: "students", title: "viewers", scale: 1, digits: 0, atLeast: 4 },
  { figure: "bitrate", title: "bitrate", scale: 1e-6, digits: 1, atLeast: 1 },
  { figure: "fps", title: "fps", scale: 1, digits: 0, atLeast: 30 },
  { figure: "dropped_frames", title: "dropped", scale: 1, digits: 0, atLeast: 4 },
  { figure: "delay_s", title: "delay", scale: 1, digits: 1, atLeast: 4 },
];

export function PlotsPanel({ samples }: { readonly samples: ReadonlySignal<readonly ClassSample[]> }) {
  const texts = inLanguage(classTexts);
  return (
    <section class="card panel plots" aria-labelledby="plots-title">
      <h2 id="plots-title">{texts.sections.figures}</h2>
      <div class="plot-grid">
        {plots.map(({ figure, title, scale, digits, atLeast }) => {
          const { at, values } = seriesOf(samples.value, figure, scale);
          const name = texts.plots[title];
          return (
            <Plot
              key={figure}
              id={`plot-${title}`}
              title={name}
              times={at}
              series={[{ name, values }]}
              format={(value) => formatNumber(value, language(), digits)}
              atLeast={atLeast}
              whole={digits === 0}
              windowS={keptS}
              heightPx={128}
              emptyText={texts.plotsEmpty}
            />
          );
        })}
      </div>
    </section>
  );
}
