// Nodes that others cannot reach: collects what viewers and gateways say, asks the node itself when there is enough of it,
// and calls it suspect when it does not answer. Does not know how it is asked, nor who may say what.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { NodeInfo } from "./registered-node.ts";

export interface Reachability {
  /** The node has sent a sign of life. Until its process was seen to answer once, no failed probe is held against it. */
  heard(nodeId: string): void;
  /** A viewer of the node could not use it. Asked is the node when two of them (by user id) say so within 15 s. */
  viewerFailed(nodeId: string, userId: string): void;
  /** A gateway, or anybody else whose word is enough, could not use it. */
  failed(nodeId: string): void;
  /** Resolves when no probe is under way. */
  stop(): Promise<void>;
}

/** Whether the node answers; never rejects, and takes about a second at the most. */
export type Probe = (info: NodeInfo) => Promise<boolean>;

export interface ReachabilityDeps {
  readonly nodes: {
    get(nodeId: string): { readonly info: NodeInfo; readonly liveness: string; readonly unreachable: boolean } | undefined;
    probeFailed(nodeId: string): void;
  };
  readonly probe: Probe;
  readonly clock: Clock;
  readonly logger: Logger;
}

const reportWindowMs = 15_000;
const viewersNeeded = 2;
/** Between two probes of one node. */
const probeIntervalMs = 2_000;
const maxProbes = 32;
/** A node that cannot be asked from here (a firewall, another network) is not asked for ever. */
const maxFirstTries = 3;
/** Different viewers remembered for a node; as many as are needed, and some to spare. */
const maxReporters = 8;
const maxNodes = 2_000;

export function createReachability({ nodes, probe, clock, logger }: ReachabilityDeps): Reachability {
  const reporters = new Map<string, Map<string, number>>();
  const probedAtMs = new Map<string, number>();
  const running = new Set<Promise<void>>();
  /** By node: the process that was asked first, and whether it has ever answered. Without that, silence says nothing about it. */
  const firstProbes = new Map<string, { readonly instance: string; readonly answered: boolean; readonly tries: number }>();
  let stopped = false;

  async function ask(nodeId: string, info: NodeInfo): Promise<void> {
    const { instance } = info;
    const answers = await probe(info);
    // Another process may have registered under this id while we asked the old one.
    if (stopped || nodes.get(nodeId)?.info.instance !== instance) return;
    const before = firstProbes.get(nodeId);
    const known = before?.instance === instance ? before : { instance, answered: false, tries: 0 };
    setNewest(firstProbes, nodeId, { instance, answered: known.answered || answers, tries: known.tries + 1 }, maxNodes);
    if (answers || !known.answered) return;
    logger.warn({ peer: nodeId, host: info.host }, "node does not answer, although it should: viewers and publishers go elsewhere");
    nodes.probeFailed(nodeId);
  }

  function isUnasked(nodeId: string, instance: string): boolean {
    const first = firstProbes.get(nodeId);
    return first?.instance !== instance || (!first.answered && first.tries < maxFirstTries);
  }

  function start(nodeId: string, info: NodeInfo): void {
    const asking = ask(nodeId, info).finally(() => running.delete(asking));
    running.add(asking);
  }

  /** Asks the node itself, where that may be. */
  function examine(nodeId: string): void {
    const now = clock.monotonicMs();
    const node = nodes.get(nodeId);
    if (!node || node.liveness === "offline" || node.unreachable || stopped) return;
    if (now - (probedAtMs.get(nodeId) ?? Number.NEGATIVE_INFINITY) < probeIntervalMs || running.size >= maxProbes) return;
    setNewest(probedAtMs, nodeId, now, maxNodes);
    start(nodeId, node.info);
  }

  return {
    heard(nodeId) {
      const node = nodes.get(nodeId);
      if (!node || stopped || running.size >= maxProbes || !isUnasked(nodeId, node.info.instance)) return;
      start(nodeId, node.info);
    },
    viewerFailed(nodeId, userId) {
      if (!nodes.get(nodeId)) return;
      const now = clock.monotonicMs();
      const known = reporters.get(nodeId) ?? new Map<string, number>();
      for (const [other, atMs] of known) if (now - atMs > reportWindowMs) known.delete(other);
      if (known.size < maxReporters || known.has(userId)) known.set(userId, now);
      setNewest(reporters, nodeId, known, maxNodes);
      if (known.size >= viewersNeeded) examine(nodeId);
    },
    failed: examine,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
