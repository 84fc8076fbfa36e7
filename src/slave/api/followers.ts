// Which nodes read which stream from here, as their credentials say, newest first. Bounded; does not forget with time: who
// was paused for minutes wants to know whom to ask.

export interface Follower {
  readonly nodeId: string;
  /** Monotonic ms of its last request. */
  readonly lastSeenMs: number;
}

export interface Followers {
  seen(path: string, nodeId: string, nowMs: number): void;
  /** Newest first. */
  of(path: string): readonly Follower[];
}

/** FANOUT is far below; the one not seen for longest goes first. */
const maxPerPath = 64;
const maxPaths = 1_000;

export function createFollowers(): Followers {
  /** Least recently used first, on both levels. */
  const byPath = new Map<string, Map<string, number>>();

  return {
    seen(path, nodeId, nowMs) {
      let nodes = byPath.get(path);
      if (!nodes) {
        nodes = new Map();
        byPath.set(path, nodes);
        dropOldest(byPath, maxPaths);
      }
      nodes.delete(nodeId);
      nodes.set(nodeId, nowMs);
      dropOldest(nodes, maxPerPath);
    },
    of: (path) => [...(byPath.get(path) ?? [])].map(([nodeId, lastSeenMs]) => ({ nodeId, lastSeenMs })).toReversed(),
  };
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
