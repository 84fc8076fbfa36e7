// May this node read this stream here? Other slaves show a media credential in place of a viewer's token. Its signature is
// checked once; after that a request costs comparisons. Knows neither viewers nor the master's keys.
import type { KeyObject } from "node:crypto";
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import { looksLikeMediaCredential, verifyMediaCredential } from "../../shared/tokens/media-credential.ts";
import type { GateVerdict } from "./gate-verdict.ts";

export interface FollowerGate {
  /**
   * Undefined for what is not meant as a media credential; else whether it is good for this path now.
   * @param nowMs the cluster's clock.
   */
  check(token: string, path: string, nowMs: number): GateVerdict | undefined;
}

interface Grant {
  readonly path: string;
  readonly expiresAtMs: number;
  readonly verdict: GateVerdict;
}

/** One per stream and follower, renewed each minute and with each epoch; the oldest go first. */
const maxVerified = 4_096;
/** Ours have about 300 characters. */
const maxCredentialLength = 1_024;

const refused: GateVerdict = { ok: false, code: "credential_invalid", detail: "this credential is not good for this stream on this node" };

/** @param nodeId of this node, whom the credential must name as the holder. @param key `ClusterKeys.media`. */
export function createFollowerGate(nodeId: string, key: KeyObject): FollowerGate {
  const verified = new Map<string, Grant>();

  function verify(token: string, path: string, nowMs: number): Grant | undefined {
    const reader = verifyMediaCredential(key, token, { holder: nodeId, path }, nowMs);
    if (!reader) return undefined;
    const grant = {
      path,
      expiresAtMs: reader.expiresAtMs,
      verdict: { ok: true, follower: { nodeId: reader.follower, epoch: reader.epoch } } as const,
    };
    setNewest(verified, token, grant, maxVerified);
    return grant;
  }

  return {
    check(token, path, nowMs) {
      let grant = verified.get(token);
      if (!grant) {
        if (token.length > maxCredentialLength || !looksLikeMediaCredential(token)) return undefined;
        grant = verify(token, path, nowMs);
      }
      if (!grant || grant.path !== path) return refused;
      if (nowMs <= grant.expiresAtMs) return grant.verdict;
      verified.delete(token);
      return refused;
    },
  };
}
