// What a change of a node means to the rest of the master: to routing, to the streams that it has, to who follows whom.
// Knows no messages; decides nothing about the node itself (registry/node-state.ts does).
import type { Reachability } from "./registry/reachability.ts";
import { takesCopies } from "./registry/registered-node.ts";
import type { RegistryListener } from "./registry/registry.ts";
import type { Router } from "./routing/router.ts";
import type { EpochClaims } from "./streams/epoch-claims.ts";
import type { ReplicationOrders } from "./streams/replication-orders.ts";
import type { StreamDirectory } from "./streams/stream-directory.ts";

export interface NodeChangesDeps {
  readonly router: Pick<Router, "put" | "remove">;
  readonly directory: Pick<StreamDirectory, "remove" | "setReachable">;
  readonly epochs: Pick<EpochClaims, "left">;
  readonly replication: Pick<ReplicationOrders, "put" | "remove">;
  readonly heard: Reachability["heard"];
  /** A node is not in the cluster any more. */
  readonly forget: (nodeId: string) => void;
}

/** The listener of the registry. */
export function createNodeChanges({ router, directory, epochs, replication, heard, forget }: NodeChangesDeps): RegistryListener {
  return {
    changed(node) {
      const { info, load, routableUntilMs, liveness, draining, unreachable } = node;
      const { nodeId, maxConnections, follows } = info;
      router.put(nodeId, { maxConnections, follows, connections: load.connections, routableUntilMs });
      // A process that has just begun has nothing of what the one before it had.
      if (liveness === "registering") {
        directory.remove(nodeId);
        epochs.left(nodeId);
      }
      const reachable = liveness !== "offline" && !unreachable;
      directory.setReachable(nodeId, reachable);
      if (liveness === "alive") heard(nodeId);
      replication.put(nodeId, {
        up: reachable && liveness !== "registering",
        draining,
        takesCopies: takesCopies(node),
        load: (load.connections * 100) / maxConnections,
      });
    },
    gone(nodeId) {
      router.remove(nodeId);
      directory.remove(nodeId);
      epochs.left(nodeId);
      replication.remove(nodeId);
      forget(nodeId);
    },
  };
}
