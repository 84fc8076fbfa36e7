// The cluster in five figures.
import type { ComponentChildren } from "preact";
import { inLanguage, language } from "../common/language.ts";
import { formatNumber, formatPercent } from "../common/number-format.ts";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { Bar } from "./node-parts.tsx";

function Figure({
  id,
  name,
  value,
  note,
  children,
}: {
  id: string;
  name: string;
  value: string;
  note: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="figure" id={id}>
      <dt class="soft small">{name}</dt>
      <dd>
        <span class="figure-value numbers">{value}</span>
        <span class="soft small numbers">{note}</span>
        {children}
      </dd>
    </div>
  );
}

export function ClusterTotalsView({ cluster }: { readonly cluster: Cluster }) {
  const totals = cluster.store.totals.value;
  const steps = cluster.store.facts.value?.steps;
  if (totals === undefined || steps === undefined) return null;
  const texts = inLanguage(clusterTexts);
  const whole = (value: number): string => formatNumber(value, language());
  const { connections, capacity, utilization, routable_nodes: taking, nodes, live_streams: onAir, streams, bandwidth_mbps: mbps } = totals;
  return (
    <dl class="totals" aria-label={texts.totals}>
      <Figure
        id="total-students"
        name={texts.students}
        value={whole(connections)}
        note={capacity === 0 ? texts.noPlaces : texts.ofPlaces(whole(capacity))}
      />
      <Figure id="total-used" name={texts.utilization} value={formatPercent(utilization, language())} note="">
        <Bar percent={utilization} steps={steps} />
      </Figure>
      <Figure id="total-nodes" name={texts.taking} value={whole(taking)} note={texts.ofSlaves(whole(nodes))} />
      <Figure id="total-streams" name={texts.streams} value={whole(onAir)} note={streams > onAir ? texts.ofStreams(whole(streams)) : ""} />
      <Figure id="total-bandwidth" name={texts.bandwidth} value={formatNumber(mbps, language(), mbps < 10 ? 1 : 0)} note="Mbit/s" />
    </dl>
  );
}
