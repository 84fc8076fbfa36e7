// Nodes of before the master's start that did not come back: a restart of the master is no reason to look for them less
// long than for one that goes silent while it runs. Pure; time comes in as an argument (monotonic ms).
import { usualForgetAfterMs } from "./registry.ts";
import type { NodeInfo } from "./registered-node.ts";

export interface LostNodes {
  /** It has left in order, or was forgotten. */
  remove(nodeId: string): void;
  /** As they registered last; none when the time is over. */
  list(now: number): readonly NodeInfo[];
}

/** @param isBack whether a node has registered since; it is the registry's then. */
export function createLostNodes(former: Iterable<NodeInfo>, startedAtMs: number, isBack: (nodeId: string) => boolean): LostNodes {
  const missing = new Map([...former].map((info) => [info.nodeId, info]));
  return {
    remove: (nodeId) => void missing.delete(nodeId),
    list(now) {
      if (now - startedAtMs >= usualForgetAfterMs) missing.clear();
      return [...missing.values()].filter(({ nodeId }) => !isBack(nodeId));
    },
  };
}
