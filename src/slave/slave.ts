// Composition root of the slave: makes the parts, plugs the engine into the log and the log into the media port,
// starts in order and stops in reverse. No rule of the product lives here.
import type { SlaveConfig } from "../shared/config/variables.ts";
import { listen } from "../shared/http/http-server.ts";
import { readTlsFiles } from "../shared/http/tls.ts";
import type { Clock } from "../shared/kernel/clock.ts";
import { createCloser } from "../shared/kernel/closer.ts";
import type { Logger } from "../shared/logging/logger.ts";
import { createEventLoopLag } from "../shared/metrics/event-loop-lag.ts";
import { createMetricSet } from "../shared/metrics/metric-set.ts";
import { createTrustedProxies } from "../shared/net/trusted-proxies.ts";
import { deriveClusterKeys } from "../shared/tokens/cluster-keys.ts";
import { verifyMediaCredential } from "../shared/tokens/media-credential.ts";
import { createControlApi } from "./api/control-api.ts";
import { createMediaPort } from "./api/media-port.ts";
import type { ResponseObserver } from "./api/response-observer.ts";
import { createSdpFor } from "./api/sdp-for.ts";
import { createViewers } from "./api/viewers.ts";
import { createEngine } from "./create-engine.ts";
import { createWebrtcDoors } from "./create-webrtc-doors.ts";
import { createLiveStreams } from "./live/live-streams.ts";
import { createPackagingSink } from "./live/packaging-sink.ts";
import { createSlaveMetrics } from "./metrics/slave-metrics.ts";
import { nodeIdentity } from "./presence/node-identity.ts";
import { createClusterKnowledge } from "./presence/cluster-knowledge.ts";
import { createDeparture, presentViewerMs } from "./presence/departure.ts";
import { createLoadSampler } from "./presence/load-sampler.ts";
import { createMasterClient } from "./presence/master-client.ts";
import { createMembership } from "./presence/membership.ts";
import { createRegistration } from "./presence/registration.ts";
import { createStreamReporter } from "./presence/stream-reporter.ts";
import { createOrigins } from "./publishing/create-origins.ts";
import { createPublishGate } from "./publishing/publish-gate.ts";
import { createStreamKeeper } from "./publishing/stream-keeper.ts";
import { createReplication } from "./replication/create-replication.ts";
import type { Replication } from "./replication/replication.ts";

export interface SlaveDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** Stands between the media port and its metrics, to measure what they cost. */
  readonly observedBy?: (metrics: ResponseObserver) => ResponseObserver;
}

export interface SlavePorts {
  readonly apiPort: number;
  readonly hlsPort: number;
  /** 0 when ingest is off. */
  readonly rtmpPort: number;
}

export interface Slave {
  /**
   * Resolves when all ports are open; registration goes on behind it, for ever.
   * @throws UserError for what the operator can mend; nothing is left open then.
   */
  start(): Promise<SlavePorts>;
  /**
   * Takes no new viewers and publishers, moves those that are there to other nodes (8 s at most), deregisters, and lets
   * running responses finish (10 s at most). Idempotent.
   */
  stop(): Promise<void>;
}

/** A viewer is a token seen within this, or within three segments where those are longer. */
const minViewerWindowMs = 10_000;
const finishResponsesMs = 10_000;
/** Enough for any school; each stream has an ffmpeg of its own, which is the real bound. */
const maxStreams = 200;

