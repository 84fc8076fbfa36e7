// What a gateway and the master say to each other: the gateway tells what it relays, the answer is what it needs to
// choose origins. A gateway inside the master gets the same view without HTTP.
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClassGrants, EpochAnswer } from "./cluster-messages.ts";
import { Epoch, maxEpoch } from "./epochs.ts";
import { NodeId, StreamPath } from "./names.ts";

export const GatewayReport = Type.Object(
  {
    /** `node_id` as in every request with a node credential. */
    node_id: NodeId,
    rtmp_port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    class_grants_version: Type.Optional(Type.String({ maxLength: 64 })),
    relays: Type.Array(
      Type.Object({ path: StreamPath, node_id: Type.Union([NodeId, Type.Null()]), epoch: Type.Integer({ minimum: 0, maximum: maxEpoch }) }),
      {
        maxItems: 2_000,
        description: "Teachers who are connected, and the slave that carries each",
      },
    ),
    claims: Type.Optional(
      Type.Array(StreamPath, {
        maxItems: 2_000,
        description: "Streams that are about to get another origin; of a path that is among the relays, a failover, which is never refused",
      }),
    ),
    failed_nodes: Type.Optional(Type.Array(NodeId, { maxItems: 100, description: "Slaves that stopped answering the gateway just now" })),
  },
  { additionalProperties: false },
);
export type GatewayReport = Static<typeof GatewayReport>;

/** A slave as a place for a publisher. */
const PublishTarget = Type.Object({
  node_id: NodeId,
  host: Type.String(),
  rtmp_port: Type.Integer(),
  /** May a new publisher go there: heard of, not draining. */
  publishable: Type.Boolean(),
  draining: Type.Boolean(),
  /** False: it missed heartbeats, or did not answer when the master asked. */
  answers: Type.Boolean(),
  /** Viewers, percent of max_connections. */
  load_percentage: Type.Number(),
  cpu_usage: Type.Number({ description: "Percent" }),
  publishing_cost: Type.Number({
    description: "1 for each live stream of which it is the origin, and 8 for each rendition that it encodes",
  }),
});
export type PublishTarget = Static<typeof PublishTarget>;

const StreamCopy = Type.Object({
  node_id: NodeId,
  role: Type.Enum(["origin", "replica"]),
  state: Type.Enum(["live", "waiting"]),
  epoch: Epoch,
  msn: Type.Integer(),
  part: Type.Integer(),
  lag_s: Type.Number(),
  in_sync: Type.Boolean(),
});
export type GatewayStreamCopy = Static<typeof StreamCopy>;

export const GatewayView = Type.Object({
  now_ms: Type.Number({ description: "The master's wall clock" }),
  /** False within two heartbeats of the master's start: slaves that are not here may come yet. */
  settled: Type.Boolean(),
  class_grants: Type.Optional(ClassGrants),
  epochs: Type.Optional(Type.Array(EpochAnswer, { description: "To the claims of this report" })),
  nodes: Type.Array(PublishTarget),
  streams: Type.Array(
    Type.Object({
      path: StreamPath,
      highest_epoch: Type.Optional(Type.Integer({ description: "That the master has heard of, also from nodes that are gone" })),
      copies: Type.Array(StreamCopy),
    }),
  ),
});
export type GatewayView = Static<typeof GatewayView>;
