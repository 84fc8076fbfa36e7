// What of a stream's changes is worth an event: it begins, it ends, it goes on at another origin. Whether one has ended shows
// only after a while, since a failover begins with an end. Bounded; time comes in as an argument.
import { setNewest } from "../../shared/kernel/bounded-map.ts";

/** Who publishes a stream now. */
export interface LiveOrigin {
  readonly nodeId: string;
  readonly epoch: number;
}

export interface StreamHappening {
  readonly kind: "stream_started" | "stream_ended" | "failover";
  readonly path: string;
  readonly nodeId: string;
  /** Of a failover: the origin before. */
  readonly fromNodeId?: string;
  /** Monotonic ms. */
  readonly atMs: number;
}

export interface StreamEvents {
  /** @param origin undefined while the stream is not live. @param quietly what is found is nothing new, as after a restart. */
  changed(path: string, origin: LiveOrigin | undefined, nowMs: number, quietly: boolean): StreamHappening | undefined;
  /** To be asked every few seconds: streams that have been away for long enough to have ended. */
  ended(nowMs: number): readonly StreamHappening[];
}

interface Known {
  readonly origin: LiveOrigin;
  /** Since then it is not live. */
  readonly awayMs: number | undefined;
}

/** Failovers and reconnects of OBS are over by then. */
export const endedAfterMs = 8_000;
const maxPaths = 1_000;

export function createStreamEvents(): StreamEvents {
  /** Streams that have begun and not ended. */
  const known = new Map<string, Known>();

  return {
    changed(path, origin, nowMs, quietly) {
      const before = known.get(path);
      if (!origin) {
        if (before && before.awayMs === undefined) known.set(path, { ...before, awayMs: nowMs });
        return undefined;
      }
      // The old origin of a partition that does not know yet.
      if (before && before.awayMs === undefined && origin.epoch < before.origin.epoch) return undefined;
      setNewest(known, path, { origin, awayMs: undefined }, maxPaths);
      if (quietly) return undefined;
      const { nodeId } = origin;
      if (!before) return { kind: "stream_started", path, nodeId, atMs: nowMs };
      const { origin: former } = before;
      if (former.nodeId === nodeId || origin.epoch <= former.epoch) return undefined;
      return { kind: "failover", path, nodeId, fromNodeId: former.nodeId, atMs: nowMs };
    },
    ended(nowMs) {
      const happened: StreamHappening[] = [];
      for (const [path, { origin, awayMs }] of known) {
        if (awayMs === undefined || nowMs - awayMs < endedAfterMs) continue;
        known.delete(path);
        happened.push({ kind: "stream_ended", path, nodeId: origin.nodeId, atMs: awayMs });
      }
      return happened;
    },
  };
}
