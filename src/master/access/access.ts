// Who may call the master: people by a token or a session, nodes by a credential. What the routes work with.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { NodeStore } from "../store/store.ts";
import { createCallers } from "./callers.ts";
import type { Callers } from "./callers.ts";
import { createNodeGuard } from "./node-guard.ts";
import type { NodeGuard } from "./node-guard.ts";
import { createPageSessions } from "./page-sessions.ts";
import type { PageSessions } from "./page-sessions.ts";

export interface Access extends Callers, NodeGuard {
  readonly sessions: PageSessions;
}

export interface AccessDeps {
  /** `hashSecret` of ADMIN_TOKEN. */
  readonly adminTokenHash: string;
  readonly clusterKeys: Pick<ClusterKeys, "credential" | "session">;
  readonly publicUrl: string | undefined;
  readonly store: { readonly sessions: SessionStore; readonly nodes: Pick<NodeStore, "useCredential"> };
  readonly classes: Pick<ClassCatalog, "get" | "findByTeacherToken">;
  readonly clock: Clock;
}

export function createAccess({ adminTokenHash, clusterKeys, publicUrl, store, classes, clock }: AccessDeps): Access {
  const sessions = createPageSessions({ store: store.sessions, classes, adminTokenHash, key: clusterKeys.session, clock });
  return {
    ...createCallers({ sessions, publicUrl, clock }),
    ...createNodeGuard({ credentialKey: clusterKeys.credential, nodes: store.nodes, clock }),
    sessions,
  };
}
