// What a slave and the master say to each other: registration, heartbeat and the answer, which is the control channel.
import { Type } from "typebox";
import type { Static } from "typebox";
import { Epoch } from "./epochs.ts";
import { ClassName, NodeId, nodeNameMaxLength, StreamPath } from "./names.ts";

const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
const HttpUrl = Type.String({ maxLength: 512, pattern: "^https?://[^\\s<>\"'\\\\]+$" });
const UrlPath = Type.String({ maxLength: 512, pattern: "^/[A-Za-z0-9._~{}/-]*$" });
const Version = Type.String({ maxLength: 64 });

/** JSON Web Keys (RFC 7517) that verify tokens, public ones only; an HS256 secret travels sealed (JWE, RFC 7516). */
export const KeySet = Type.Object({
  version: Version,
  keys: Type.Array(
    Type.Object(
      { kid: Type.String(), kty: Type.String(), alg: Type.Union([Type.Literal("ES256"), Type.Literal("HS256")]) },
      { additionalProperties: true },
    ),
    { maxItems: 16 },
  ),
});
export type KeySet = Static<typeof KeySet>;

/** What a slave needs to know of a class to let its teacher publish without asking the master. */
const ClassGrant = Type.Object({
  name: ClassName,
  stream_key_hash: Type.String({ description: "base64url of SHA-256 of the stream key" }),
  closed: Type.Optional(Type.Boolean({ description: "Nobody publishes it until it is opened again" })),
});
type ClassGrant = Static<typeof ClassGrant>;

/** Sent with registration and heartbeat answers when the slave's version is not the newest. */
export const ClassGrants = Type.Object({ version: Version, classes: Type.Array(ClassGrant) });
export type ClassGrants = Static<typeof ClassGrants>;

/** Tokens that are no longer good. Sent with registration and heartbeat answers when the slave's version is not the newest. */
export const Revocations = Type.Object({
  version: Version,
  tokens: Type.Array(Type.Object({ jti: Type.String(), exp: Type.Integer({ description: "Unix seconds; forgotten after it" }) }), {
    maxItems: 10_000,
  }),
  /** Of a class that was closed or deleted: all tokens up to then. */
  paths: Type.Array(Type.Object({ path: StreamPath, issued_until: Type.Integer({ description: "`iat`, Unix seconds" }) }), {
    maxItems: 10_000,
  }),
});
export type Revocations = Static<typeof Revocations>;

/** What every answer of the master tells a slave. */
export const ClusterOrders = Type.Object({
  now_ms: Type.Number({ description: "The master's wall clock; slaves judge token times by it" }),
  overload_policy: Type.Union([Type.Literal("distribute"), Type.Literal("reject")]),
  draining: Type.Boolean(),
  drain_ms: Type.Optional(
    Type.Number({ minimum: 0, description: "While draining: ms that are left to move viewers and publishers elsewhere" }),
  ),
  others_routable: Type.Optional(
    Type.Integer({ minimum: 0, description: "Nodes besides this one that take viewers: where to a node that stops can send its own" }),
  ),
  key_set: Type.Optional(KeySet),
  class_grants: Type.Optional(ClassGrants),
  admin_proof: Type.Optional(Type.String({ description: "MAC of the admin token: lets a slave check it" })),
  revocations: Type.Optional(Revocations),
});
export type ClusterOrders = Static<typeof ClusterOrders>;

export const RegisterRequest = Type.Object(
  {
    node_id: NodeId,
    node_name: Type.String({ minLength: 1, maxLength: nodeNameMaxLength }),
    host: Type.Optional(
      Type.String({ maxLength: 255, pattern: "^[A-Za-z0-9.:_-]+$", description: "Without it, the address that the master sees" }),
    ),
    api_port: Port,
    rtmp_port: Port,
    hls_port: Port,
    hls_url: Type.Optional(
      Type.Union([HttpUrl, UrlPath], {
        description: "Base of viewers' URLs; a path lies below the address by which the master was reached",
      }),
    ),
    max_connections: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    version: Version,
    instance: Type.String({ minLength: 8, maxLength: 64, description: "Random per process: tells a restarted node from a second one" }),
    heartbeat_interval_s: Type.Number({ minimum: 0.1, maximum: 300 }),
    tls: Type.Optional(Type.Boolean({ description: "The HLS port speaks HTTPS" })),
    follows: Type.Optional(Type.Boolean({ description: "This node fetches streams that it does not hold from their origin" })),
    whep: Type.Optional(Type.Boolean({ description: "This node serves viewers by WebRTC (WHEP), on the HLS port" })),
    rtsp_port: Type.Optional(Port),
  },
  { additionalProperties: false },
);
export type RegisterRequest = Static<typeof RegisterRequest>;

