// What this slave tells about itself in a heartbeat and at /api/streams: its streams, viewers and load.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { NodeStats, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { CopyStatus } from "../replication/replication.ts";
import type { MachineLoad } from "./load-sampler.ts";

/** The live log, as far as reports need it. */
export interface StreamPositions {
  list(): readonly { path: string; epoch: number; state: "live" | "waiting" | "closed"; msn: number; part: number }[];
}

/** Who publishes, as far as reports need it. */
export interface PublisherList {
  publishers(): readonly { path: string; bitrate: number; encodedRenditions: number }[];
}

/** Where the streams come from, as far as reports need it. */
export interface StreamSources {
  /** Epoch under which this node is the origin. */
  originEpochOf(path: string): number | undefined;
  copyOf(path: string): CopyStatus | undefined;
  /** Asked for by viewers and not followed yet. */
  wanted(): readonly string[];
  /** Asked for by publishers, and not begun yet. */
  claims(): readonly string[];
}

/** Who watches, as far as reports need it. */
export interface ViewerCounts {
  count(nowMs: number): number;
  countByPath(nowMs: number): ReadonlyMap<string, number>;
  activated(): readonly string[];
  acknowledge(reported: readonly string[]): void;
}

export interface StreamReporter {
  streams(): StreamReport[];
  /** @param bytesSent counter of media bytes since the start; its growth between calls gives the bandwidth. */
  heartbeat(load: MachineLoad, bytesSent: number): { stats: NodeStats; acknowledged: () => void };
}

/** Bounds of the message. */
const maxWanted = 200;
const maxClaims = 200;
const maxEncoded = 32;

export function createStreamReporter(deps: {
  streams: StreamPositions;
  engine: PublisherList;
  viewers: ViewerCounts;
  sources: StreamSources;
  /** This node was asked to stop. */
  leaving: () => boolean;
  clock: Clock;
}): StreamReporter {
  const { streams, engine, viewers, sources, leaving, clock } = deps;
  let before = { atMs: clock.monotonicMs(), bytesSent: 0 };

  function report(nowMs: number): StreamReport[] {
    const counts = viewers.countByPath(nowMs);
    const publishers = new Map(engine.publishers().map((publisher) => [publisher.path, publisher]));
    return streams.list().flatMap(({ path, epoch, state, msn, part }): StreamReport[] => {
      if (state === "closed") return [];
      const common = { path, msn, part, viewers: counts.get(path) ?? 0 };
      const originEpoch = sources.originEpochOf(path);
      if (originEpoch === undefined) return [{ ...common, ...replica(sources.copyOf(path), epoch, state) }];
      const publisher = publishers.get(path);
      const ingest = publisher && { bitrate: publisher.bitrate, encoded: Math.min(publisher.encodedRenditions, maxEncoded) };
      return [{ ...common, role: "origin", epoch: originEpoch, state, ...ingest }];
    });
  }

  return {
    streams: () => report(clock.monotonicMs()),
    heartbeat(load, bytesSent) {
      const nowMs = clock.monotonicMs();
      const elapsedMs = nowMs - before.atMs;
      const megabits = ((bytesSent - before.bytesSent) * 8) / 1e6;
      before = { atMs: nowMs, bytesSent };
      const activated = viewers.activated();
      const wanted = sources.wanted().slice(0, maxWanted);
      const claims = sources.claims().slice(0, maxClaims);
      return {
        stats: {
          connections: viewers.count(nowMs),
          cpu: load.cpu,
          memory: load.memory,
          bandwidth_mbps: elapsedMs > 0 ? megabits / (elapsedMs / 1000) : 0,
          streams: report(nowMs),
          activated: [...activated],
          ...(wanted.length === 0 ? {} : { wanted }),
          ...(claims.length === 0 ? {} : { claims: [...claims] }),
          ...(leaving() ? { leaving: true } : {}),
        },
        acknowledged: () => viewers.acknowledge(activated),
      };
    },
  };
}

/** What is said of a stream whose origin is elsewhere. Without an upstream it is what was left of one. */
function replica(
  copy: CopyStatus | undefined,
  epoch: number,
  state: "live" | "waiting",
): Omit<StreamReport, "path" | "msn" | "part" | "viewers"> {
  if (!copy) return { role: "replica", epoch, state: "waiting" };
  const { upstream, lineage, lagParts, lagS } = copy;
  return {
    role: "replica",
    epoch: Math.max(1, copy.epoch),
    state: state === "live" && copy.state === "live" ? "live" : "waiting",
    // One that was lost is nobody's upstream: its former origin may read this copy.
    ...(lineage.length === 0 ? {} : { upstream }),
    lag_parts: Math.max(0, lagParts),
    // JSON has no infinity: a copy that never had anything says nothing.
    ...(Number.isFinite(lagS) ? { lag_s: Math.round(Math.max(0, lagS) * 1_000) / 1_000 } : {}),
  };
}
