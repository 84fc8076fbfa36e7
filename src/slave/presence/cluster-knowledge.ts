// What a slave knows from the master: keys, classes, revocations, orders. It outlives the master's absence,
// so viewers and publishers go on. Knows no network.
import type { KeyObject } from "node:crypto";
import type { ClassGrants, ClusterOrders, Revocations } from "../../shared/protocol/cluster-messages.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import type { VerifyingKey } from "../../shared/tokens/signing-keys.ts";
import { openKeySet } from "../../shared/tokens/signing-keys.ts";

export interface ClusterKnowledge {
  /**
   * Takes over what an answer says. @throws Error when a key set cannot be opened: nothing is changed then.
   * @param monotonicMs for the deadline of a drain; default 0.
   */
  apply(orders: ClusterOrders, wallMs: number, monotonicMs?: number): Promise<void>;
  /** Empty until the first registration. */
  readonly keys: ReadonlyMap<string, VerifyingKey>;
  readonly keySetVersion: string | undefined;
  readonly classGrantsVersion: string | undefined;
  /** Hash of the class's stream key, or undefined for a class that the master has not told of. */
  streamKeyHash(className: string): string | undefined;
  readonly revocationsVersion: string | undefined;
  /** Nobody publishes it until it is opened again. */
  isClosed(className: string): boolean;
  /** True for a token that the master has called back: it itself, or all of its stream up to a time. */
  isRevoked(claims: Pick<TokenClaims, "jti" | "path" | "iat">): boolean;
  readonly overloadPolicy: ClusterOrders["overload_policy"];
  /** This node takes no new publishers: the master said so, or it is about to stop. */
  readonly draining: boolean;
  /** While it is to be empty by a time: since when, and until when (monotonic ms). */
  readonly drain: { readonly startedAtMs: number; readonly deadlineMs: number } | undefined;
  /** This node itself is about to stop, by this time (monotonic ms), whatever the master says. */
  leave(monotonicMs: number, deadlineMs: number): void;
  readonly leaving: boolean;
  /** Nodes besides this one that take viewers, as the master counts them; 0 until it has told. */
  readonly othersRoutable: number;
  /** For `isAdminToken`; undefined until the master has told. */
  readonly adminProof: string | undefined;
  /** The master's wall clock, as far as this slave knows: its own until the master has answered. */
  clusterTimeMs(wallMs: number): number;
  /** The time to sign requests to the master with: what `suspectClock` was told, until the master itself has answered. */
  credentialTimeMs(wallMs: number): number;
  /** An unsigned answer says that our clock is wrong. That may be tried in the next request, but ends no viewer's token. */
  suspectClock(masterWallMs: number, wallMs: number): void;
}

/** Smaller differences are network delay, not clocks. */
const clockNoiseMs = 1_000;

export function createClusterKnowledge(sealingKey: KeyObject): ClusterKnowledge {
  let keys: ReadonlyMap<string, VerifyingKey> = new Map();
  let keySetVersion: string | undefined;
  let grants: ReadonlyMap<string, string> = new Map();
  let closed: ReadonlySet<string> = new Set();
  let classGrantsVersion: string | undefined;
  let revokedTokens: ReadonlySet<string> = new Set();
  /** By path: tokens issued up to this second are revoked. */
  let revokedUntilS: ReadonlyMap<string, number> = new Map();
  let revocationsVersion: string | undefined;
  let overloadPolicy: ClusterOrders["overload_policy"] = "distribute";
  let draining = false;
  let drain: ClusterKnowledge["drain"];
  let departure: ClusterKnowledge["drain"];
  let othersRoutable = 0;
  let adminProof: string | undefined;
  let offsetMs = 0;
  let suspectedOffsetMs: number | undefined;

  function adjustClock(masterWallMs: number, wallMs: number): void {
    const difference = masterWallMs - wallMs;
    if (Math.abs(difference - offsetMs) > clockNoiseMs) offsetMs = Math.abs(difference) > clockNoiseMs ? difference : 0;
  }

  function takeGrants({ version, classes }: ClassGrants): void {
    grants = new Map(classes.map((grant) => [grant.name, grant.stream_key_hash]));
    closed = new Set(classes.filter((grant) => grant.closed).map(({ name }) => name));
    classGrantsVersion = version;
  }

  function takeRevocations({ version, tokens, paths }: Revocations): void {
    revokedTokens = new Set(tokens.map(({ jti }) => jti));
    revokedUntilS = new Map(paths.map(({ path, issued_until }) => [path, issued_until]));
    revocationsVersion = version;
  }

  function suspectClock(masterWallMs: number, wallMs: number): void {
    suspectedOffsetMs = masterWallMs - wallMs;
  }

  return {
    async apply(orders, wallMs, monotonicMs = 0) {
      if (orders.key_set) {
        const opened = await openKeySet(orders.key_set, sealingKey);
        keys = new Map(opened.map((key) => [key.kid, key]));
        keySetVersion = orders.key_set.version;
      }
      if (orders.class_grants) takeGrants(orders.class_grants);
      if (orders.revocations) takeRevocations(orders.revocations);
      overloadPolicy = orders.overload_policy;
      draining = orders.draining;
      // Each answer says anew how much time is left; the viewers' turns are counted from the first one.
      drain =
        draining && orders.drain_ms !== undefined
          ? { startedAtMs: drain?.startedAtMs ?? monotonicMs, deadlineMs: monotonicMs + orders.drain_ms }
          : undefined;
      othersRoutable = orders.others_routable ?? 0;
      adminProof = orders.admin_proof ?? adminProof;
      adjustClock(orders.now_ms, wallMs);
      suspectedOffsetMs = undefined;
    },
    suspectClock,
    get keys() {
      return keys;
    },
    get keySetVersion() {
      return keySetVersion;
    },
    get classGrantsVersion() {
      return classGrantsVersion;
    },
    streamKeyHash: (className) => grants.get(className),
    isClosed: (className) => closed.has(className),
    get revocationsVersion() {
      return revocationsVersion;
    },
    isRevoked: ({ jti, path, iat }) => revokedTokens.has(jti) || iat <= (revokedUntilS.get(path) ?? Number.NEGATIVE_INFINITY),
    get overloadPolicy() {
      return overloadPolicy;
    },
    get draining() {
      return draining || departure !== undefined;
    },
    get drain() {
      return departure ?? drain;
    },
    leave(monotonicMs, deadlineMs) {
      departure ??= { startedAtMs: monotonicMs, deadlineMs };
    },
    get leaving() {
      return departure !== undefined;
    },
    get othersRoutable() {
      return othersRoutable;
    },
    get adminProof() {
      return adminProof;
    },
    clusterTimeMs: (wallMs) => wallMs + offsetMs,
    credentialTimeMs: (wallMs) => wallMs + (suspectedOffsetMs ?? offsetMs),
  };
}
