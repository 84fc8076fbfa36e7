// What the master knows of its slaves, as metrics. Reads what it is given; a node that has left has no series.
import type { Sample } from "../../shared/metrics/metric-set.ts";
import type { NodeStatus } from "../registry/node-state.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";

/** In the order in which a node usually passes them; the compiler sees to it that none is missing. */
const states = Object.keys({
  registering: true,
  healthy: true,
  warning: true,
  critical: true,
  draining: true,
  drained: true,
  suspect: true,
  offline: true,
} satisfies Record<NodeStatus, true>) as readonly NodeStatus[];

export interface NodeSources {
  readonly nodes: readonly RegisteredNode[];
  readonly reservedOn: (nodeId: string) => number;
  /** Monotonic ms. */
  readonly now: number;
}

export function sampleNodes(sample: Sample, { nodes, reservedOn, now }: NodeSources): void {
  const count = new Map<NodeStatus, number>(states.map((state) => [state, 0]));
  for (const node of nodes) {
    const { status, info, load } = node;
    count.set(status, (count.get(status) ?? 0) + 1);
    const reserved = reservedOn(info.nodeId);
    const labels = { node_id: info.nodeId };
    sample("airclass_node_up", Number(node.routableUntilMs > now), labels);
    sample("airclass_node_state", 1, { ...labels, state: status });
    sample("airclass_node_viewers", load.connections, labels);
    sample("airclass_node_reserved_viewers", reserved, labels);
    sample("airclass_node_max_viewers", info.maxConnections, labels);
    sample("airclass_node_load_ratio", (load.connections + reserved) / info.maxConnections, labels);
    sample("airclass_node_heartbeat_age_seconds", Math.max(0, now - node.heardAtMs) / 1_000, labels);
    sample("airclass_node_heartbeats_missed_total", node.silences, labels);
  }
  for (const [state, nodesInIt] of count) sample("airclass_nodes", nodesInIt, { state });
}