export const RegisterResponse = Type.Object({ status: Type.Literal("registered"), node_id: NodeId, orders: ClusterOrders });
export type RegisterResponse = Static<typeof RegisterResponse>;

/** What an origin measures of its publisher; for the teacher, who mends it in OBS. */
export const IngestReport = Type.Object({
  started_at: Type.String({ format: "date-time" }),
  bitrate: Type.Number({ minimum: 0, description: "Bits per second over the last seconds" }),
  fps: Type.Number({ minimum: 0 }),
  keyframe_interval_s: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  dropped_frames: Type.Integer({ minimum: 0, description: "Frames left out by the teacher's side since it began, by their times" }),
  video: Type.Union([
    Type.Object({
      codec: Type.String({ maxLength: 64 }),
      width: Type.Union([Type.Integer(), Type.Null()]),
      height: Type.Union([Type.Integer(), Type.Null()]),
    }),
    Type.Null(),
  ]),
  audio: Type.Union([Type.Object({ codec: Type.String({ maxLength: 64 }) }), Type.Null()]),
  reencoding: Type.Boolean({ description: "`source` is re-encoded since keyframes come too rarely (KEYFRAMES)" }),
  ffmpeg_restarts: Type.Integer({ minimum: 0 }),
});
export type IngestReport = Static<typeof IngestReport>;

/** What the players at one node have told since the heartbeat before; the master adds the nodes of a stream up. */
export const PlayersReport = Type.Object({
  reports: Type.Integer({ minimum: 0, description: "Reports that had a delay" }),
  delay_s: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: "Their mean: seconds behind the teacher" }),
  watched_s: Type.Number({ minimum: 0 }),
  stalls: Type.Integer({ minimum: 0 }),
  stalled_s: Type.Number({ minimum: 0 }),
});
export type PlayersReport = Static<typeof PlayersReport>;

/** One stream that a slave holds. */
export const StreamReport = Type.Object({
  path: StreamPath,
  role: Type.Union([Type.Literal("origin"), Type.Literal("replica")]),
  state: Type.Union([Type.Literal("live"), Type.Literal("waiting")]),
  epoch: Epoch,
  msn: Type.Integer({ minimum: -1, description: "Newest media sequence number; -1 before the first" }),
  part: Type.Integer({ minimum: -1 }),
  viewers: Type.Integer({ minimum: 0 }),
  teachers: Type.Optional(
    Type.Integer({ minimum: 0, description: "Those of the viewers who watch as teachers; none when it is not said" }),
  ),
  bitrate: Type.Optional(Type.Number({ minimum: 0, description: "Ingest, bits per second" })),
  encoded: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 32, description: "Renditions that an origin encodes: what the stream costs" }),
  ),
  ingest: Type.Optional(IngestReport),
  players: Type.Optional(PlayersReport),
  upstream: Type.Optional(NodeId),
  lag_parts: Type.Optional(Type.Integer({ minimum: 0, description: "Of a replica: parts that its upstream has and it has not" })),
  lag_s: Type.Optional(Type.Number({ minimum: 0, description: "Of a replica: seconds for which it has been behind the origin" })),
});
export type StreamReport = Static<typeof StreamReport>;

