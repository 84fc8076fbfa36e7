// The last 30 minutes of one node for its plots. Pure: what the master kept, and what came since.
import type { NodeHistory, NodeLive } from "../../shared/protocol/cluster-live.ts";
import { historyWindowS } from "./cluster-store.ts";

export type NodeSeries = Pick<NodeHistory, "at" | "connections" | "cpu" | "memory" | "bandwidth_mbps">;

export const emptySeries: NodeSeries = { at: [], connections: [], cpu: [], memory: [], bandwidth_mbps: [] };

/** With one more point. Nothing is known of a node that does not report. @param at Unix seconds */
export function withPoint(series: NodeSeries, node: NodeLive, at: number): NodeSeries {
  if (at <= (series.at.at(-1) ?? 0)) return series;
  const first = series.at.findIndex((time) => time >= at - historyWindowS);
  const from = first < 0 ? series.at.length : first;
  const isHeard = node.status !== "offline" && node.status !== "suspect";
  const next = (values: readonly (number | null)[], value: number | null): (number | null)[] => [
    ...values.slice(from),
    isHeard ? value : null,
  ];
  return {
    at: [...series.at.slice(from), at],
    connections: next(series.connections, node.current_connections),
    cpu: next(series.cpu, node.cpu_usage),
    memory: next(series.memory, node.memory_usage),
    bandwidth_mbps: next(series.bandwidth_mbps, node.bandwidth_mbps),
  };
}
