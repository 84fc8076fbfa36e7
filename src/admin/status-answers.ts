// What `airclass status` reads of the master's answers: a master of another version may say more, or less of what is not shown.
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClusterHealthView, StreamsView } from "../shared/protocol/cluster-views.ts";
import { NodesView, NodeView } from "../shared/protocol/nodes.ts";

const NodeAnswer = Type.Pick(NodeView, [
  "node_id",
  "node_name",
  "status",
  "current_connections",
  "max_connections",
  "load_percentage",
  "cpu_usage",
  "memory_usage",
  "bandwidth_mbps",
  "streams",
  "origin_streams",
  "last_heartbeat",
]);
export type NodeAnswer = Static<typeof NodeAnswer>;

export const NodesAnswer = Type.Object({ ...NodesView.properties, nodes: Type.Array(NodeAnswer) });
export type NodesAnswer = Static<typeof NodesAnswer>;

const StreamAnswer = Type.Object({
  ...Type.Pick(StreamsView.properties.streams.items, ["path", "state", "origin", "epoch", "viewers"]).properties,
  copies: Type.Array(Type.Object({ in_sync: Type.Boolean() })),
});
export const StreamsAnswer = Type.Object({ ...StreamsView.properties, streams: Type.Array(StreamAnswer) });
export type StreamsAnswer = Static<typeof StreamsAnswer>;

export const HealthAnswer = ClusterHealthView;
export type HealthAnswer = Static<typeof HealthAnswer>;
