// The RTMP door of the cluster: one address for teachers, whatever slave carries their stream. Owns the publishers' slots
// and wires door, relays and the view of the cluster; where that comes from (master or HTTP) it does not know.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../shared/kernel/clock.ts";
import { randomName } from "../shared/kernel/random-name.ts";
import type { Logger } from "../shared/logging/logger.ts";
import type { GatewayReport } from "../shared/protocol/gateway-messages.ts";
import { classNameOf } from "../shared/protocol/names.ts";
import { publishRefusalCodes, publishRefusals } from "../shared/protocol/publish-refusals.ts";
import type { PublishRefusal } from "../shared/protocol/publish-refusals.ts";
import type { MediaFrame } from "../shared/rtmp/link-frame.ts";
import { createRtmpPublishers } from "../shared/rtmp/rtmp-publishers.ts";
import type { RtmpPublisher } from "../shared/rtmp/rtmp-publishers.ts";
import { failureMemoryMs, rankOrigins } from "./choose-origin.ts";
import type { RankedOrigin } from "./choose-origin.ts";
import { createDoor } from "./door.ts";
import type { DoorVerdict } from "./door.ts";
import { createGatewayClaims } from "./gateway-claims.ts";
import { createRelay } from "./relay.ts";
import type { Relay, RelayStatus } from "./relay.ts";
import type { RelayEnd } from "./relay-state.ts";
import type { BufferBudget } from "./stream-buffer.ts";
import { createViewKeeper } from "./view-keeper.ts";
import type { ExchangeView } from "./view-keeper.ts";

export interface GatewayOptions {
  readonly bindHost: string;
  /** `"any"` takes a free port. */
  readonly rtmpPort: number | "any";
  /** PUBLISH_WAIT. */
  readonly publishWaitMs: number;
  /** How this gateway calls itself to master and slaves; a node id that no other one has. */
  readonly gatewayId: string;
  /** `deriveClusterKeys().relay`. */
  readonly relayKey: KeyObject;
  /** Between two looks at the cluster: less where it is a function call. */
  readonly viewIntervalMs: number;
}

