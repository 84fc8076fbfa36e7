// The details of one node: figures, its last 30 minutes, its streams, its addresses.
import { useEffect, useState } from "preact/hooks";
import { inLanguage, language } from "../common/language.ts";
import { formatNumber, formatPercent, formatSeconds } from "../common/number-format.ts";
import { formatAgo } from "../common/time-format.ts";
import { Note } from "../common/ui/badge.tsx";
import { Plot } from "../common/ui/plot.tsx";
import type { NodeHistory, NodeLive } from "../../shared/protocol/cluster-live.ts";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { detailsTexts } from "./details-texts.ts";
import { DrainProgress } from "./drain-progress.tsx";
import { DrainButton } from "./node-actions.tsx";
import { emptySeries, withPoint, type NodeSeries } from "./node-history.ts";
import { formatMbps, Heartbeat, isSilent, Load, Sends, StatusBadge, Usage } from "./node-parts.tsx";
import { nodeTexts } from "./node-texts.ts";
import { SideSheet } from "./side-sheet.tsx";

export function NodeSheet({ cluster, nodeId }: { readonly cluster: Cluster; readonly nodeId: string }) {
  // Which node this is changes when it leaves the cluster.
  void cluster.store.ids.value;
  const node = cluster.store.node(nodeId)?.value;
  const close = (): void => {
    cluster.sheet.value = undefined;
  };
  return (
    <SideSheet id="node-sheet" title={node?.node_name ?? nodeId} onClose={close} mark={node && <StatusBadge status={node.status} />}>
      {node === undefined ? (
        <Note tone="plain" icon="door">
          {inLanguage(detailsTexts).gone}
        </Note>
      ) : (
        <Details cluster={cluster} node={node} />
      )}
    </SideSheet>
  );
}

function Details({ cluster, node }: { readonly cluster: Cluster; readonly node: NodeLive }) {
  const steps = cluster.store.facts.value?.steps;
  const texts = inLanguage(nodeTexts);
  const details = inLanguage(detailsTexts);
  return (
    <>
      <p class="soft">{texts.statusMeans[node.status]}</p>
      <DrainProgress cluster={cluster} node={node} />
      <div>
        <DrainButton cluster={cluster} node={node} />
      </div>
      <dl class="facts">
        <div class="wide">
          <dt>{texts.columns.load}</dt>
          <dd>{steps && <Load node={node} steps={steps} />}</dd>
        </div>
        <div>
          <dt>{texts.columns.cpu}</dt>
          <dd>
            <Usage percent={node.cpu_usage} status={node.status} />
          </dd>
        </div>
        <div>
          <dt>{texts.columns.memory}</dt>
          <dd>
            <Usage percent={node.memory_usage} status={node.status} />
          </dd>
        </div>
        <div>
          <dt>{texts.columns.bandwidth}</dt>
          <dd>
            <Sends node={node} />
          </dd>
        </div>
        <div>
          <dt title={details.reservedMeans}>{details.reserved}</dt>
          <dd class="numbers">{formatNumber(node.reserved, language())}</dd>
        </div>
        <div>
          <dt>{texts.columns.heartbeat}</dt>
          <dd>
            <Heartbeat node={node} />
          </dd>
        </div>
        <div>
          <dt>{details.memberSince}</dt>
          <dd>
            <time dateTime={node.registered_at} title={new Date(node.registered_at).toLocaleString(language())}>
              {formatAgo(Date.parse(node.registered_at), cluster.live.now.value, language())}
            </time>
          </dd>
        </div>
      </dl>
      <History cluster={cluster} nodeId={node.node_id} />
      <Streams node={node} />
      <section class="part">
        <h3>{details.figures}</h3>
        <dl class="lines">
          {(
            [
              [details.id, node.node_id],
              [details.host, node.host],
              [texts.columns.version, node.version],
              [node.whep ? details.addressOf.hlsAndWebrtc : details.addressOf.hls, node.hls_url],
              [details.addressOf.rtmp, node.rtmp_url],
              ...(node.whep ? ([[details.addressOf.whip, `${node.hls_url}/live/${details.className}/whip`]] as const) : []),
              [details.addressOf.api, node.api_url],
            ] as const
          ).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function History({ cluster, nodeId }: { readonly cluster: Cluster; readonly nodeId: string }) {
  const { api, live, store } = cluster;
  const [series, setSeries] = useState<NodeSeries>(emptySeries);
  const [isFailed, setFailed] = useState(false);
  const snapshot = live.snapshots.value;
  const sampleAt = store.samples.value.at(-1)?.at;

  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      const answer = await api.call<NodeHistory>("GET", `/cluster/nodes/${encodeURIComponent(nodeId)}/history`);
      if (isOver) return;
      setFailed(!answer.ok);
      if (answer.ok) setSeries(answer.value);
    };
    void load();
    return () => {
      isOver = true;
    };
  }, [nodeId, snapshot]);

  // What the master keeps at this moment, too: nothing is asked for.
  useEffect(() => {
    const node = store.node(nodeId)?.peek();
    if (node !== undefined && sampleAt !== undefined) setSeries((before) => withPoint(before, node, sampleAt));
  }, [nodeId, sampleAt]);

  const { plots, plotsEmpty } = inLanguage(clusterTexts);
  const texts = inLanguage(detailsTexts);
  const percent = (value: number): string => formatPercent(value, language());
  const whole = (value: number): string => formatNumber(value, language());
  const shared = { times: series.at, heightPx: 110, emptyText: plotsEmpty };
  return (
    <section class="part">
      <h3>{texts.lastMinutes}</h3>
      {isFailed && <p class="soft small">{texts.historyFailed}</p>}
      <Plot
        title={plots.students}
        series={[{ name: plots.students, values: series.connections }]}
        format={whole}
        whole
        atLeast={10}
        {...shared}
      />
      <Plot
        title={plots.load}
        series={[
          { name: plots.cpu, values: series.cpu },
          { name: plots.memory, values: series.memory },
        ]}
        format={percent}
        atLeast={100}
        {...shared}
      />
      <Plot
        title={plots.bandwidth}
        series={[{ name: plots.bandwidth, values: series.bandwidth_mbps }]}
        format={formatMbps}
        formatAxis={whole}
        atLeast={10}
        {...shared}
      />
    </section>
  );
}

