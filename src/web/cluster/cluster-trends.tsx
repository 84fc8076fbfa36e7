// The last 30 minutes of the whole cluster.
import { useComputed } from "@preact/signals";
import { inLanguage, language } from "../common/language.ts";
import { formatNumber, formatPercent } from "../common/number-format.ts";
import { Plot } from "../common/ui/plot.tsx";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { formatMbps } from "./node-parts.tsx";

export function ClusterTrends({ cluster }: { readonly cluster: Cluster }) {
  const { samples } = cluster.store;
  const columns = useComputed(() => {
    const all = samples.value;
    return {
      times: all.map(({ at }) => at),
      connections: all.map(({ connections }) => connections),
      capacity: all.map(({ capacity }) => capacity),
      cpu: all.map(({ cpu }) => cpu),
      memory: all.map(({ memory }) => memory),
      bandwidth: all.map(({ bandwidth_mbps: mbps }) => mbps),
    };
  });
  const { times, connections, capacity, cpu, memory, bandwidth } = columns.value;
  const { plots, plotsEmpty, lastMinutes } = inLanguage(clusterTexts);
  const whole = (value: number): string => formatNumber(value, language());
  const percent = (value: number): string => formatPercent(value, language());
  const shared = { times, heightPx: 132, emptyText: plotsEmpty };
  return (
    <section class="trends" aria-label={lastMinutes}>
      <div class="card">
        <Plot
          id="plot-students"
          title={plots.students}
          series={[
            { name: plots.students, values: connections },
            { name: plots.places, values: capacity },
          ]}
          format={whole}
          whole
          atLeast={10}
          {...shared}
        />
      </div>
      <div class="card">
        <Plot
          id="plot-load"
          title={plots.meanLoad}
          series={[
            { name: plots.cpu, values: cpu },
            { name: plots.memory, values: memory },
          ]}
          format={percent}
          atLeast={100}
          {...shared}
        />
      </div>
      <div class="card">
        <Plot
          id="plot-bandwidth"
          title={plots.bandwidth}
          series={[{ name: plots.bandwidth, values: bandwidth }]}
          format={formatMbps}
          formatAxis={whole}
          atLeast={10}
          {...shared}
        />
      </div>
    </section>
  );
}
