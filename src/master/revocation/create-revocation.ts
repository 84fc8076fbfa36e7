// Puts the room together: which tokens are no longer good, who was removed, who watches, and how slaves hear of news at once.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { Registry } from "../registry/registry.ts";
import type { RevocationStore } from "../store/revocation-store.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import type { SessionDirectory } from "../tokens/session-directory.ts";
import { createClassAudience } from "./class-audience.ts";
import type { ClassAudience } from "./class-audience.ts";
import { watchClassEndings } from "./class-endings.ts";
import { createNudge } from "./nudge.ts";
import { createRemovedViewers } from "./removed-viewers.ts";
import type { RemovedViewers } from "./removed-viewers.ts";
import { createRevocationList } from "./revocation-list.ts";
import type { RevocationList } from "./revocation-list.ts";
import { createAskSlave } from "./slave-question.ts";
import type { AskableNodes } from "./slave-question.ts";
import { createViewerRemoval } from "./viewer-removal.ts";
import type { ViewerRemoval } from "./viewer-removal.ts";

export interface Revocation {
  readonly list: RevocationList;
  readonly removed: RemovedViewers;
  readonly audience: ClassAudience;
  readonly removal: ViewerRemoval;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface RevocationDeps {
  readonly store: RevocationStore;
  readonly classes: ClassCatalog;
  readonly nodes: Pick<Registry, "list" | "get">;
  /** Nodes of before a restart, for as long as they may come back. */
  readonly formerNodes: ReadonlyMap<string, NodeInfo>;
  readonly directory: StreamDirectory;
  readonly sessions: SessionDirectory;
  /** `deriveClusterKeys().request`. */
  readonly requestKey: KeyObject;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createRevocation({ tokenTtlS }: { readonly tokenTtlS: number }, deps: RevocationDeps): Revocation {
  const { store, classes, directory, sessions, clock, logger } = deps;
  const nodes: AskableNodes = {
    list() {
      const awaited = [...deps.formerNodes.values()].filter(({ nodeId }) => !deps.nodes.get(nodeId));
      return [...deps.nodes.list(), ...awaited.map((info) => ({ info, liveness: "registering" as const }))];
    },
  };
  const ask = createAskSlave({ key: deps.requestKey, clock });
  const list = createRevocationList({ store, clock });
  const removed = createRemovedViewers({ store, clock });
  const { nudge, stop } = createNudge({ nodes, ask, logger });
  const audience = createClassAudience({ nodes, directory, sessions, ask, clock });
  const unwatch = watchClassEndings({ classes, revocations: list, nudge });
  return {
    list,
    removed,
    audience,
    removal: createViewerRemoval({ sessions, audience, revocations: list, removed, nudge, tokenTtlS, clock }),
    async stop() {
      unwatch();
      await stop();
    },
  };
}
