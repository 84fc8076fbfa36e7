// Which streams of other slaves are kept here, and from when to when; each is a stream-copy.ts. It knows the directory and
// the log, not who fills the directory nor who reads the log.
import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { DirectoryEntry, FollowOrder } from "../../shared/protocol/cluster-messages.ts";
import { isEpoch } from "../../shared/protocol/epochs.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import type { LiveStreamReader } from "../live/live-log.ts";
import type { LiveStreams } from "../live/live-streams.ts";
import type { Replication } from "./replication.ts";
import { createEpochAnnouncer } from "./epoch-announcer.ts";
import { createPathWaits } from "./path-waits.ts";
import { createStreamCopy } from "./stream-copy.ts";
import type { StreamCopy } from "./stream-copy.ts";
import { createUpstreamClient } from "./upstream-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import { createUpstreamRoutes } from "./upstream-routes.ts";
import { sourceOf, whoToFollow } from "./who-to-follow.ts";
import type { Source } from "./who-to-follow.ts";

export interface ReplicationConfig {
  readonly nodeId: string;
  /** Default 30 s: how long a stream is followed after somebody asked for it. */
  readonly wantedMs?: number;
  /** Default 10 s: how long a copy that nobody needs is kept on. */
  readonly letGoMs?: number;
}

export interface ReplicationDeps {
  readonly streams: LiveStreams;
  readonly mediaKey: KeyObject;
  /** The cluster's wall clock. */
  readonly clusterTimeMs: () => number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Pick<Logger, "info" | "warn">;
  /** An extra heartbeat, because something is wanted that nobody is known to have. Resolves when its answer was taken. */
  readonly refresh: () => Promise<unknown>;
  /** The master's address as this slave uses it. */
  readonly masterUrl: () => string;
  readonly viewersOf: (path: string) => number;
  /** True while this node is the origin: such a path is never followed. */
  readonly isOrigin: (path: string) => boolean;
  /** The directory or an upstream names an origin other than this node. May be called again with the same. */
  readonly onOrigin?: (path: string, origin: OriginClaim) => void;
}

const defaultWantedMs = 30_000;
const defaultLetGoMs = 10_000;
const refreshIntervalMs = 1_000;
const tickMs = 250;
/** A master that does not answer must not keep the origin before from hearing that it is none. */
const tellMasterMs = 500;
const maxWanted = 1_000;
const maxReported = 200;
const maxEpochs = 5_000;

