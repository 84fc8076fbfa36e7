// News of many nodes in pieces, one for each frame: drawn all at once, a second's news of 200 nodes would be felt on an old PC.
import type { ClusterChange } from "../../shared/protocol/cluster-live.ts";

const nodesPerFrame = 10;

/** Together they say what the change says; each can be shown. */
export function changeSlices(change: ClusterChange): readonly ClusterChange[] {
  const { totals, nodes, removed } = change;
  const slices: ClusterChange[] = [{ totals, nodes: nodes.slice(0, nodesPerFrame), removed }];
  for (let from = nodesPerFrame; from < nodes.length; from += nodesPerFrame)
    slices.push({ totals, nodes: nodes.slice(from, from + nodesPerFrame), removed: [] });
  return slices;
}

export interface SliceQueue {
  readonly add: (change: ClusterChange) => void;
  /** What still waits is shown at once: before what is newer, or where nothing is drawn. */
  readonly flush: () => void;
}

/** @param nextFrame calls back before the next frame; @param isDrawn false while nobody looks: then nothing waits */
export function createSliceQueue(deps: {
  readonly apply: (change: ClusterChange) => void;
  readonly nextFrame: (callback: () => void) => void;
  readonly isDrawn: () => boolean;
}): SliceQueue {
  let waiting: ClusterChange[] = [];

  function flush(): void {
    const all = waiting;
    waiting = [];
    for (const slice of all) deps.apply(slice);
  }

  function step(): void {
    const first = waiting.shift();
    if (first === undefined) return;
    deps.apply(first);
    if (waiting.length > 0) deps.nextFrame(step);
  }

  return {
    add(change) {
      flush();
      waiting = [...changeSlices(change)];
      if (deps.isDrawn()) step();
      else flush();
    },
    flush,
  };
}
