// What the routes of the master's API work with; put together by the composition root.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { MasterConfig } from "../../shared/config/variables.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import type { Access } from "../access/access.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { GatewayDesk } from "../gateways/gateway-desk.ts";
import type { createSignInCounter } from "../metrics/sign-in-counters.ts";
import type { TokenCounters } from "../metrics/token-counters.ts";
import type { LostNodes } from "../registry/lost-nodes.ts";
import type { Reachability } from "../registry/reachability.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { Registry } from "../registry/registry.ts";
import type { Settling } from "../registry/settling.ts";
import type { Revocation } from "../revocation/create-revocation.ts";
import type { Router } from "../routing/router.ts";
import type { NodeStore } from "../store/store.ts";
import type { EpochClaims } from "../streams/epoch-claims.ts";
import type { ReplicationOrders } from "../streams/replication-orders.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import type { KeyRing } from "../tokens/key-ring.ts";
import type { SessionDirectory } from "../tokens/session-directory.ts";
import type { TokenIssuer } from "../tokens/token-issuer.ts";
import type { LiveContext } from "./live-context.ts";

export interface ApiContext {
  readonly config: Readonly<MasterConfig>;
  readonly version: string;
  readonly clock: Clock;
  readonly access: Access;
  readonly classes: ClassCatalog;
  readonly registry: Registry;
  readonly router: Router;
  readonly directory: StreamDirectory;
  readonly epochs: EpochClaims;
  readonly replication: ReplicationOrders;
  readonly reachability: Reachability;
  readonly gateways: GatewayDesk;
  readonly sessions: SessionDirectory;
  readonly revocation: Revocation;
  readonly keys: KeyRing;
  readonly issuer: TokenIssuer;
  readonly nodes: NodeStore;
  readonly metrics: MetricSet;
  readonly tokenCounters: TokenCounters;
  readonly countSignIn: ReturnType<typeof createSignInCounter>;
  /** Lets slaves check the admin token. */
  readonly adminProof: string;
  /** Monotonic ms of the master's start. */
  readonly startedAtMs: number;
  /** Monotonic ms until which a missing node is one that has not had the time to come back to a restarted master. */
  readonly settledAtMs: number;
  /** Whether all nodes of before the master's start have reported, or had the time to. */
  readonly settling: Settling;
  /** Nodes of before the master's start, as they were. */
  readonly formerNodes: ReadonlyMap<string, NodeInfo>;
  /** Those of them that have not come back, for as long as somebody looks for them. */
  readonly lostNodes: LostNodes;
  /** Figures, and what happened, of the last minutes. */
  readonly live: LiveContext;
}
