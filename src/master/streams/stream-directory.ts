// Which node has which stream, as the heartbeats say. Routing asks it where a stream can be watched, the API lists it,
// slaves get its origins. Knows neither whether nodes are alive (it is told when one is gone) nor what a stream contains.
import type { DirectoryEntry, StreamReport } from "../../shared/protocol/cluster-messages.ts";

interface StreamCopy extends StreamReport {
  readonly nodeId: string;
}

export interface StreamDirectory {
  /** Takes over a node's newest report, whole: what is not in it, the node no longer has. */
  report(nodeId: string, streams: readonly StreamReport[]): void;
  remove(nodeId: string): void;
  /** All copies by node id; empty when nobody has it. */
  copiesOf(path: string): ReadonlyMap<string, StreamCopy>;
  /** The copies that a viewer can be sent to: live ones where there are any, else those that wait for their teacher. */
  carriersOf(path: string): ReadonlyMap<string, StreamCopy>;
  /** The copy that all others follow: of the origins the one with the highest epoch (a lower one is a partitioned old origin). */
  originOf(path: string): StreamCopy | undefined;
  paths(): string[];
  /** Path → origin, for slaves. */
  origins(): readonly DirectoryEntry[];
  /** How many streams a node has. */
  countOf(nodeId: string): number;
}

const nobody: ReadonlyMap<string, StreamCopy> = new Map();

export function createStreamDirectory(): StreamDirectory {
  const byPath = new Map<string, Map<string, StreamCopy>>();
  const pathsByNode = new Map<string, Set<string>>();
  /** Made anew only when a report changed an origin: hundreds of heartbeats a second ask for it. */
  let originsCache: DirectoryEntry[] | undefined;

  function drop(nodeId: string, path: string): void {
    const copies = byPath.get(path);
    if (copies?.get(nodeId)?.role === "origin") originsCache = undefined;
    copies?.delete(nodeId);
    if (copies?.size === 0) byPath.delete(path);
  }

  function put(copy: StreamCopy): void {
    const copies = byPath.get(copy.path) ?? new Map<string, StreamCopy>();
    const former = copies.get(copy.nodeId);
    if (former?.role !== copy.role || former.epoch !== copy.epoch) originsCache = undefined;
    byPath.set(copy.path, copies.set(copy.nodeId, copy));
  }

  function originOf(path: string): StreamCopy | undefined {
    let origin: StreamCopy | undefined;
    for (const copy of byPath.get(path)?.values() ?? []) {
      if (copy.role === "origin" && (!origin || copy.epoch > origin.epoch)) origin = copy;
    }
    return origin;
  }

  return {
    report(nodeId, streams) {
      const paths = new Set(streams.map((stream) => stream.path));
      for (const path of pathsByNode.get(nodeId) ?? []) if (!paths.has(path)) drop(nodeId, path);
      for (const stream of streams) put({ ...stream, nodeId });
      if (paths.size > 0) pathsByNode.set(nodeId, paths);
      else pathsByNode.delete(nodeId);
    },
    remove(nodeId) {
      for (const path of pathsByNode.get(nodeId) ?? []) drop(nodeId, path);
      pathsByNode.delete(nodeId);
    },
    copiesOf: (path) => byPath.get(path) ?? nobody,
    carriersOf(path) {
      const copies = byPath.get(path) ?? nobody;
      const live = new Map([...copies].filter(([, copy]) => copy.state === "live"));
      return live.size > 0 ? live : copies;
    },
    originOf,
    paths: () => [...byPath.keys()].toSorted(),
    origins() {
      originsCache ??= [...byPath.keys()].flatMap((path) => {
        const origin = originOf(path);
        return origin ? [{ path, node_id: origin.nodeId, epoch: origin.epoch, role: origin.role, media_url: "" }] : [];
      });
      return originsCache;
    },
    countOf: (nodeId) => pathsByNode.get(nodeId)?.size ?? 0,
  };
}