export interface GatewayDeps {
  readonly exchange: ExchangeView;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Gateway {
  /** Resolves when publishers are accepted. @throws UserError when the port is taken or may not be used. */
  start(): Promise<void>;
  /** Ends all streams; idempotent. */
  stop(): Promise<void>;
  readonly rtmpPort: number;
  relays(): readonly RelayStatus[];
  /** Times that a slave was lost while it carried a stream, since the start. */
  readonly failovers: number;
  /** Publishers that were refused, since the start. */
  readonly refused: Readonly<Record<PublishRefusal, number>>;
}

/** A name that no other gateway has; another one after each start, which matters to nobody. */
export const newGatewayId = (): string => randomName("gateway");

const limits = { maxConnections: 2_000, maxConnectionsPerAddress: 500, publishDeadlineMs: 15_000, idleTimeoutMs: 10_000 };
const tickMs = 100;
/** Frames kept for failovers, of all teachers together: seconds of a hundred rich streams. */
const maxBufferedBytes = 512 * 1024 * 1024;
const maxRefusalLinesPerTick = 1;
/** What one report may name. */
const maxReportedRelays = 2_000;
const maxReportedFailures = 100;

interface Slot {
  readonly publisher: RtmpPublisher;
  readonly path: string;
  readonly keyHash: string;
  readonly relay: Relay;
}

export function createGateway(options: GatewayOptions, { exchange, clock, logger }: GatewayDeps): Gateway {
  const { gatewayId, relayKey, publishWaitMs } = options;
  const byPath = new Map<string, Slot>();
  const byPublisher = new Map<RtmpPublisher, Slot>();
  /** Those of whom it is being decided; who left meanwhile is no longer in it. */
  const asking = new Set<RtmpPublisher>();
  const failedAtMs = new Map<string, number>();
  /** Per path, also of publishers that have left: the view may not know of them yet. Bounded by the classes. */
  const lastEpochs = new Map<string, number>();
  const bufferBudget: BufferBudget = { maxBytes: maxBufferedBytes, bytes: 0, buffers: 0 };
  let pastFailovers = 0;
  const refused = Object.fromEntries(publishRefusalCodes.map((code) => [code, 0])) as Record<PublishRefusal, number>;
  let refusalLines = 0;
  let ticker: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  const cluster = createViewKeeper({ intervalMs: options.viewIntervalMs }, { exchange, report, changed: viewChanged, clock, logger });
  const claims = createGatewayClaims(cluster);
  const door = createDoor({
    cluster,
    clock,
    relayOf(path) {
      const relay = byPath.get(path)?.relay;
      return relay && { nodeId: relay.status.nodeId, lastMediaMs: relay.lastMediaMs };
    },
  });
  const publishers = createRtmpPublishers(
    { host: options.bindHost, port: options.rtmpPort === "any" ? 0 : options.rtmpPort, limits },
    {
      logger,
      events: {
        asks: (publisher) => void decide(publisher),
        // Nobody's stream; the RTMP process has told them why.
        misnamed() {},
        media: handOver,
        metadata: (publisher, metadata) => byPublisher.get(publisher)?.relay.metadata(metadata),
        left(publisher, why) {
          asking.delete(publisher);
          const slot = byPublisher.get(publisher);
          if (!slot) return;
          logger.debug({ stream: slot.path, why }, "publisher left the gateway");
          release(slot, "publisher_left");
        },
      },
    },
  );

  function report(): GatewayReport {
    const nowMs = clock.monotonicMs();
    const failed = [...failedAtMs].filter(([, atMs]) => nowMs - atMs < failureMemoryMs).map(([nodeId]) => nodeId);
    const claimed = claims.paths();
    const relays = [...byPath.values()].slice(0, maxReportedRelays).map(({ relay }) => relay.status);
    return {
      node_id: gatewayId,
      rtmp_port: publishers.port,
      relays: relays.map(({ path, nodeId, epoch }) => ({ path, node_id: nodeId ?? null, epoch })),
      ...(claimed.length === 0 ? {} : { claims: claimed.slice(0, maxReportedRelays) }),
      ...(failed.length === 0 ? {} : { failed_nodes: failed.slice(0, maxReportedFailures) }),
    };
  }

  function rank(path: string, justFailed: string | undefined): readonly RankedOrigin[] {
    if (!cluster.view) return [];
    const nowMs = clock.monotonicMs();
    const relays = [...byPath.values()].flatMap(({ path, relay }) => {
      const { nodeId } = relay.status;
      return nodeId === undefined ? [] : [{ path, nodeId }];
    });
    const failures = justFailed === undefined ? failedAtMs : new Map(failedAtMs).set(justFailed, nowMs);
    return rankOrigins(cluster.view, { path, relays, nowMs, failedAtMs: failures });
  }

  function nodeFailed(nodeId: string): void {
    const nowMs = clock.monotonicMs();
    for (const [known, atMs] of failedAtMs) if (nowMs - atMs >= failureMemoryMs) failedAtMs.delete(known);
    failedAtMs.set(nodeId, nowMs);
    // The master probes it, and stops sending viewers there.
    cluster.tell();
  }

  function viewChanged(): void {
    for (const path of lastEpochs.keys()) if (cluster.keyHash(classNameOf(path)) === undefined) lastEpochs.delete(path);
    for (const slot of byPath.values()) {
      const name = classNameOf(slot.path);
      // Deleted, its key rotated, or closed.
      if (cluster.keyHash(name) !== slot.keyHash || cluster.isClosed(name)) slot.relay.end("not_allowed");
      else slot.relay.tick();
    }
  }

  function handOver(publisher: RtmpPublisher, { type, timestampMs, payload }: Pick<MediaFrame, "type" | "timestampMs" | "payload">): void {
    const slot = byPublisher.get(publisher);
    try {
      slot?.relay.media(type, timestampMs, payload);
    } catch (error) {
      // One stream's bug must not reach the others.
      logger.error({ err: error, stream: slot?.path }, "a message could not be relayed; the publisher is disconnected");
      if (slot) release(slot, "stopped");
    }
  }

  async function decide(publisher: RtmpPublisher): Promise<void> {
    const { path, key } = publisher.request;
    asking.add(publisher);
    const verdict = await door.mayEnter(path, key).catch((error: unknown) => {
      logger.error({ err: error, stream: path }, "whether somebody may publish could not be decided; refused");
      return { ok: false, ...publishRefusals.undecided } as const;
    });
    if (!verdict.ok) return answer(publisher, verdict);
    // Another publisher may be on its way through another door: who asks the master first gets the class.
    const unhold = claims.hold(path);
    try {
      const claimed = door.isFree(path) ? await claims.claim(path) : undefined;
      const isFirst = claimed?.held_by === undefined && door.isFree(path);
      answer(publisher, isFirst ? verdict : { ok: false, ...publishRefusals.publisherPresent }, claimed?.epoch);
    } finally {
      unhold();
    }
  }

  function answer(publisher: RtmpPublisher, decision: DoorVerdict, epoch?: number): void {
    const { path, remoteAddress } = publisher.request;
    if (!asking.delete(publisher) || stopping) return;
    if (!decision.ok) {
      refused[decision.code] += 1;
      refusalLines += 1;
      // Somebody who tries keys must not fill the disk with lines.
      const level = refusalLines > maxRefusalLinesPerTick ? "debug" : "info";
      logger[level]({ stream: path, remoteAddress, code: decision.code, why: decision.reason }, "publisher refused");
      publisher.refuse(decision.reason);
      return;
    }
    const held = byPath.get(path);
    if (held) release(held, "replaced");
    take(publisher, decision.keyHash, epoch);
    logger.info({ stream: path, remoteAddress }, "publisher accepted by the gateway");
    publisher.allow();
  }

  /** @param epoch that the master has given, for its first connection to a slave. */
  function take(publisher: RtmpPublisher, keyHash: string, epoch: number | undefined): void {
    const { path } = publisher.request;
    const relay = createRelay(
      { path, gatewayId, relayKey, publishWaitMs, lastEpoch: lastEpochs.get(path) ?? 0, givenEpoch: epoch, bufferBudget },
      {
        cluster,
        rank,
        claimEpoch: async () => (await claims.claim(path))?.epoch,
        nodeFailed,
        clock,
        logger,
        disconnectPublisher() {
          forget(slot);
          publisher.close();
        },
      },
    );
    const slot: Slot = { publisher, path, keyHash, relay };
    byPath.set(path, slot);
    byPublisher.set(publisher, slot);
    relay.tick();
  }

  function forget(slot: Slot): void {
    if (!byPublisher.delete(slot.publisher)) return;
    pastFailovers += slot.relay.status.failovers;
    lastEpochs.set(slot.path, slot.relay.highestEpoch);
    if (byPath.get(slot.path) === slot) byPath.delete(slot.path);
  }

  function release(slot: Slot, why: RelayEnd): void {
    slot.relay.end(why);
    forget(slot);
  }

  async function stop(): Promise<void> {
    if (ticker) logger.info({ publishers: byPath.size }, "the gateway stops");
    clearInterval(ticker);
    cluster.stop();
    for (const slot of byPath.values()) release(slot, "stopped");
    await publishers.stop();
  }

  return {
    async start() {
      await publishers.start();
      cluster.start();
      ticker = setInterval(() => {
        refusalLines = 0;
        for (const { relay } of byPath.values()) relay.tick();
      }, tickMs);
      logger.info({ rtmpPort: publishers.port }, "the gateway takes publishers");
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    get rtmpPort() {
      return publishers.port;
    },
    relays: () => [...byPath.values()].map(({ relay }) => relay.status),
    refused,
    get failovers() {
      return pastFailovers + [...byPath.values()].reduce((sum, { relay }) => sum + relay.status.failovers, 0);
    },
  };
}
