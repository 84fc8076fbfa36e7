// The slave's API port: health and metrics for everybody, streams for the administrator, viewers for the master.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import { allowOrigins } from "../../shared/http/cors.ts";
import { createHttpServer } from "../../shared/http/http-server.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import type { TlsFiles } from "../../shared/http/tls.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import { registerMetricsRoute } from "../../shared/metrics/metrics-route.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import type { TrustedProxies } from "../../shared/net/trusted-proxies.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { NodeId } from "../../shared/protocol/names.ts";
import { PlayerTotals } from "../../shared/protocol/player-messages.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { isAdminToken } from "../../shared/tokens/admin-proof.ts";
import type { ClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import type { IngestStats } from "../engine/engine.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import type { MembershipState } from "../presence/membership.ts";
import { registerMasterQuestions } from "./master-questions.ts";
import type { MasterQuestionsDeps } from "./master-questions.ts";

export interface ControlApiDeps {
  readonly logger: Logger;
  readonly tls: TlsFiles | undefined;
  readonly proxies: TrustedProxies;
  /** Other origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  readonly metrics: MetricSet;
  readonly keys: ClusterKeys;
  readonly knowledge: ClusterKnowledge;
  readonly membership: () => MembershipState;
  readonly streams: () => readonly StreamReport[];
  /** Node ids from this one up to the origin. */
  readonly lineageOf: (path: string) => readonly string[];
  /** What players of a stream have told. */
  readonly playersOf: (path: string) => PlayerTotals;
  readonly publishers: () => readonly IngestStats[];
  readonly master: MasterQuestionsDeps;
}

const Publisher = Type.Object({
  remote_address: Type.String(),
  started_at: Type.String({ format: "date-time" }),
  bitrate: Type.Number({ description: "Bits per second" }),
  fps: Type.Number(),
  keyframe_interval: Type.Union([Type.Number(), Type.Null()], { description: "Seconds" }),
  video: Type.Union([
    Type.Object({ codec: Type.String(), width: Type.Optional(Type.Integer()), height: Type.Optional(Type.Integer()) }),
    Type.Null(),
  ]),
  audio: Type.Union([Type.Object({ codec: Type.String() }), Type.Null()]),
  reencoding: Type.Boolean({ description: "`source` is re-encoded since keyframes come too rarely (KEYFRAMES)" }),
  advice: Type.Union([Type.String(), Type.Null()], { description: "What the teacher should change in OBS" }),
  ffmpeg_restarts: Type.Integer(),
  dropped_frames: Type.Integer({ description: "Left out by the teacher's side" }),
});

const StreamsView = Type.Object({
  streams: Type.Array(
    Type.Object({
      ...StreamReport.properties,
      lineage: Type.Array(NodeId, { description: "From this node up to the origin" }),
      players: PlayerTotals,
      publisher: Type.Union([Publisher, Type.Null()]),
    }),
  ),
});

const HealthView = Type.Object({ status: Type.Enum(["ok", "registering"]) });

/** Wrong admin tokens per sender, as at the master. */
const wrongTokenLimit = { burst: 100, perSecond: 1 };

/** `GET /health`, `GET /metrics`, `GET /api/streams` (admin token), and what the master asks. */
export async function createControlApi(deps: ControlApiDeps): Promise<HttpServer> {
  const { keys, knowledge } = deps;
  const { clock } = deps.master;
  const wrongTokens = createRateLimiter(wrongTokenLimit);
  const app = createHttpServer({ logger: deps.logger, tls: deps.tls, proxies: deps.proxies });
  await allowOrigins(app, deps.corsOrigins);
  registerMetricsRoute(app, deps.metrics);

  app.get("/health", { schema: { response: { 200: HealthView } } }, () => ({
    // A slave that waits for its master is well: restarting it would end the streams that it carries.
    status: deps.membership() === "registered" ? ("ok" as const) : ("registering" as const),
  }));

  /** @throws Problem admin_required, too_many_requests */
  function requireAdmin(request: FastifyRequest): void {
    const token = bearerToken(request.headers.authorization);
    const proof = knowledge.adminProof;
    if (token === undefined || proof === undefined) throw new Problem("admin_required");
    const sender = senderOf(request.ip);
    const nowMs = clock.monotonicMs();
    // Asked before the token is looked at, else a guesser would learn which one is right.
    const retryAfterS = wrongTokens.waitS(sender, nowMs);
    if (retryAfterS > 0) throw new Problem("too_many_requests", "too many wrong tokens from this address", { retryAfterS });
    if (isAdminToken(keys, token, proof)) return;
    wrongTokens.take(sender, nowMs);
    throw new Problem("admin_required");
  }

  app.get("/api/streams", { schema: { response: { 200: StreamsView } } }, (request) => {
    requireAdmin(request);
    const publishers = new Map(deps.publishers().map((stats) => [stats.path, stats]));
    return {
      streams: deps.streams().map((report) => ({
        ...report,
        lineage: [...deps.lineageOf(report.path)],
        players: deps.playersOf(report.path),
        publisher: view(publishers.get(report.path)),
      })),
    };
  });
  await app.register(async (scope: HttpServer) => registerMasterQuestions(scope, deps.master));
  return app;
}

function view(stats: IngestStats | undefined) {
  if (!stats) return null;
  const { video, audio } = stats;
  return {
    remote_address: stats.remoteAddress,
    started_at: new Date(stats.startedAtMs).toISOString(),
    bitrate: stats.bitrate,
    fps: stats.fps,
    keyframe_interval: stats.keyframeIntervalS ?? null,
    video: video
      ? {
          codec: video.codec,
          ...(video.width === undefined ? {} : { width: video.width }),
          ...(video.height === undefined ? {} : { height: video.height }),
        }
      : null,
    audio: audio ? { codec: audio.codec } : null,
    reencoding: stats.reencoding,
    advice: stats.advice ?? null,
    ffmpeg_restarts: stats.ffmpegRestarts,
    dropped_frames: stats.droppedFrames,
  };
}
