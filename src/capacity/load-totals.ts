// What all threads saw, second by second, and what the master said of its nodes meanwhile. Pure bookkeeping, bounded.
import type { TargetNode } from "./cluster-target.ts";
import type { Tick } from "./load-messages.ts";

/** One second, all threads together. */
export interface Moment {
  /** Since the start. */
  readonly atS: number;
  readonly come: number;
  readonly playing: number;
  readonly stalled: number;
  readonly mbps: number;
  readonly requests: number;
  readonly errors: number;
  readonly moves: number;
  /** Of the busiest thread. */
  readonly busy: number;
}

export interface NodeSeen {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly maxConnections: number;
  readonly peakViewers: number;
  readonly peakCpu: number;
  readonly peakMemory: number;
  readonly peakMbps: number | undefined;
  readonly status: string;
}

export interface LoadTotals {
  ticked(thread: number, tick: Tick): void;
  sawNodes(nodes: readonly TargetNode[]): void;
  /** The latest of each thread, and what went wrong since the last call, is one moment. */
  closeMoment(atS: number): Moment;
  readonly moments: readonly Moment[];
  nodes(): readonly NodeSeen[];
}

/** Ramp and duration at most. */
const maxMoments = 18_100;
const maxNodes = 1_000;

export function createLoadTotals(threads: number): LoadTotals {
  const latest = Array.from({ length: threads }, () => ({ come: 0, playing: 0, stalled: 0, busy: 0, bytes: 0, requests: 0, ms: 1 }));
  const moments: Moment[] = [];
  const nodes = new Map<string, NodeSeen>();
  let since = { errors: 0, moves: 0 };
  const sum = (of: (thread: (typeof latest)[number]) => number): number => latest.reduce((total, thread) => total + of(thread), 0);

  return {
    ticked(thread, tick) {
      latest[thread] = tick;
      since = {
        errors: since.errors + tick.errors,
        moves: since.moves + tick.moves,
      };
    },
    sawNodes(views) {
      for (const view of views) {
        const known = nodes.get(view.node_id);
        if (!known && nodes.size >= maxNodes) continue;
        nodes.set(view.node_id, {
          nodeId: view.node_id,
          nodeName: view.node_name,
          maxConnections: view.max_connections,
          peakViewers: Math.max(known?.peakViewers ?? 0, view.current_connections),
          peakCpu: Math.max(known?.peakCpu ?? 0, view.cpu_usage),
          peakMemory: Math.max(known?.peakMemory ?? 0, view.memory_usage),
          peakMbps: view.bandwidth_mbps === null ? known?.peakMbps : Math.max(known?.peakMbps ?? 0, view.bandwidth_mbps),
          status: view.status,
        });
      }
    },
    closeMoment(atS) {
      const moment: Moment = {
        atS,
        come: sum(({ come }) => come),
        playing: sum(({ playing }) => playing),
        stalled: sum(({ stalled }) => stalled),
        mbps: sum(({ bytes, ms }) => (bytes * 8) / 1e3 / Math.max(1, ms)),
        requests: sum(({ requests, ms }) => (requests * 1_000) / Math.max(1, ms)),
        errors: since.errors,
        moves: since.moves,
        busy: Math.max(...latest.map(({ busy }) => busy)),
      };
      if (moments.length < maxMoments) moments.push(moment);
      since = { errors: 0, moves: 0 };
      return moment;
    },
    moments,
    nodes: () => [...nodes.values()],
  };
}