function Streams({ node }: { readonly node: NodeLive }) {
  const texts = inLanguage(detailsTexts);
  const { copies, streams } = node;
  return (
    <section class="part">
      <h3>{texts.streams}</h3>
      {copies.length === 0 ? (
        <p class="soft">{inLanguage(nodeTexts).noStreams}</p>
      ) : (
        <table class={`streams ${isSilent(node.status) ? "stale" : ""}`}>
          <thead>
            <tr>
              <th scope="col">{texts.streamColumns.name}</th>
              <th scope="col">{texts.streamColumns.role}</th>
              <th scope="col" class="end">
                {texts.streamColumns.viewers}
              </th>
              <th scope="col">{texts.streamColumns.lag}</th>
            </tr>
          </thead>
          <tbody>
            {copies.map((copy) => (
              <tr key={copy.path}>
                <th scope="row">{copy.path.replace(/^live\//, "")}</th>
                <td title={texts.roleMeans[copy.role]}>{texts.role[copy.role]}</td>
                <td class="end numbers">{formatNumber(copy.viewers, language())}</td>
                <td class="numbers">{copy.role === "origin" ? (copy.state === "waiting" ? texts.waiting : "–") : lagInWords(copy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {streams > copies.length && copies.length > 0 && <p class="soft small">{texts.moreStreams(streams - copies.length)}</p>}
    </section>
  );
}

function lagInWords({ lag_s: seconds, lag_parts: parts, state }: NodeLive["copies"][number]): string {
  const texts = inLanguage(detailsTexts);
  if (state === "waiting") return texts.waiting;
  if (seconds === null && parts === null) return "–";
  if ((seconds ?? 0) === 0 && (parts ?? 0) === 0) return texts.inStep;
  return [
    ...(seconds === null || seconds === 0 ? [] : [formatSeconds(seconds, language())]),
    ...(parts === null ? [] : [texts.parts(parts)]),
  ].join(", ");
}
