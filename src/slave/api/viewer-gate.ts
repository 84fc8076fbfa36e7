// May this request read this stream here? The one place that says so, for playlists, init, segments and parts alike.
// A token's signature is checked once; after that a request costs comparisons. Other nodes are asked about in follower-gate.ts.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { checkUse, readToken } from "../../shared/tokens/viewer-token.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import type { FollowerGate } from "./follower-gate.ts";
import type { GateVerdict } from "./gate-verdict.ts";
import type { Viewers } from "./viewers.ts";

/** What a connection's last request showed. A player sends thousands of requests with one token over one connection. */
export interface ConnectionMemory {
  token: string | undefined;
  claims: TokenClaims | undefined;
  /** Key set under which the token was verified. */
  keySetVersion: string | undefined;
}

export interface ViewerGate {
  /** @param remoteAddress is asked for only when a token has to be verified. */
  check(token: string | undefined, path: string, memory: ConnectionMemory, remoteAddress: () => string): GateVerdict;
}

export interface ViewerGateOptions {
  readonly nodeId: string;
  readonly maxConnections: number;
  readonly knowledge: ClusterKnowledge;
  readonly viewers: Viewers;
  readonly followers: FollowerGate;
  readonly clock: Clock;
}

/** Tokens remembered as verified; the oldest go first. Far above what a node serves, far below what hurts. */
const maxVerified = 50_000;
/** Bad signatures that one sender may send before it has to wait: each costs as much as 3 good requests, 80 µs. */
const failureLimit = { burst: 500, perSecond: 250 };

const allowed: GateVerdict = { ok: true };
// Not 429: a good token may come from the same address (a school's router), and players try a 4xx no more.
const tooManyFailures: GateVerdict = { ok: false, code: "node_busy", detail: "too many bad tokens from this address", retryAfterS: 1 };

export function createViewerGate(options: ViewerGateOptions): ViewerGate {
  const { nodeId, maxConnections, knowledge, viewers, followers, clock } = options;
  const verified = new Map<string, TokenClaims>();
  const failures = createRateLimiter(failureLimit);
  let verifiedWith = knowledge.keySetVersion;

  /** The claims of a token with a good signature. */
  function verify(token: string): { claims: TokenClaims } | { detail: string } {
    const verdict = readToken(token, knowledge.keys);
    if (!verdict.ok) return { detail: verdict.detail };
    setNewest(verified, ownCopy(token), verdict.claims, maxVerified);
    return verdict;
  }

  /** A good credential passes whoever sends bad ones from its address: checking it costs no more than the rest of a request. */
  function checkFollower(token: string, path: string, remoteAddress: () => string, nowMs: number): GateVerdict | undefined {
    const verdict = followers.check(token, path, knowledge.clusterTimeMs(clock.wallMs()));
    if (!verdict || verdict.ok) return verdict;
    const sender = senderOf(remoteAddress());
    if (failures.waitS(sender, nowMs) > 0) return tooManyFailures;
    failures.take(sender, nowMs);
    return verdict;
  }

  return {
    check(token, path, memory, remoteAddress) {
      const nowMs = clock.monotonicMs();
      if (token === undefined || token === "") return { ok: false, code: "token_missing" };
      if (verifiedWith !== knowledge.keySetVersion) {
        // A key may have been taken out of the set: what it signed is to be refused.
        verified.clear();
        verifiedWith = knowledge.keySetVersion;
      }
      // Comparing with the last one is quicker than hashing 400 fresh characters for the map.
      const sameAsBefore = token === memory.token && memory.keySetVersion === verifiedWith;
      let claims = sameAsBefore ? memory.claims : verified.get(token);
      if (!claims) {
        const follower = checkFollower(token, path, remoteAddress, nowMs);
        if (follower) return follower;
        if (knowledge.keys.size === 0)
          return { ok: false, code: "stream_not_ready", detail: "this node has not reached its master yet", retryAfterS: 1 };
        const sender = senderOf(remoteAddress());
        if (failures.waitS(sender, nowMs) > 0) return tooManyFailures;
        const result = verify(token);
        if (!("claims" in result)) {
          failures.take(sender, nowMs);
          return { ok: false, code: "token_invalid", detail: result.detail };
        }
        claims = result.claims;
      }
      if (!sameAsBefore) {
        memory.token = token;
        memory.claims = claims;
        memory.keySetVersion = verifiedWith;
      }
      const refusal = checkUse(claims, { nodeId, path, action: "read" }, knowledge.clusterTimeMs(clock.wallMs()));
      if (refusal) return { ok: false, code: refusal };
      if (knowledge.isRevoked(claims)) return { ok: false, code: "token_revoked" };
      if (knowledge.overloadPolicy === "reject" && !viewers.has(claims.jti) && viewers.count(nowMs) >= maxConnections) {
        return { ok: false, code: "no_capacity", detail: `this node serves its ${maxConnections} viewers`, retryAfterS: 5 };
      }
      viewers.seen(claims, nowMs);
      return allowed;
    },
  };
}

/** A token cut out of a URL keeps the whole URL in memory, which may be 16 KB of nothing. */
function ownCopy(token: string): string {
  return Buffer.from(token, "latin1").toString("latin1");
}
