// Writes the timeline from what the registry and the stream directory tell: puts names to nodes, times to events. Decides
// nothing (node-events.ts and stream-events.ts do).
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { TimelineKind } from "../../shared/protocol/cluster-live.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { RegistryListener } from "../registry/registry.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import { createNodeEvents } from "./node-events.ts";
import { createStreamEvents } from "./stream-events.ts";
import type { StreamHappening } from "./stream-events.ts";
import type { Timeline } from "./timeline.ts";

export interface TimelineKeeper {
  /** Hears what the registry tells. */
  readonly nodes: RegistryListener;
  /** Hears what the stream directory tells. */
  streamChanged(path: string): void;
  stop(): void;
}

export interface TimelineKeeperDeps {
  readonly timeline: Timeline;
  readonly directory: Pick<StreamDirectory, "originOf">;
  /** Those that were in the cluster before the master's start. */
  readonly formerNodes: Iterable<NodeInfo>;
  /** False while a restarted master finds again what there was. */
  readonly settled: () => boolean;
  readonly clock: Clock;
}

const lookEveryMs = 2_000;
const maxNames = 4_000;

export function createTimelineKeeper({ timeline, directory, formerNodes, settled, clock }: TimelineKeeperDeps): TimelineKeeper {
  const former = new Map([...formerNodes].map(({ nodeId, nodeName }) => [nodeId, nodeName]));
  /** Also of nodes that have left: a failover may name one. */
  const names = new Map(former);
  const nodes = createNodeEvents((nodeId) => former.has(nodeId));
  const streams = createStreamEvents();
  /**
   * Paths of which the directory told while it was still in the middle of a report, and whether that is nothing new. The report
   * with which the last node comes back is one of before, although all is settled once it was taken over.
   */
  const touched = new Map<string, { readonly quietly: boolean }>();
  let isLooking = false;

  function write({ atMs, ...happening }: StreamHappening): void {
    const nowMs = clock.monotonicMs();
    const { nodeId, fromNodeId } = happening;
    const named = { nodeName: names.get(nodeId), fromNodeName: fromNodeId === undefined ? undefined : names.get(fromNodeId) };
    timeline.add({ ...happening, ...named }, nowMs, clock.wallMs() - (nowMs - atMs));
  }

  function look(): void {
    isLooking = false;
    const nowMs = clock.monotonicMs();
    for (const [path, { quietly }] of touched) {
      const origin = directory.originOf(path);
      const happened = streams.changed(path, origin?.state === "live" ? origin : undefined, nowMs, quietly);
      if (happened) write(happened);
    }
    touched.clear();
  }

  const timer = setInterval(() => {
    for (const happened of streams.ended(clock.monotonicMs())) write(happened);
  }, lookEveryMs);
  timer.unref();

  function writeNode(nodeId: string, kinds: readonly TimelineKind[]): void {
    for (const kind of kinds) timeline.add({ kind, nodeId, nodeName: names.get(nodeId) }, clock.monotonicMs(), clock.wallMs());
  }

  timeline.add({ kind: "master_started" }, clock.monotonicMs(), clock.wallMs());
  return {
    nodes: {
      changed(node) {
        const { nodeId, nodeName } = node.info;
        if (names.get(nodeId) !== nodeName) setNewest(names, nodeId, nodeName, maxNames);
        writeNode(nodeId, nodes.changed(node));
      },
      gone(nodeId) {
        former.delete(nodeId);
        writeNode(nodeId, nodes.gone(nodeId));
      },
    },
    streamChanged(path) {
      touched.set(path, { quietly: touched.get(path)?.quietly === true || !settled() });
      if (isLooking) return;
      isLooking = true;
      // After the whole report was taken over.
      queueMicrotask(look);
    },
    stop: () => clearInterval(timer),
  };
}