export function createSlave(
  config: Readonly<SlaveConfig>,
  { logger, clock, version, observedBy = (metrics) => metrics }: SlaveDeps,
): Slave {
  const closer = createCloser();

  async function start(): Promise<SlavePorts> {
    const nodeId = nodeIdentity(config.DATA_DIR, config.NODE_ID);
    // On lines of the command itself, too.
    logger.setBindings({ node: nodeId });
    const tls = readTlsFiles(config.TLS_CERT, config.TLS_KEY);
    const proxies = createTrustedProxies(config.TRUSTED_PROXIES);
    const keys = deriveClusterKeys(config.CLUSTER_SECRET);
    const knowledge = createClusterKnowledge(keys.sealing);
    const viewers = createViewers(Math.max(3_000 * config.SEGMENT_DURATION, minViewerWindowMs));
    // Program date-time and token times are the master's, whatever this machine's clock says.
    const clusterClock: Clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => knowledge.clusterTimeMs(clock.wallMs()),
    };
    const metricSet = createMetricSet("slave");
    const metrics = createSlaveMetrics(metricSet, clock);
    const eventLoopLag = createEventLoopLag(metricSet, clock);
    closer.add("event loop lag", () => eventLoopLag.stop());

    const streams = createLiveStreams({
      maxStreams,
      now: () => clock.monotonicMs(),
      onPlayable({ path }) {
        logger.info({ stream: path }, "stream can be watched");
        // Students who join now are to be sent here, not only after the next heartbeat.
        void membership.refresh();
      },
      onState({ path, state, epoch }) {
        logger.info({ stream: path, to: state, epoch }, state === "live" ? "stream is live" : "stream waits for its publisher");
      },
    });
    closer.add("live log", () => streams.close());

    const replication: Replication = createReplication(
      { nodeId },
      {
        streams,
        mediaKey: keys.media,
        clusterTimeMs: () => clusterClock.wallMs(),
        clock,
        logger,
        refresh: () => membership.refresh(),
        masterUrl: () => membership.masterUrl,
        viewersOf: (path) => viewers.countOf(path, clock.monotonicMs()),
        isOrigin: (path) => origins.epochOf(path) !== undefined,
        onOrigin: (path, origin) => origins.heardOf(path, origin),
      },
    );
    closer.add("replication", () => replication.stop());

    const origins = createOrigins(
      { nodeId },
      {
        sink: createPackagingSink({
          streams,
          options: { segmentDurationS: config.SEGMENT_DURATION, partDurationS: config.PART_DURATION },
          logger,
        }),
        streams,
        replication,
        disconnect: (path, why) => void engine.disconnect(path, why),
        // What it answers goes to `replication.directed` and from there to `origins.heardOf` before this resolves.
        confirm: async () => ((await membership.refresh()) ? "confirmed" : "unknown"),
        clock: clusterClock,
        logger,
      },
    );
    closer.add("origins", () => origins.stop());
    const publishGate = createPublishGate({
      nodeId,
      knowledge,
      relayKey: keys.relay,
      origins,
      clock,
      refresh: () => membership.refresh(),
    });
    const engine = createEngine(config, {
      gate: publishGate,
      sink: origins.sink,
      logger,
      clock: clusterClock,
      observer: metrics.engine,
      mayPull: (path, credential) =>
        verifyMediaCredential(keys.media, credential, { holder: nodeId, path }, clusterClock.wallMs()) !== undefined,
    });
    closer.add("media engine", () => engine.stop());
    await engine.start();

    const webrtc = createWebrtcDoors(config, engine.mediaMtx, {
      nodeId,
      mediaKey: keys.media,
      origins,
      replication,
      viewers,
      knowledge,
      ended: (why) => metrics.webrtcEnded(why),
      clock,
      logger,
    });
    webrtc?.whep.start();
    closer.add("WebRTC viewers", () => webrtc?.whep.stop());

    const mediaPort = createMediaPort(
      {
        nodeId,
        host: config.BIND_HOST,
        port: config.HLS_PORT,
        tls,
        maxConnections: config.MAX_CONNECTIONS,
        segmentDurationS: config.SEGMENT_DURATION,
        corsOrigins: config.CORS_ORIGINS,
      },
      {
        streams,
        copies: {
          want: (path, timeoutMs) => replication.want(path, timeoutMs),
          copyOf: (path) => replication.copyOf(path),
          followedBy(path, epoch) {
            replication.heardOf(path, epoch);
            // A higher epoch than ours is all it says; without a node id, an equal one never wins.
            origins.heardOf(path, { epoch, nodeId: "" });
          },
        },
        knowledge,
        viewers,
        whep: webrtc?.whep.sessions,
        whip: webrtc?.whip,
        sdpFor: config.WEBRTC_PUBLIC_PORTS === undefined ? undefined : createSdpFor(config.WEBRTC_PUBLIC_PORTS),
        mediaKey: keys.media,
        proxies,
        observer: observedBy(metrics.responses),
        playerReported: (report) => metrics.playerReported(report),
        clock,
        logger,
      },
    );
    closer.add("media port", () => mediaPort.stop(finishResponsesMs));
    const hlsPort = await mediaPort.start();

    const reporter = createStreamReporter({
      streams,
      engine,
      viewers,
      sources: {
        originEpochOf: (path) => origins.epochOf(path),
        copyOf: (path) => replication.copyOf(path),
        wanted: () => replication.wanted(),
        claims: () => origins.claims(),
      },
      takePlayersOf: (path) => mediaPort.takePlayersOf(path),
      leaving: () => knowledge.leaving,
      clock,
    });
    const api = await createControlApi({
      logger,
      tls,
      proxies,
      corsOrigins: config.CORS_ORIGINS ?? [],
      metrics: metricSet,
      keys,
      knowledge,
      membership: () => membership.state,
      streams: () => reporter.streams(),
      lineageOf: (path) => [nodeId, ...(replication.copyOf(path)?.lineage ?? [])],
      playersOf: (path) => mediaPort.playersOf(path),
      publishers: () => engine.publishers(),
      master: { nodeId, key: keys.request, knowledge, viewers, refresh: () => membership.refresh(), clock },
    });
    closer.add("API", () => api.close());
    const apiPort = await listen(api, { host: config.BIND_HOST, port: config.API_PORT, variable: "API_PORT" });
    const ports: SlavePorts = { apiPort, hlsPort, rtmpPort: engine.rtmpPort };

    const sampler = createLoadSampler({ clock, logger, intervalMs: config.HEARTBEAT_INTERVAL * 1_000 });
    sampler.start();
    closer.add("load sampler", () => sampler.stop());

    const keeper = createStreamKeeper({
      streams,
      engine,
      gate: publishGate,
      isReplica: (path) => replication.copyOf(path) !== undefined,
      forget: (path) => origins.forget(path),
      isClass: (name) => knowledge.streamKeyHash(name) !== undefined,
      viewersByPath: () => viewers.countByPath(clock.monotonicMs()),
      clock,
      logger,
    });
    const membership = createMembership({
      masterUrls: config.MASTER_URL,
      heartbeatIntervalMs: config.HEARTBEAT_INTERVAL * 1_000,
      registration: createRegistration(config, { nodeId, version, isTls: tls !== undefined, ports, webrtc: webrtc?.server }),
      client: createMasterClient({ keys, nodeId, clusterTimeMs: () => knowledge.credentialTimeMs(clock.wallMs()) }),
      knowledge,
      clock,
      logger,
      report: () => reporter.heartbeat(sampler.load, mediaPort.bytesSent),
      directed(news) {
        replication.directed(news);
        origins.answered(news.epochs ?? []);
      },
      answered: () => keeper.sweep(),
      sent: (succeeded) => metrics.heartbeatSent(succeeded),
    });
    closer.add("membership", () => membership.stop());
    metrics.readFrom({
      version,
      maxViewers: config.MAX_CONNECTIONS,
      viewers: () => viewers.count(clock.monotonicMs()),
      viewersByPath: () => viewers.countByPath(clock.monotonicMs()),
      connections: () => mediaPort.connections,
      load: () => sampler.load,
      isRegistered: () => membership.state === "registered",
      publishers: () => engine.publishers(),
      streams: () => streams.all(),
      originEpochOf: (path) => origins.epochOf(path),
      copyOf: (path) => replication.copyOf(path),
      playersOf: (path) => mediaPort.playersOf(path),
      webrtc: () => ({ sessions: webrtc?.whep.sessions.count ?? 0, pulls: webrtc?.whep.pulls.count ?? 0 }),
      nowMs: () => clusterClock.wallMs(),
    });
    const departure = createDeparture({
      knowledge,
      refresh: () => membership.refresh(),
      viewers: () => viewers.countRecent(clock.monotonicMs(), presentViewerMs),
      publishers: () => engine.publishers().length,
      clock,
      logger,
    });
    // Closed first: everything else is needed until nobody is left here.
    closer.add("departure", () => departure.leave());
    membership.start();
    logger.info({ ...ports, version }, "slave is up");
    return ports;
  }

  return { start: () => closer.orClose(start), stop: () => closer.close() };
}