export const NodeStats = Type.Object({
  connections: Type.Integer({ minimum: 0, maximum: 10_000_000, description: "Viewers: tokens seen within the last seconds" }),
  cpu: Type.Number({ minimum: 0, maximum: 100, description: "Percent of the machine or container" }),
  memory: Type.Number({ minimum: 0, maximum: 100, description: "Percent of the machine or container" }),
  bandwidth_mbps: Type.Optional(Type.Number({ minimum: 0 })),
  streams: Type.Optional(Type.Array(StreamReport, { maxItems: 1_000 })),
  wanted: Type.Optional(
    Type.Array(StreamPath, { maxItems: 200, description: "Streams that viewers ask for here and that are not followed yet" }),
  ),
  claims: Type.Optional(
    Type.Array(StreamPath, {
      maxItems: 200,
      description:
        "Streams of which a publisher here asks to become the origin, or was let to and has not begun yet; all of them each time",
    }),
  ),
  leaving: Type.Optional(Type.Boolean({ description: "This node was asked to stop (SIGTERM): as if it were drained" })),
  activated: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 20_000,
      description: "jti of tokens first seen since the last acknowledged heartbeat",
    }),
  ),
});
export type NodeStats = Static<typeof NodeStats>;

export const StatsRequest = Type.Object(
  {
    node_id: NodeId,
    instance: Type.Optional(Type.String({ minLength: 8, maxLength: 64 })),
    seq: Type.Optional(Type.Integer({ minimum: 0, description: "Counts up with each heartbeat of an instance" })),
    key_set_version: Type.Optional(Version),
    class_grants_version: Type.Optional(Version),
    revocations_version: Type.Optional(Version),
    stats: NodeStats,
  },
  { additionalProperties: false },
);
export type StatsRequest = Static<typeof StatsRequest>;

const PublicUrl = Type.Optional(
  Type.String({
    description: "Where viewers reach that node, for who cannot connect to `media_url`; a path lies below the address of the master",
  }),
);

/**
 * One entry of the stream directory: who has the newest media of a stream. That is its origin, or while there is none
 * the best copy that is left.
 */
export const DirectoryEntry = Type.Object({
  path: StreamPath,
  node_id: NodeId,
  epoch: Epoch,
  highest_epoch: Type.Optional(
    Type.Integer({ description: "When it is above `epoch`: an origin that is gone, or cannot be reached, had this one" }),
  ),
  role: Type.Enum(["origin", "replica"]),
  media_url: Type.String({ description: "Where other slaves read from that node, without a slash at its end" }),
  public_url: PublicUrl,
  rtsp_url: Type.Optional(
    Type.String({
      description: "Of an origin that serves WebRTC: where other slaves fetch what they serve by WebRTC, without a slash at its end",
    }),
  ),
});
export type DirectoryEntry = Static<typeof DirectoryEntry>;

/** What a slave is to follow, and from whom: the origin, or a replica of it (fan-out is bounded). */
export const FollowOrder = Type.Object({
  path: StreamPath,
  node_id: NodeId,
  epoch: Epoch,
  media_url: Type.String(),
  public_url: PublicUrl,
});
export type FollowOrder = Static<typeof FollowOrder>;

/** What the master says to a claim: a number that nobody else gets, or who was first. */
export const EpochAnswer = Type.Object({
  path: StreamPath,
  epoch: Type.Optional(Type.Integer({ minimum: 1, description: "The claimant may become the origin as this epoch" })),
  held_by: Type.Optional(
    Type.String({ maxLength: 64, description: "This node or gateway was let to a moment ago, and its stream is not heard of yet" }),
  ),
});
export type EpochAnswer = Static<typeof EpochAnswer>;

export const StatsResponse = Type.Object({
  status: Type.Enum(["healthy", "warning", "critical", "draining", "drained", "suspect", "unknown"], {
    description: "`unknown`: register again",
  }),
  seq: Type.Integer({ description: "The heartbeat that this acknowledges" }),
  streams: Type.Array(DirectoryEntry),
  follow: Type.Array(FollowOrder, {
    description: "All that this node is to follow; what is not here, and has no viewers, may be let go of",
  }),
  epochs: Type.Optional(Type.Array(EpochAnswer, { description: "To the claims of this heartbeat" })),
  orders: Type.Optional(ClusterOrders),
});
export type StatsResponse = Static<typeof StatsResponse>;
