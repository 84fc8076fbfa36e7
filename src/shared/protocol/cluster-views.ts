// What the master shows of streams, sessions, its own health, and to Prometheus.
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeId, StreamPath } from "./names.ts";
import { Action, UserType } from "./viewer-token.ts";

const DateTime = Type.String({ format: "date-time" });

const lag = {
  lag_parts: Type.Union([Type.Integer(), Type.Null()], { description: "Parts that its upstream has and it has not" }),
  lag_s: Type.Union([Type.Number(), Type.Null()], { description: "Seconds for which it has been behind the origin" }),
  in_sync: Type.Boolean({ description: "At most one segment behind" }),
};
const Upstream = Type.Union([NodeId, Type.Null()], { description: "Whom it follows" });

const StreamCopyView = Type.Object({
  node_id: NodeId,
  role: Type.Enum(["origin", "replica"]),
  state: Type.Enum(["live", "waiting"]),
  epoch: Type.Integer(),
  msn: Type.Integer({ description: "Newest media sequence number" }),
  part: Type.Integer(),
  upstream: Upstream,
  ...lag,
  viewers: Type.Integer(),
  bitrate: Type.Union([Type.Number(), Type.Null()], { description: "Ingest, bits per second" }),
});

export const StreamsView = Type.Object({
  total_streams: Type.Integer(),
  replication_factor: Type.Integer({ description: "Copies that are kept without viewers, the origin included" }),
  streams: Type.Array(
    Type.Object({
      path: StreamPath,
      state: Type.Enum(["live", "waiting"]),
      origin: Type.Union([NodeId, Type.Null()]),
      epoch: Type.Integer({ description: "The highest heard of" }),
      viewers: Type.Integer({ description: "On all nodes" }),
      students: Type.Integer({ description: "Those of the viewers who do not watch as teachers" }),
      copies: Type.Array(StreamCopyView),
    }),
  ),
});
export type StreamsView = Static<typeof StreamsView>;

export const ReplicasView = Type.Object({
  path: StreamPath,
  origin: Type.Union([NodeId, Type.Null()]),
  epoch: Type.Integer({ description: "The highest heard of" }),
  replication_factor: Type.Integer({ description: "Copies that are kept without viewers, the origin included" }),
  in_sync_copies: Type.Integer({ description: "The origin included" }),
  replicas: Type.Array(
    Type.Object({
      node_id: NodeId,
      role: Type.Enum(["origin", "replica"]),
      epoch: Type.Integer(),
      state: Type.Enum(["live", "waiting"]),
      upstream: Upstream,
      msn: Type.Integer({ description: "Newest media sequence number" }),
      part: Type.Integer(),
      ...lag,
      viewers: Type.Integer(),
    }),
    { description: "All copies, the origin first" },
  ),
});
export type ReplicasView = Static<typeof ReplicasView>;

export const SessionView = Type.Object({
  jti: Type.String(),
  current_jti: Type.String({ description: "Of the viewer's newest token: another one after a move to another node" }),
  user_id: Type.String(),
  user_type: UserType,
  action: Action,
  path: StreamPath,
  node_id: NodeId,
  moves: Type.Integer({ description: "How often the viewer changed nodes since this token" }),
  state: Type.Enum(["issued", "active"], { description: "`active`: the node has seen the viewer" }),
  issued_at: DateTime,
  expires_at: DateTime,
  activated_at: Type.Union([DateTime, Type.Null()]),
});
export type SessionView = Static<typeof SessionView>;

export const HealthView = Type.Object({ status: Type.Enum(["ok"]) });

export const DetailedHealthView = Type.Object({
  status: Type.Enum(["ok"]),
  version: Type.String(),
  uptime_s: Type.Number(),
  rss_bytes: Type.Integer(),
  event_loop_delay_ms: Type.Number({ description: "p99 since the last question" }),
  nodes: Type.Integer(),
  sessions: Type.Integer(),
  reservations: Type.Integer(),
  routing: Type.String(),
  overload_policy: Type.String(),
  signing_algorithm: Type.Enum(["ES256", "HS256"]),
});
export type DetailedHealthView = Static<typeof DetailedHealthView>;

export const ClusterHealthView = Type.Object({
  status: Type.Enum(["starting", "ok", "degraded", "unavailable"], {
    description:
      "`starting`: the master has just started and waits for its nodes; `degraded`: a node is critical, suspect or offline; `unavailable`: no node takes viewers",
  }),
});
export type ClusterHealthView = Static<typeof ClusterHealthView>;

/** https://prometheus.io/docs/prometheus/latest/http_sd/ */
export const PrometheusTargets = Type.Array(
  Type.Object({ targets: Type.Array(Type.String()), labels: Type.Record(Type.String(), Type.String()) }),
);
export type PrometheusTargets = Static<typeof PrometheusTargets>;
