// Keeps the plan of who follows whom up to date: knows what each node was told, makes anew only the streams of which
// something changed, at most once per heartbeat. The rules are in replication-plan.ts; addresses are not known here.
import type { Clock } from "../../shared/kernel/clock.ts";
import { planReplication } from "./replication-plan.ts";
import type { Plan, PlanCopy, PlanNode } from "./replication-plan.ts";
import { isStuck } from "./stream-directory.ts";
import type { StreamDirectory } from "./stream-directory.ts";

/** What the registry says of a node that matters here. */
export interface ReplicationNode {
  /** Heard and answering, and it has reported what it has. */
  readonly up: boolean;
  readonly draining: boolean;
  readonly takesCopies: boolean;
  /** Percent of its places. */
  readonly load: number;
}

export interface Follow {
  readonly path: string;
  readonly upstream: string;
  readonly epoch: number;
}

export interface ReplicationOrders {
  /** A node registered, reported or changed. */
  put(nodeId: string, node: ReplicationNode): void;
  remove(nodeId: string): void;
  /** Something of a stream changed in the directory. */
  touch(path: string): void;
  /** A report has come (and is in the directory already); these streams are asked for there. */
  reported(nodeId: string, wanted: readonly string[]): void;
  /** All that a node is to follow, to be told to it now: it counts as told. */
  tell(nodeId: string): readonly Follow[];
}

export interface ReplicationOrdersDeps {
  readonly directory: StreamDirectory;
  readonly clock: Clock;
  /** Whether all nodes of before this master's start have come back, or had the time to. */
  readonly settled: () => boolean;
}

/** So many heartbeats may pass between being told to follow and having something to report. */
const patienceBeats = 3;
/** So long copies of a stream are kept that has lost its origin for good: its teacher may come back by another door. */
const orphanMs = 60_000;
/** What a copy costs a node beside its viewers, in percent of its places: so that idle nodes share the copies. */
const costOfCopy = 4;

