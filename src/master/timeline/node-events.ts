// What of a node's changes is worth an event. Remembers how each node was; pure but for that, and bounded by the nodes that
// there are.
import type { TimelineKind } from "../../shared/protocol/cluster-live.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";

export type WatchedNode = Pick<RegisteredNode, "status" | "liveness" | "draining"> & {
  readonly info: Pick<RegisteredNode["info"], "nodeId" | "instance">;
};

export interface NodeEvents {
  /** As it is now; the events of it, mostly none. */
  changed(node: WatchedNode): readonly TimelineKind[];
  /** Deregistered, or forgotten: whoever was forgotten has been offline for long, which was said. */
  gone(nodeId: string): readonly TimelineKind[];
}

/** @param isFormer whether a node was in the cluster before the master's start, or has left it since. */
export function createNodeEvents(isFormer: (nodeId: string) => boolean): NodeEvents {
  const nodes = new Map<string, Known>();

  return {
    changed(node) {
      const { nodeId } = node.info;
      const before = nodes.get(nodeId);
      const { status, liveness, draining } = node;
      // A silent node does not show whether it is drained; it was, if it was.
      const isDrained = status === "drained" || (draining && before?.isDrained === true && liveness !== "alive");
      const now: Known = { liveness, draining, isDrained, instance: node.info.instance };
      nodes.set(nodeId, now);
      if (!before) return [isFormer(nodeId) ? "returned" : "joined"];
      return before.instance === now.instance ? changes(before, now) : ["returned"];
    },
    gone(nodeId) {
      const before = nodes.get(nodeId);
      nodes.delete(nodeId);
      return before && before.liveness !== "offline" ? ["left"] : [];
    },
  };
}

interface Known extends Pick<WatchedNode, "liveness" | "draining"> {
  readonly isDrained: boolean;
  readonly instance: string;
}

function changes(before: Known, now: Known): TimelineKind[] {
  const kinds: TimelineKind[] = [];
  if (before.liveness !== now.liveness) {
    if (now.liveness === "offline") kinds.push("offline");
    else if (now.liveness === "suspect") kinds.push("suspect");
    else if (before.liveness === "suspect") kinds.push("recovered");
    else if (before.liveness === "offline") kinds.push("returned");
  }
  if (!before.draining && now.draining) kinds.push("draining");
  if (before.draining && !now.draining) kinds.push("undrained");
  if (!before.isDrained && now.isDrained) kinds.push("drained");
  return kinds;
}
