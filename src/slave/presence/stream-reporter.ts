// What this slave tells about itself in a heartbeat and at /api/streams: its streams, viewers and load.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { NodeStats, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { MachineLoad } from "./load-sampler.ts";

/** The live log, as far as reports need it. */
export interface StreamPositions {
  list(): readonly { path: string; epoch: number; state: "live" | "waiting" | "closed"; msn: number; part: number }[];
}

/** Who publishes, as far as reports need it. */
export interface PublisherList {
  publishers(): readonly { path: string; bitrate: number }[];
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

export function createStreamReporter(deps: {
  streams: StreamPositions;
  engine: PublisherList;
  viewers: ViewerCounts;
  clock: Clock;
}): StreamReporter {
  const { streams, engine, viewers, clock } = deps;
  let before = { atMs: clock.monotonicMs(), bytesSent: 0 };

  function report(nowMs: number): StreamReport[] {
    const counts = viewers.countByPath(nowMs);
    const bitrates = new Map(engine.publishers().map(({ path, bitrate }) => [path, bitrate]));
    return streams.list().flatMap(({ path, epoch, state, msn, part }) => {
      if (state === "closed") return [];
      const bitrate = bitrates.get(path);
      return [
        {
          path,
          role: "origin" as const,
          state,
          epoch,
          msn,
          part,
          viewers: counts.get(path) ?? 0,
          ...(bitrate === undefined ? {} : { bitrate }),
        },
      ];
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
      return {
        stats: {
          connections: viewers.count(nowMs),
          cpu: load.cpu,
          memory: load.memory,
          bandwidth_mbps: elapsedMs > 0 ? megabits / (elapsedMs / 1000) : 0,
          streams: report(nowMs),
          activated: [...activated],
        },
        acknowledged: () => viewers.acknowledge(activated),
      };
    },
  };
}