export function createReplicationOrders(
  config: { readonly factor: number; readonly fanout: number },
  { directory, clock, settled }: ReplicationOrdersDeps,
): ReplicationOrders {
  const nodes = new Map<string, PlanNode>();
  const facts = new Map<string, ReplicationNode>();
  const plans = new Map<string, Plan>();
  const followsByNode = new Map<string, Map<string, string>>();
  const told = new Map<string, Map<string, string>>();
  const toldByPath = new Map<string, Map<string, string>>();
  const answered = new Set<string>();
  /** Path → node → heartbeats for which it still counts as wanted. */
  const wanted = new Map<string, Map<string, number>>();
  const wantedByNode = new Map<string, Set<string>>();
  const orphanedAtMs = new Map<string, number>();
  const dirty = new Set<string>();
  let wasSettled = settled();

  const follows = (nodeId: string) => followsByNode.get(nodeId) ?? new Map<string, string>();

  function touchAll(): void {
    for (const path of directory.allPaths()) dirty.add(path);
    for (const path of plans.keys()) dirty.add(path);
    for (const path of wanted.keys()) dirty.add(path);
  }

  function setWanted(path: string, nodeId: string, beats: number): void {
    const byNode = wanted.get(path) ?? new Map<string, number>();
    const former = byNode.get(nodeId);
    if (beats > 0) {
      wanted.set(path, byNode.set(nodeId, beats));
      wantedByNode.set(nodeId, (wantedByNode.get(nodeId) ?? new Set()).add(path));
    } else {
      byNode.delete(nodeId);
      wantedByNode.get(nodeId)?.delete(path);
      if (byNode.size === 0) wanted.delete(path);
      if (wantedByNode.get(nodeId)?.size === 0) wantedByNode.delete(nodeId);
    }
    if (former === undefined ? beats > 0 : beats === 0) dirty.add(path);
  }

  function isAlive(path: string): boolean {
    const head = directory.headOf(path);
    if (!head) return false;
    if (head.role === "origin") {
      orphanedAtMs.delete(path);
      return true;
    }
    for (const copy of directory.allCopiesOf(path).values()) {
      if (copy.role === "origin" && copy.epoch >= head.copy.epoch && !directory.isReachable(copy.nodeId)) return true;
    }
    // A master that has just started sees copies without an origin too: what it does not know, it does not end.
    const now = clock.monotonicMs();
    if (!orphanedAtMs.has(path)) orphanedAtMs.set(path, now);
    return now - (orphanedAtMs.get(path) ?? now) < orphanMs;
  }

  function plan(path: string): void {
    const head = directory.headOf(path);
    const copies = new Map<string, PlanCopy>();
    const unseen = new Map<string, string>();
    for (const copy of directory.allCopiesOf(path).values()) {
      const { nodeId, role, epoch, upstream, viewers } = copy;
      if (!nodes.get(nodeId)?.up) {
        if (upstream !== undefined) unseen.set(nodeId, upstream);
      } else copies.set(nodeId, { nodeId, role, epoch, upstream, hasViewers: viewers > 0, stuck: isStuck(copy) });
    }
    const next = planReplication(
      {
        head: head?.reachable && copies.has(head.copy.nodeId) ? head.copy.nodeId : undefined,
        alive: isAlive(path),
        copies,
        unseen,
        wanted: new Set(wanted.get(path)?.keys()),
        told: toldByPath.get(path) ?? new Map<string, string>(),
        answered,
        nodes,
      },
      { ...config, settled: wasSettled },
    );
    for (const nodeId of plans.get(path)?.keys() ?? []) if (!next.has(nodeId)) followsByNode.get(nodeId)?.delete(path);
    for (const [nodeId, upstream] of next) followsByNode.set(nodeId, follows(nodeId).set(path, upstream));
    if (next.size > 0) plans.set(path, next);
    else plans.delete(path);
    if (!head) {
      orphanedAtMs.delete(path);
    }
  }

  function bringUpToDate(): void {
    const isSettled = settled();
    if (isSettled !== wasSettled) {
      wasSettled = isSettled;
      touchAll();
    }
    const now = clock.monotonicMs();
    for (const [path, atMs] of orphanedAtMs) if (now - atMs >= orphanMs && plans.has(path)) dirty.add(path);
    if (dirty.size === 0) return;
    const paths = [...dirty];
    dirty.clear();
    for (const path of paths) plan(path);
  }

  function setTold(nodeId: string, path: string, upstream: string | undefined): void {
    const byNode = toldByPath.get(path) ?? new Map<string, string>();
    if (byNode.get(nodeId) === upstream) return;
    if (upstream === undefined) byNode.delete(nodeId);
    else byNode.set(nodeId, upstream);
    if (byNode.size > 0) toldByPath.set(path, byNode);
    else toldByPath.delete(path);
    // Who may follow whom depends on what is under way.
    dirty.add(path);
  }

  return {
    put(nodeId, node) {
      const former = facts.get(nodeId);
      facts.set(nodeId, node);
      if (former?.up === node.up && former.draining === node.draining && former.takesCopies === node.takesCopies) return;
      const { up, draining, takesCopies } = node;
      nodes.set(nodeId, {
        nodeId,
        up,
        draining,
        takesCopies,
        get cost() {
          const copies = Math.max(directory.countOf(nodeId), followsByNode.get(nodeId)?.size ?? 0);
          return (facts.get(nodeId)?.load ?? 0) + costOfCopy * copies;
        },
      });
      touchAll();
    },
    remove(nodeId) {
      facts.delete(nodeId);
      if (!nodes.delete(nodeId)) return;
      for (const path of wantedByNode.get(nodeId) ?? []) setWanted(path, nodeId, 0);
      for (const path of told.get(nodeId)?.keys() ?? []) setTold(nodeId, path, undefined);
      told.delete(nodeId);
      answered.delete(nodeId);
      touchAll();
    },
    touch: (path) => void dirty.add(path),
    reported(nodeId, paths) {
      const now = new Set(paths);
      const held = (path: string) => directory.allCopiesOf(path).has(nodeId);
      for (const path of wantedByNode.get(nodeId) ?? []) {
        if (!now.has(path)) setWanted(path, nodeId, held(path) ? 0 : (wanted.get(path)?.get(nodeId) ?? 0) - 1);
      }
      for (const path of now) setWanted(path, nodeId, patienceBeats);
      answered.delete(nodeId);
    },
    tell(nodeId) {
      bringUpToDate();
      const follow = follows(nodeId);
      for (const path of told.get(nodeId)?.keys() ?? []) if (!follow.has(path)) setTold(nodeId, path, undefined);
      for (const [path, upstream] of follow) setTold(nodeId, path, upstream);
      if (follow.size > 0) told.set(nodeId, new Map(follow));
      else told.delete(nodeId);
      answered.add(nodeId);
      return [...follow].map(([path, upstream]) => ({ path, upstream, epoch: directory.headOf(path)?.copy.epoch ?? 0 }));
    },
  };
}
