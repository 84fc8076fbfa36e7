// The viewers' port, put together: who may read, what is answered, what players tell, and the server below. Knows where streams
// and copies come from only by what it is given.
import type { KeyObject } from "node:crypto";
import type { TlsFiles } from "../../shared/http/tls.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { TrustedProxies } from "../../shared/net/trusted-proxies.ts";
import type { PlayersReport } from "../../shared/protocol/cluster-messages.ts";
import type { PlayerReport, PlayerTotals } from "../../shared/protocol/player-messages.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import { shouldMove } from "./drain-schedule.ts";
import { createFollowerGate } from "./follower-gate.ts";
import { createMediaHandler } from "./media-handler.ts";
import type { Copies } from "./media-handler.ts";
import type { StreamLookup } from "./media-reader.ts";
import { createMediaResponder } from "./media-response.ts";
import type { SdpFor } from "./media-response.ts";
import { createMediaServer } from "./media-server.ts";
import type { MediaServer } from "./media-server.ts";
import { createPlayerReports } from "./player-reports.ts";
import { createReportEndpoint } from "./report-endpoint.ts";
import type { ResponseObserver } from "./response-observer.ts";
import { createViewerGate } from "./viewer-gate.ts";
import type { Viewers } from "./viewers.ts";
import type { WhepSessionsPort } from "./whep-endpoint.ts";
import type { WhipPort } from "./whip-endpoint.ts";

export interface MediaPortConfig {
  readonly nodeId: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  /** Viewers that the node takes. */
  readonly maxConnections: number;
  readonly segmentDurationS: number;
  /** Undefined: every origin. */
  readonly corsOrigins: readonly string[] | undefined;
}

export interface MediaPortDeps {
  readonly streams: StreamLookup;
  readonly copies: Copies;
  readonly knowledge: ClusterKnowledge;
  readonly viewers: Viewers;
  /** WebRTC sessions; undefined on a node without. */
  readonly whep?: WhepSessionsPort | undefined;
  readonly whip?: WhipPort | undefined;
  /** How SDP is changed for who asks; not at all by default. */
  readonly sdpFor?: SdpFor | undefined;
  /** For credentials of other nodes. */
  readonly mediaKey: KeyObject;
  readonly proxies: TrustedProxies;
  readonly observer: ResponseObserver;
  /** Beside being summed up. */
  readonly playerReported: (report: PlayerReport) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface MediaPort extends MediaServer {
  /** Bytes of bodies handed to the system so far. */
  readonly bytesSent: number;
  /** What players told of a stream. */
  playersOf(path: string): PlayerTotals;
  /** And since the last call, for heartbeats. */
  takePlayersOf(path: string): PlayersReport | undefined;
}

const minStalledReaderMs = 20_000;
/** Blocked requests wait up to three target durations; only what is idle for longer is stalled. */
const stalledReaderMs = (segmentDurationS: number): number => Math.max(minStalledReaderMs, 3_000 * segmentDurationS + 5_000);

export function createMediaPort(config: MediaPortConfig, deps: MediaPortDeps): MediaPort {
  const { nodeId, maxConnections } = config;
  const { knowledge, viewers, proxies, clock, logger } = deps;
  const players = createPlayerReports();
  const responder = createMediaResponder(
    config.corsOrigins,
    deps.observer,
    { requestIdOf: (request) => proxies.requestIdOf(request), logger },
    deps.sdpFor,
  );
  const report = createReportEndpoint({
    respond: responder,
    add(path, told) {
      players.add(path, told);
      deps.playerReported(told);
    },
  });

  function isToMove(jti: string): boolean {
    const { drain } = knowledge;
    if (drain === undefined) return false;
    const nowMs = clock.monotonicMs();
    return shouldMove(jti, viewers.firstSeenMs(jti) ?? nowMs, drain, nowMs);
  }

  const server = createMediaServer({
    host: config.host,
    port: config.port,
    tls: config.tls,
    maxConnections,
    isProxy: (address) => proxies.trusts(address),
    stalledReaderMs: stalledReaderMs(config.segmentDurationS),
    handle: createMediaHandler({
      nodeId,
      gate: createViewerGate({
        nodeId,
        maxConnections,
        knowledge,
        viewers,
        followers: createFollowerGate(nodeId, deps.mediaKey),
        clock,
      }),
      streams: deps.streams,
      copies: deps.copies,
      clientOf: (request) => proxies.clientOf(request),
      isToMove,
      whep: deps.whep,
      whip: deps.whip,
      report: (asked, path, jti) => report(asked, path, jti, clock.monotonicMs()),
      respond: responder,
      logger,
    }),
  });

  return {
    start: () => server.start(),
    stop: (graceMs) => server.stop(graceMs),
    get connections() {
      return server.connections;
    },
    get bytesSent() {
      return responder.bytesSent;
    },
    playersOf: (path) => players.of(path),
    takePlayersOf: (path) => players.take(path),
  };
}
