// Which node has which stream, as the heartbeats say, and who is the head of each: its origin, or the best copy that is
// left. Routing asks it where a stream can be watched, replication whom to follow, the API lists it. It is told which
// nodes can be reached and which are gone; it does not find that out.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { winsOver } from "../../shared/protocol/epochs.ts";

export interface StreamCopy extends StreamReport {
  readonly nodeId: string;
}

export interface StreamHead {
  readonly copy: StreamCopy;
  /** `replica`: there is no origin now, and this is the newest copy. */
  readonly role: "origin" | "replica";
  /** The highest epoch that anybody reported, also one who is gone since. */
  readonly highestEpoch: number;
  /** The node can be reached. False only where no copy is left on one that can. */
  readonly reachable: boolean;
}

export interface StreamDirectory {
  /** Takes over a node's newest report, whole: what is not in it, the node no longer has. */
  report(nodeId: string, streams: readonly StreamReport[]): void;
  /** What an unreachable node has is kept (it may come back with it), but it carries nobody and is no head while others have it. */
  setReachable(nodeId: string, reachable: boolean): void;
  remove(nodeId: string): void;
  /** Copies on nodes that can be reached, by node id; empty when nobody has it. */
  copiesOf(path: string): ReadonlyMap<string, StreamCopy>;
  /** With those on nodes that cannot be reached. */
  allCopiesOf(path: string): ReadonlyMap<string, StreamCopy>;
  isReachable(nodeId: string): boolean;
  /** The copies that a viewer can be sent to: live ones where there are any, else those that wait for their teacher. */
  carriersOf(path: string): ReadonlyMap<string, StreamCopy>;
  headOf(path: string): StreamHead | undefined;
  /** That anybody reported, also of streams of which no copy is left; 0 for none. */
  highestEpochOf(path: string): number;
  /** The origin that all others follow; undefined while there is none that can be reached. */
  originOf(path: string): StreamCopy | undefined;
  /** Streams of which a copy can be reached. */
  paths(): string[];
  /** With those that are only on nodes that cannot be reached. */
  allPaths(): Iterable<string>;
  /** What a node that can be reached has. */
  copiesOn(nodeId: string): readonly StreamCopy[];
  /** How many streams a node has. */
  countOf(nodeId: string): number;
  /** Live streams of which a node is the origin, and the renditions that it encodes for them. */
  publishingOf(nodeId: string): { readonly streams: number; readonly encoded: number };
  /** Counts up whenever a head may be another than before. */
  readonly version: number;
}

export interface StreamDirectoryDeps {
  /** Called for each stream of which something changed that matters for who follows whom. */
  readonly changed?: (path: string) => void;
  /** Called with each report, after it was taken over. */
  readonly reported?: (streams: readonly StreamReport[]) => void;
}

const nobody: ReadonlyMap<string, StreamCopy> = new Map();
/** Streams whose epochs are remembered after their last copy is gone. */
const maxRememberedEpochs = 10_000;

