// What the master shows of its nodes.
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeId } from "./names.ts";

const NodeState = Type.Enum(["registering", "healthy", "warning", "critical", "draining", "drained", "suspect", "offline"], {
  description: "`drained`: asked to drain, and without viewers and publishers since",
});
type NodeState = Static<typeof NodeState>;

export const NodeView = Type.Object({
  node_id: NodeId,
  node_name: Type.String(),
  host: Type.String(),
  api_url: Type.String(),
  rtmp_url: Type.String(),
  hls_url: Type.String(),
  whep: Type.Boolean({ description: "With MediaMTX: viewers by WebRTC (WHEP) too, and publishers by WHIP, both at `hls_url`" }),
  current_connections: Type.Integer(),
  reserved: Type.Integer({ description: "Places held for tokens that were issued and not yet used" }),
  max_connections: Type.Integer(),
  load_percentage: Type.Number(),
  cpu_usage: Type.Number({ description: "Percent" }),
  memory_usage: Type.Number({ description: "Percent" }),
  bandwidth_mbps: Type.Union([Type.Number(), Type.Null()]),
  streams: Type.Integer(),
  origin_streams: Type.Integer({ description: "Streams that are published there" }),
  drain_deadline: Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description: "By when it is to be drained" }),
  status: NodeState,
  last_heartbeat: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  registered_at: Type.String({ format: "date-time" }),
  version: Type.String(),
});
export type NodeView = Static<typeof NodeView>;

export const NodesView = Type.Object({
  total_nodes: Type.Integer(),
  healthy_nodes: Type.Integer({ description: "Nodes that take viewers: healthy, warning and critical" }),
  total_connections: Type.Integer(),
  total_capacity: Type.Integer(),
  utilization: Type.Number({ description: "Percent" }),
  nodes: Type.Array(NodeView),
});
export type NodesView = Static<typeof NodesView>;

export const DrainRequest = Type.Object(
  {
    deadline_s: Type.Optional(
      Type.Number({ minimum: 1, maximum: 3_600, default: 60, description: "Seconds over which viewers are moved to other nodes" }),
    ),
  },
  { additionalProperties: false },
);
export type DrainRequest = Static<typeof DrainRequest>;

export const BestNodeView = Type.Object({
  node_id: NodeId,
  node_name: Type.String(),
  rtmp_url: Type.String(),
  hls_url: Type.String(),
  api_url: Type.String(),
  load_percentage: Type.Number(),
  current_connections: Type.Integer(),
  max_connections: Type.Integer(),
});
export type BestNodeView = Static<typeof BestNodeView>;
