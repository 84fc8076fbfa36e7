// Composition root of the master: opens, wires and closes its parts. No rule of the product lives here.
import { createGateway, newGatewayId } from "../gateway/gateway.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { randomId } from "../shared/tokens/random-secrets.ts";
import type { MasterConfig } from "../shared/config/variables.ts";
import { listen } from "../shared/http/http-server.ts";
import { readTlsFiles } from "../shared/http/tls.ts";
import { systemClock } from "../shared/kernel/clock.ts";
import type { Clock } from "../shared/kernel/clock.ts";
import { createCloser } from "../shared/kernel/closer.ts";
import type { Logger } from "../shared/logging/logger.ts";
import { createEventLoopLag } from "../shared/metrics/event-loop-lag.ts";
import { createMetricSet } from "../shared/metrics/metric-set.ts";
import { adminProof } from "../shared/tokens/admin-proof.ts";
import { deriveClusterKeys } from "../shared/tokens/cluster-keys.ts";
import type { ClusterKeys } from "../shared/tokens/cluster-keys.ts";
import { createAccess } from "./access/access.ts";
import { adminTokenHash } from "./access/admin-token.ts";
import type { ApiContext } from "./api/api-context.ts";
import { createMasterApi } from "./api/master-api.ts";
import { defaultWebRoot } from "./api/pages.ts";
import { createClassCatalog } from "./classes/class-catalog.ts";
import { createGatewayDesk } from "./gateways/gateway-desk.ts";
import type { GatewayDesk } from "./gateways/gateway-desk.ts";
import { createHistory } from "./history/history.ts";
import { createPlayersMeter } from "./history/players-meter.ts";
import { createRecorder } from "./history/recorder.ts";
import { fillMasterMetrics } from "./metrics/master-metrics.ts";
import { createSignInCounter } from "./metrics/sign-in-counters.ts";
import { createTokenCounters } from "./metrics/token-counters.ts";
import { createNodeChanges } from "./node-changes.ts";
import { readFormerNodes } from "./registry/former-node.ts";
import { probeHealth } from "./registry/http-probe.ts";
import { createReachability } from "./registry/reachability.ts";
import type { Probe } from "./registry/reachability.ts";
import { bothOf } from "./registry/registry-listeners.ts";
import { createRegistry } from "./registry/registry.ts";
import { createLostNodes } from "./registry/lost-nodes.ts";
import { createSettling } from "./registry/settling.ts";
import type { SetTimer } from "./registry/deadlines.ts";
import { createRevocation } from "./revocation/create-revocation.ts";
import { createRouter } from "./routing/router.ts";
import { createLinePlacement } from "./routing/waiting-line-placement.ts";
import { createWaitingLine } from "./routing/waiting-line.ts";
import { openStore } from "./store/store.ts";
import { createEpochClaims } from "./streams/epoch-claims.ts";
import { createEpochLedger } from "./streams/epoch-ledger.ts";
import { createReplicationOrders } from "./streams/replication-orders.ts";
import { createStreamDirectory } from "./streams/stream-directory.ts";
import { openKeyRing } from "./tokens/key-ring.ts";
import { createSessionDirectory } from "./tokens/session-directory.ts";
import { createTimelineKeeper } from "./timeline/keep-timeline.ts";
import { createTimeline } from "./timeline/timeline.ts";
import { createTokenIssuer } from "./tokens/token-issuer.ts";

export interface MasterDeps {
  readonly logger: Logger;
  readonly version: string;
  /** Tells the operator a sentence that must not be in a log: the admin token, once, when it is made. */
  readonly announce: (sentence: string) => void;
  readonly clock?: Clock;
  readonly setTimer?: SetTimer;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Asks a node whether it is there; over HTTP by default. */
  readonly probe?: Probe;
  /** Folder of the built pages. */
  readonly webRoot?: string;
}

export interface Master {
  /**
   * Resolves when the API answers and the gateway takes publishers; `rtmpPort` is 0 without one.
   * @throws UserError when the store, a port or the certificate cannot be used; nothing is left open then.
   */
  start(): Promise<{ apiPort: number; rtmpPort: number }>;
  /** Idempotent; also after a start that failed. */
  stop(): Promise<void>;
}