export function createStreamDirectory({ changed, reported }: StreamDirectoryDeps = {}): StreamDirectory {
  const byPath = new Map<string, Map<string, StreamCopy>>();
  const pathsByNode = new Map<string, Set<string>>();
  const unreachable = new Set<string>();
  /** Epochs of copies that are gone, oldest first. */
  const formerEpochs = new Map<string, number>();
  const heads = new Map<string, StreamHead | undefined>();
  let version = 0;

  function touch(path: string): void {
    heads.delete(path);
    version += 1;
    changed?.(path);
  }

  function remember({ path, epoch }: StreamCopy): void {
    setNewest(formerEpochs, path, Math.max(epoch, formerEpochs.get(path) ?? 0), maxRememberedEpochs);
  }

  function drop(nodeId: string, path: string): void {
    const copies = byPath.get(path);
    const copy = copies?.get(nodeId);
    if (!copies || !copy) return;
    remember(copy);
    copies.delete(nodeId);
    if (copies.size === 0) byPath.delete(path);
    touch(path);
  }

  function put(copy: StreamCopy): void {
    const copies = byPath.get(copy.path) ?? new Map<string, StreamCopy>();
    const former = copies.get(copy.nodeId);
    byPath.set(copy.path, copies.set(copy.nodeId, copy));
    // Numbers move with every heartbeat; they decide about the head only where there is no origin.
    const numbersMatter = heads.get(copy.path)?.role !== "origin";
    if (former === undefined || numbersMatter || isOtherCopy(former, copy)) touch(copy.path);
    else refreshHead(copy);
  }

  /** The same head with newer numbers. */
  function refreshHead(copy: StreamCopy): void {
    const head = heads.get(copy.path);
    if (head?.copy.nodeId === copy.nodeId) heads.set(copy.path, { ...head, copy });
  }

  function headOf(path: string): StreamHead | undefined {
    if (!heads.has(path)) heads.set(path, findHead([...(byPath.get(path)?.values() ?? [])], unreachable, formerEpochs.get(path) ?? 0));
    return heads.get(path);
  }

  function copiesOf(path: string): ReadonlyMap<string, StreamCopy> {
    const copies = byPath.get(path) ?? nobody;
    if (unreachable.size === 0) return copies;
    return new Map([...copies].filter(([nodeId]) => !unreachable.has(nodeId)));
  }

  function forgetNode(nodeId: string): void {
    for (const path of pathsByNode.get(nodeId) ?? []) drop(nodeId, path);
    pathsByNode.delete(nodeId);
  }

  return {
    report(nodeId, streams) {
      const paths = new Set(streams.map((stream) => stream.path));
      for (const path of pathsByNode.get(nodeId) ?? []) if (!paths.has(path)) drop(nodeId, path);
      for (const stream of streams) put({ ...stream, nodeId });
      if (paths.size > 0) pathsByNode.set(nodeId, paths);
      else pathsByNode.delete(nodeId);
      reported?.(streams);
    },
    setReachable(nodeId, reachable) {
      if (unreachable.has(nodeId) !== reachable) return;
      if (reachable) unreachable.delete(nodeId);
      else unreachable.add(nodeId);
      for (const path of pathsByNode.get(nodeId) ?? []) touch(path);
    },
    remove(nodeId) {
      forgetNode(nodeId);
      unreachable.delete(nodeId);
    },
    copiesOf,
    allCopiesOf: (path) => byPath.get(path) ?? nobody,
    isReachable: (nodeId) => !unreachable.has(nodeId),
    carriersOf(path) {
      const copies = copiesOf(path);
      const live = new Map([...copies].filter(([, copy]) => copy.state === "live"));
      return live.size > 0 ? live : copies;
    },
    headOf,
    highestEpochOf: (path) => headOf(path)?.highestEpoch ?? formerEpochs.get(path) ?? 0,
    originOf(path) {
      const head = headOf(path);
      return head?.role === "origin" && head.reachable ? head.copy : undefined;
    },
    paths: () => [...byPath.keys()].filter((path) => headOf(path)?.reachable).toSorted(),
    allPaths: () => byPath.keys(),
    copiesOn(nodeId) {
      const paths = unreachable.has(nodeId) ? [] : [...(pathsByNode.get(nodeId) ?? [])];
      return paths.flatMap((path) => byPath.get(path)?.get(nodeId) ?? []);
    },
    countOf: (nodeId) => (unreachable.has(nodeId) ? 0 : (pathsByNode.get(nodeId)?.size ?? 0)),
    publishingOf(nodeId) {
      let streams = 0;
      let encoded = 0;
      for (const path of pathsByNode.get(nodeId) ?? []) {
        const copy = byPath.get(path)?.get(nodeId);
        if (copy?.role !== "origin" || copy.state !== "live") continue;
        streams += 1;
        encoded += copy.encoded ?? 0;
      }
      return { streams, encoded };
    },
    get version() {
      return version;
    },
  };
}

/** Behind for longer than this, a copy is no help to anybody: another node should have one. Seconds. */
const stuckAfterS = 30;

/** Whether a copy is too far behind to count as one. */
export const isStuck = ({ lag_s: lagS }: StreamReport): boolean => lagS !== undefined && lagS > stuckAfterS;

function isOtherCopy(a: StreamCopy, b: StreamCopy): boolean {
  return (
    a.role !== b.role ||
    a.epoch !== b.epoch ||
    a.state !== b.state ||
    a.upstream !== b.upstream ||
    a.viewers > 0 !== b.viewers > 0 ||
    isStuck(a) !== isStuck(b)
  );
}

function findHead(all: readonly StreamCopy[], unreachable: ReadonlySet<string>, formerEpoch: number): StreamHead | undefined {
  const reachable = all.filter((copy) => !unreachable.has(copy.nodeId));
  const copies = reachable.length > 0 ? reachable : all;
  if (copies.length === 0) return undefined;
  const newestEpoch = Math.max(...copies.map((copy) => copy.epoch));
  const highestEpoch = Math.max(formerEpoch, ...all.map((copy) => copy.epoch));
  const common = { highestEpoch, reachable: reachable.length > 0 };
  // An origin of an older epoch has lost its role; it only does not know yet.
  const origins = copies.filter((copy) => copy.role === "origin" && copy.epoch === newestEpoch);
  const origin = origins.reduce<StreamCopy | undefined>((best, copy) => (best && winsOver(best, copy) ? best : copy), undefined);
  if (origin) return { ...common, copy: origin, role: "origin" };
  return { ...common, copy: topOf(newestOf(copies.filter((copy) => copy.epoch === newestEpoch)), copies), role: "replica" };
}

function newestOf(copies: readonly StreamCopy[]): StreamCopy {
  const rank = (copy: StreamCopy) => [Number(copy.state === "live"), copy.msn, copy.part];
  return copies.reduce((best, copy) => {
    const [a, b] = [rank(copy), rank(best)];
    const difference = a.map((value, index) => value - (b[index] ?? 0)).find((value) => value !== 0);
    return difference === undefined ? (copy.nodeId > best.nodeId ? copy : best) : difference > 0 ? copy : best;
  });
}

/**
 * Numbers come with heartbeats, at different times: a copy that reported later looks newer than the one it follows,
 * although it cannot be. So from the newest upwards to where its media comes from.
 */
function topOf(newest: StreamCopy, copies: readonly StreamCopy[]): StreamCopy {
  const byNode = new Map(copies.map((copy) => [copy.nodeId, copy]));
  const visited = new Set<string>();
  let top = newest;
  for (;;) {
    visited.add(top.nodeId);
    const next = top.upstream === undefined ? undefined : byNode.get(top.upstream);
    if (!next || next.epoch !== top.epoch) return top;
    if (visited.has(next.nodeId)) return newest;
    top = next;
  }
}
