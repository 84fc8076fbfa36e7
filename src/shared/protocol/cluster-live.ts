// What the cluster page learns while it is open (Server-Sent Events of GET /cluster/live).
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeId, StreamPath } from "./names.ts";
import { NodeView } from "./nodes.ts";

const NodeCopy = Type.Object({
  path: StreamPath,
  role: Type.Enum(["origin", "replica"]),
  state: Type.Enum(["live", "waiting"]),
  viewers: Type.Integer(),
  lag_s: Type.Union([Type.Number(), Type.Null()], { description: "Of a replica: seconds for which it has been behind the origin" }),
  lag_parts: Type.Union([Type.Integer(), Type.Null()]),
});

/** Streams of a node that are shown; `streams` says how many it has. */
export const maxShownCopies = 50;

/** Percents are whole, `bandwidth_mbps` and `lag_s` have one digit behind the point: what cannot be seen is no change. */
export const NodeLive = Type.Object({ ...NodeView.properties, copies: Type.Array(NodeCopy, { maxItems: maxShownCopies }) });
export type NodeLive = Static<typeof NodeLive>;

export const ClusterTotals = Type.Object({
  nodes: Type.Integer(),
  routable_nodes: Type.Integer({ description: "Nodes that take viewers" }),
  connections: Type.Integer(),
  capacity: Type.Integer(),
  utilization: Type.Number({ description: "Percent" }),
  bandwidth_mbps: Type.Number(),
  streams: Type.Integer(),
  live_streams: Type.Integer(),
});
export type ClusterTotals = Static<typeof ClusterTotals>;

/** One point of the plots of the whole cluster. */
export const ClusterSample = Type.Object({
  at: Type.Number({ description: "Unix seconds" }),
  connections: Type.Number(),
  capacity: Type.Number(),
  cpu: Type.Number({ description: "Percent, mean over nodes" }),
  memory: Type.Number({ description: "Percent, mean over nodes" }),
  bandwidth_mbps: Type.Number(),
  streams: Type.Number({ description: "Live ones" }),
});
export type ClusterSample = Static<typeof ClusterSample>;

export const TimelineKind = Type.Enum([
  "master_started",
  "joined",
  "returned",
  "suspect",
  "recovered",
  "offline",
  "left",
  "draining",
  "drained",
  "undrained",
  "stream_started",
  "stream_ended",
  "failover",
]);
export type TimelineKind = Static<typeof TimelineKind>;

export const TimelineEvent = Type.Object({
  id: Type.Integer({ description: "Counts up" }),
  at: Type.String({ format: "date-time" }),
  kind: TimelineKind,
  node_id: Type.Union([NodeId, Type.Null()], { description: "Whom it happened to; of a failover: the new origin" }),
  node_name: Type.Union([Type.String(), Type.Null()]),
  path: Type.Union([StreamPath, Type.Null()]),
  from_node_id: Type.Union([NodeId, Type.Null()], { description: "Of a failover: the origin before" }),
  from_node_name: Type.Union([Type.String(), Type.Null()]),
});
export type TimelineEvent = Static<typeof TimelineEvent>;

/** `snapshot`: everything, at the beginning and after a reconnect. */
export const ClusterSnapshot = Type.Object({
  version: Type.String(),
  now: Type.String({ format: "date-time" }),
  overload_policy: Type.Enum(["distribute", "reject"]),
  warning_percent: Type.Number(),
  critical_percent: Type.Number(),
  master_url: Type.String({ description: "What a new slave takes as MASTER_URL" }),
  totals: ClusterTotals,
  nodes: Type.Array(NodeLive),
  events: Type.Array(TimelineEvent, { description: "Newest last" }),
  step_s: Type.Number(),
  samples: Type.Array(ClusterSample, { description: "The last 30 minutes, oldest first" }),
});
export type ClusterSnapshot = Static<typeof ClusterSnapshot>;

/**
 * `nodes`: what changed, at most once a second. That a node was heard is no change: `last_heartbeat` is that of its last
 * visible change, until silence makes it suspect.
 */
export const ClusterChange = Type.Object({ totals: ClusterTotals, nodes: Type.Array(NodeLive), removed: Type.Array(NodeId) });
export type ClusterChange = Static<typeof ClusterChange>;

/** `GET /cluster/nodes/<id>/history`: the last 30 minutes of one node, oldest first. */
export const NodeHistory = Type.Object({
  node_id: NodeId,
  step_s: Type.Number(),
  at: Type.Array(Type.Number({ description: "Unix seconds" })),
  connections: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  cpu: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  memory: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  bandwidth_mbps: Type.Array(Type.Union([Type.Number(), Type.Null()])),
});
export type NodeHistory = Static<typeof NodeHistory>;