/** A slave's default interval; a restarted master gives everybody two of them to come back. */
const usualHeartbeatMs = 5_000;
/** An epoch that was given before a restart is reported by then, or its credential is not good any more. */
const unreportedEpochsMs = 120_000;
/** A function call: the gateway in this process sees a drain or a deleted class at once. */
const gatewayViewIntervalMs = 250;

export function createMaster(config: Readonly<MasterConfig>, deps: MasterDeps): Master {
  const { logger, version, clock = systemClock } = deps;
  const closer = createCloser();

  async function start(): Promise<{ apiPort: number; rtmpPort: number }> {
    logger.setBindings({ node: "master" });
    const tls = readTlsFiles(config.TLS_CERT, config.TLS_KEY);
    const store = openStore(config.DATA_DIR);
    closer.add("store", () => store.close());
    const clusterKeys = deriveClusterKeys(config.CLUSTER_SECRET);
    const keys = openKeyRing(
      { jwtSecret: config.JWT_SECRET, tokenTtlMs: config.TOKEN_TTL * 1_000 },
      { store: store.signingKeys, sealing: clusterKeys.sealing, nowMs: clock.wallMs() },
    );
    const adminHash = adminTokenHash(config.ADMIN_TOKEN, store.adminToken, deps.announce);
    const classes = createClassCatalog(store.classes, clock);
    const access = createAccess({ adminTokenHash: adminHash, clusterKeys, publicUrl: config.PUBLIC_URL, store, classes, clock });

    const { random } = deps;
    const router = createRouter({ routing: config.ROUTING, overload: config.OVERLOAD_POLICY }, { clock, ...(random ? { random } : {}) });
    const startedAtMs = clock.monotonicMs();
    const settledAtMs = startedAtMs + 2 * usualHeartbeatMs;
    // Slaves that come back first may follow others that are still on their way: where those are, is known from before.
    const formerNodes = readFormerNodes(store.nodes, logger);
    const settling = createSettling(formerNodes.keys(), settledAtMs, (missing) => {
      for (const nodeId of missing.filter((id) => !registry.get(id))) {
        formerNodes.delete(nodeId);
        replication.remove(nodeId);
        store.nodes.setKnown(nodeId, undefined);
      }
    });
    const lostNodes = createLostNodes(formerNodes.values(), startedAtMs, (nodeId) => registry.get(nodeId) !== undefined);
    const settled = () => settling.settled(clock.monotonicMs());
    const players = createPlayersMeter();
    const directory = createStreamDirectory({
      changed(path) {
        replication.touch(path);
        chronicle.streamChanged(path);
      },
      reported: (streams) => players.reported(streams, clock.monotonicMs()),
    });
    const replication = createReplicationOrders(
      { factor: config.REPLICATION_FACTOR, fanout: config.FANOUT },
      { directory, clock, settled },
    );
    const isRestart = formerNodes.size > 0;
    const ledger = createEpochLedger({ unreportedUntilMs: isRestart ? startedAtMs + unreportedEpochsMs : Number.NEGATIVE_INFINITY });
    const epochs = createEpochClaims({ ledger, directory, clock });
    const timeline = createTimeline();
    const chronicle = createTimelineKeeper({ timeline, directory, formerNodes: formerNodes.values(), settled, clock });
    closer.add("timeline", () => chronicle.stop());
    for (const nodeId of formerNodes.keys()) replication.put(nodeId, { up: false, draining: false, takesCopies: false, load: 0 });
    const registry = createRegistry(
      { warningPercent: config.WARNING_PERCENT, criticalPercent: config.CRITICAL_PERCENT, offlineAfterMs: config.OFFLINE_AFTER * 1_000 },
      {
        clock,
        logger,
        ...(deps.setTimer ? { setTimer: deps.setTimer } : {}),
        listener: bothOf(
          createNodeChanges({
            router,
            directory,
            epochs,
            replication,
            heard: (nodeId) => reachability.heard(nodeId),
            forget(nodeId) {
              formerNodes.delete(nodeId);
              lostNodes.remove(nodeId);
              store.nodes.setKnown(nodeId, undefined);
            },
          }),
          chronicle.nodes,
        ),
      },
    );
    closer.add("registry", () => registry.stop());

    const { probe = probeHealth } = deps;
    const reachability = createReachability({ nodes: registry, probe, clock, logger });
    closer.add("probes", () => reachability.stop());

    const sessions = createSessionDirectory();
    const line = createWaitingLine({ newTicket: randomId });
    const placement = config.OVERLOAD_POLICY === "reject" ? createLinePlacement({ router, line, clock }) : router;
    const revocation = createRevocation(
      { tokenTtlS: config.TOKEN_TTL },
      {
        store: store.revocations,
        classes,
        nodes: registry,
        formerNodes,
        directory,
        sessions,
        requestKey: clusterKeys.request,
        clock,
        logger,
      },
    );
    closer.add("revocation", () => revocation.stop());
    const gateways = createGatewayDesk({
      nodes: registry,
      directory,
      grants: () => classes.grants(),
      epochs,
      settled,
      failed: (nodeId) => reachability.failed(nodeId),
      clock,
    });
    const history = createHistory();
    const classNames = () => classes.grants().classes.map(({ name }) => name);
    const recorder = createRecorder({ history, players, directory, nodes: () => registry.list(), classNames, clock });
    closer.add("recorder", () => recorder.stop());
    const metrics = createMetricSet("master");
    const lag = createEventLoopLag(metrics, clock);
    closer.add("event loop lag", () => lag.stop());
    let gateway: Gateway | undefined;
    fillMasterMetrics(metrics, {
      version,
      clock,
      nodes: () => registry.list(),
      router,
      directory,
      classNames,
      factor: config.REPLICATION_FACTOR,
      gateway: () => gateway,
      waiting: () => line.size(clock.monotonicMs()),
    });
    const context: ApiContext = {
      config,
      version,
      clock,
      access,
      classes,
      registry,
      router,
      directory,
      epochs,
      replication,
      reachability,
      gateways,
      sessions,
      revocation,
      keys,
      issuer: createTokenIssuer({ tokenTtlS: config.TOKEN_TTL }, { keys, placement, sessions, revocations: revocation.list, clock }),
      nodes: store.nodes,
      metrics,
      tokenCounters: createTokenCounters(metrics),
      countSignIn: createSignInCounter(metrics),
      adminProof: adminProof(clusterKeys, adminHash),
      startedAtMs,
      settledAtMs,
      settling,
      formerNodes,
      lostNodes,
      live: { history, recorder, players, timeline },
    };
    const app = await createMasterApi({ context, logger, tls, webRoot: deps.webRoot ?? defaultWebRoot() });
    closer.add("api", () => app.close());
    const apiPort = await listen(app, { host: config.BIND_HOST, port: config.API_PORT, variable: "API_PORT" });
    gateway = await openGateway(clusterKeys, gateways);
    const rtmpPort = gateway?.rtmpPort ?? 0;
    logger.info(
      { apiPort, rtmpPort, routing: config.ROUTING, overload: config.OVERLOAD_POLICY, algorithm: keys.current.algorithm },
      "master is ready",
    );
    closer.add("log", () => logger.info("master stops"));
    return { apiPort, rtmpPort };
  }

  /** @returns undefined where it is turned off. */
  async function openGateway({ relay }: ClusterKeys, desk: GatewayDesk): Promise<Gateway | undefined> {
    if (config.RTMP_PORT === 0) return undefined;
    const gateway = createGateway(
      {
        bindHost: config.BIND_HOST,
        rtmpPort: config.RTMP_PORT,
        publishWaitMs: config.PUBLISH_WAIT * 1_000,
        gatewayId: newGatewayId(),
        relayKey: relay,
        viewIntervalMs: gatewayViewIntervalMs,
      },
      { clock, logger: logger.child({ part: "gateway" }), exchange: async (report) => desk.report(report) },
    );
    closer.add("gateway", () => gateway.stop());
    await gateway.start();
    return gateway;
  }

  return { start: () => closer.orClose(start), stop: () => closer.close() };
}
