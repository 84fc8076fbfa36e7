// What the master shows of streams, sessions, its own health, and to Prometheus.
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeId, StreamPath } from "./names.ts";
import { Action, UserType } from "./viewer-token.ts";

const DateTime = Type.String({ format: "date-time" });

const StreamCopyView = Type.Object({
  node_id: NodeId,
  role: Type.Enum(["origin", "replica"]),
  state: Type.Enum(["live", "waiting"]),
  epoch: Type.Integer(),
  msn: Type.Integer({ description: "Newest media sequence number" }),
  part: Type.Integer(),
  viewers: Type.Integer(),
  bitrate: Type.Union([Type.Number(), Type.Null()], { description: "Ingest, bits per second" }),
});

export const StreamsView = Type.Object({
  total_streams: Type.Integer(),
  streams: Type.Array(
    Type.Object({
      path: StreamPath,
      state: Type.Enum(["live", "waiting"]),
      origin: Type.Union([NodeId, Type.Null()]),
      viewers: Type.Integer({ description: "On all nodes" }),
      copies: Type.Array(StreamCopyView),
    }),
  ),
});
export type StreamsView = Static<typeof StreamsView>;

export const SessionView = Type.Object({
  jti: Type.String(),
  user_id: Type.String(),
  user_type: UserType,
  action: Action,
  path: StreamPath,
  node_id: NodeId,
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