export function createReplication(config: ReplicationConfig, deps: ReplicationDeps): Replication {
  const { nodeId, wantedMs = defaultWantedMs, letGoMs = defaultLetGoMs } = config;
  const { streams, clock, logger, isOrigin } = deps;
  const copies = new Map<string, StreamCopy>();
  const neededAtMs = new Map<string, number>();
  const wantedAtMs = new Map<string, number>();
  const playableWaits = createPathWaits<LiveStreamReader>();
  const endWaits = createPathWaits<true>();
  const epochs = new Map<string, number>();
  let directory: ReadonlyMap<string, DirectoryEntry> = new Map();
  let orders: ReadonlyMap<string, FollowOrder> = new Map();
  let refreshedAtMs = -Infinity;
  let refreshing = false;
  let stopped = false;
  const ticker = setInterval(tick, tickMs);
  const routes = createUpstreamRoutes({ masterUrl: deps.masterUrl, nowMs: () => clock.monotonicMs() });
  const announcer = createEpochAnnouncer({ connect, highestEpoch, logger });

  function connect(path: string, source: Source): UpstreamClient {
    return createUpstreamClient(
      { path, follower: nodeId, holder: source.nodeId, urls: routes.of(source) },
      {
        mediaKey: deps.mediaKey,
        clusterTimeMs: deps.clusterTimeMs,
        clock,
        epoch: () => highestEpoch(path),
        reached(url) {
          if (!routes.worked(source, url)) return;
          const way = url === source.mediaUrl ? "another slave can be read straight again" : "another slave is read through its door";
          logger.info({ peer: source.nodeId, url }, way);
        },
      },
    );
  }

  function highestEpoch(path: string): number {
    return Math.max(epochs.get(path) ?? 0, logEpoch(path));
  }

  /** Below it nobody is followed. Where the master knows of a higher epoch that left no media, what is left is the stream. */
  function lowestEpoch(path: string): number {
    const entry = directory.get(path);
    const lost = entry?.role === "replica" && entry.highest_epoch !== undefined && (epochs.get(path) ?? 0) <= entry.highest_epoch;
    return lost ? Math.max(entry.epoch, logEpoch(path)) : highestEpoch(path);
  }

  function logEpoch(path: string): number {
    const stream = streams.get(path);
    return stream && stream.position().msn >= 0 ? stream.epoch : 0;
  }

  function heardOf(path: string, epoch: number): void {
    if (!isEpoch(epoch) || epoch <= (epochs.get(path) ?? 0)) return;
    setNewest(epochs, path, epoch, maxEpochs);
  }

  function isWanted(path: string): boolean {
    return clock.monotonicMs() - (wantedAtMs.get(path) ?? -Infinity) < wantedMs || playableWaits.has(path);
  }

  function isNeeded(path: string): boolean {
    if (orders.has(path) || isWanted(path) || deps.viewersOf(path) > 0) return true;
    // The best that is left of a stream whose origin is gone.
    return directory.get(path)?.node_id === nodeId;
  }

  /** Follows what is to be followed, from whom it is to be followed now. */
  function reconsider(path: string): void {
    if (stopped) return;
    if (isOrigin(path)) return drop(path);
    const sources = whoToFollow(nodeId, orders.get(path), directory.get(path));
    let copy = copies.get(path);
    let told: OriginClaim | undefined;
    if (!copy) {
      if (sources.length === 0 || !isNeeded(path)) return;
      copy = createStreamCopy({
        path,
        nodeId,
        streams,
        clock,
        logger,
        connect: (source) => connect(path, source),
        lowestEpoch: () => lowestEpoch(path),
        isOrigin: () => isOrigin(path),
        heard({ epoch, state, lineage }) {
          heardOf(path, epoch);
          // What waits may be a copy that has lost its origin: the end of its lineage is no claim.
          const origin = state === "live" ? lineage.at(-1) : undefined;
          if (origin === undefined || (told?.epoch === epoch && told.nodeId === origin)) return;
          told = { epoch, nodeId: origin };
          deps.onOrigin?.(path, told);
        },
        changed: () => answerWaits(path),
        stranded: () => refresh(),
      });
      copies.set(path, copy);
      neededAtMs.set(path, clock.monotonicMs());
    }
    copy.setSources(sources);
  }

  function drop(path: string): void {
    copies.get(path)?.stop();
    copies.delete(path);
    neededAtMs.delete(path);
    answerWaits(path);
  }

  function answerWaits(path: string): void {
    const stream = playableWaits.has(path) ? streams.get(path) : undefined;
    if (stream?.playable) playableWaits.answer(path, stream);
    if (copies.get(path)?.ended !== false) endWaits.answer(path, true);
  }

  /** At most once a second, whoever asks. */
  function refresh(): void {
    const nowMs = clock.monotonicMs();
    if (stopped || refreshing || nowMs - refreshedAtMs < refreshIntervalMs) return;
    refreshedAtMs = nowMs;
    refreshing = true;
    void askMaster();
  }

  async function askMaster(): Promise<void> {
    try {
      await deps.refresh();
    } catch (error) {
      logger.warn({ err: error }, "the master could not be asked who has a stream");
    }
    refreshing = false;
  }

  /** True when there is somebody who has or makes the stream. */
  const isKnown = (path: string): boolean => copies.has(path) || isOrigin(path);

  function tick(): void {
    const nowMs = clock.monotonicMs();
    for (const path of playableWaits.paths()) {
      answerWaits(path);
      if (!copies.get(path)?.connected && !isOrigin(path)) refresh();
    }
    // This node may have been their origin until now.
    for (const path of orders.keys()) if (!copies.has(path)) reconsider(path);
    for (const [path, atMs] of wantedAtMs) if (nowMs - atMs >= wantedMs) wantedAtMs.delete(path);
    for (const [path, copy] of copies) {
      if (isOrigin(path)) drop(path);
      else if (isNeeded(path)) neededAtMs.set(path, nowMs);
      else if (nowMs - (neededAtMs.get(path) ?? 0) >= letGoMs) letGo(path);
      copy.tick();
    }
  }

  function letGo(path: string): void {
    logger.info({ stream: path }, "nobody needs this copy: it is let go of");
    drop(path);
    streams.remove(path);
  }

  /** Whom the directory holds for the origin, where it is not this node. */
  function formerOrigin(path: string): Source | undefined {
    const head = directory.get(path);
    return head?.role === "origin" && head.node_id !== nodeId ? sourceOf(head) : undefined;
  }

  async function announce(path: string): Promise<void> {
    const former = formerOrigin(path);
    const told = deps.refresh().catch((error: unknown) => logger.warn({ err: error, stream: path }, "the master could not be told"));
    await Promise.race([told, sleep(tellMasterMs, undefined, { ref: false })]);
    // After the master: the origin before asks it at once whom to follow now, and would else hear that it still is the origin.
    if (former && !stopped) announcer.announce(path, former);
  }

  return {
    directed(news) {
      if (stopped) return;
      directory = new Map(news.streams.map((entry) => [entry.path, entry]));
      orders = new Map(news.follow.map((order) => [order.path, order]));
      for (const { path, epoch, highest_epoch: highest = epoch, role, node_id: holder } of news.streams) {
        heardOf(path, highest);
        // A copy of a higher epoch is all that is left of a newer origin; whose it was does not matter then.
        if (holder !== nodeId) deps.onOrigin?.(path, { epoch, nodeId: role === "origin" ? holder : "" });
      }
      for (const path of new Set([...orders.keys(), ...copies.keys(), ...wantedAtMs.keys(), ...playableWaits.paths()])) reconsider(path);
    },
    async want(path, timeoutMs) {
      if (stopped) return undefined;
      setNewest(wantedAtMs, path, clock.monotonicMs(), maxWanted);
      reconsider(path);
      const stream = streams.get(path);
      if (stream?.playable) return stream;
      if (!isKnown(path)) refresh();
      // Also when nobody has it yet: a viewer's first request must not come back as "no such stream" because it came first.
      return timeoutMs > 0 ? playableWaits.wait(path, timeoutMs) : undefined;
    },
    wanted() {
      const paths = new Set([...wantedAtMs.keys(), ...playableWaits.paths()]);
      return [...paths].filter((path) => !copies.get(path)?.connected && !isOrigin(path)).slice(-maxReported);
    },
    copyOf: (path) => copies.get(path)?.status,
    highestEpoch,
    heardOf,
    headOf: (path) => directory.get(path),
    stopFollowing: drop,
    announce: (path) => void announce(path),
    async untilUpstreamEnds(path, timeoutMs) {
      const copy = copies.get(path);
      if (copy && !copy.ended) await endWaits.wait(path, timeoutMs);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(ticker);
      announcer.stop();
      for (const path of copies.keys()) drop(path);
      for (const path of playableWaits.paths()) playableWaits.answer(path, undefined);
      for (const path of endWaits.paths()) endWaits.answer(path, undefined);
    },
  };
}
