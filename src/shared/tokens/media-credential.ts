// What a slave shows another slave to read a stream there, in place of a viewer's token: a short-lived JWT under a key
// derived from CLUSTER_SECRET, bound to who reads, from whom, which stream, and what its reader knows of it. Usable many
// times while it lives, so everything that is believed of its bearer is in it: plain HTTP can be listened to.
import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { isEpoch } from "../protocol/epochs.ts";
import { isNodeId } from "../protocol/names.ts";
import { readClusterCredential, signClusterCredential } from "./cluster-credential.ts";
import type { CredentialKind } from "./cluster-credential.ts";

/** Also how far the two clocks may differ, on top. Followers make a new one after half of it. */
export const mediaCredentialLifetimeS = 120;

export interface MediaGrant {
  /** Node id of the reader. */
  readonly follower: string;
  /** Node id of the slave that is read from. */
  readonly holder: string;
  readonly path: string;
  /** The highest epoch of the stream that the reader has heard of; 0 for none. */
  readonly epoch: number;
}

const kind: CredentialKind = { audience: "airclass-media", lifetimeS: mediaCredentialLifetimeS };

/** @param nowMs the cluster's clock. Returns the value of `Authorization: Bearer`. */
export function signMediaCredential(key: KeyObject, { follower, holder, path, epoch }: MediaGrant, nowMs: number): string {
  return signClusterCredential(key, kind, { sub: follower, holder, path, epoch }, nowMs);
}

/** True for a token whose claims say that it is meant as a media credential; it proves nothing. For telling it from a viewer's token cheaply. */
export function looksLikeMediaCredential(token: string): boolean {
  try {
    const claims = jwt.decode(token);
    return typeof claims === "object" && claims?.aud === kind.audience;
  } catch {
    return false; // The library throws at a payload that is no JSON: a stranger's bytes.
  }
}

/** Who reads, or undefined when the credential is not good for this. @param nowMs the cluster's clock. */
export function verifyMediaCredential(
  key: KeyObject,
  credential: string,
  { holder, path }: Pick<MediaGrant, "holder" | "path">,
  nowMs: number,
): { readonly follower: string; readonly epoch: number; readonly expiresAtMs: number } | undefined {
  const claims = readClusterCredential(key, kind, credential, nowMs);
  if (!claims || claims["holder"] !== holder || claims["path"] !== path) return undefined;
  const { sub, epoch, exp } = claims;
  if (typeof sub !== "string" || !isNodeId(sub)) return undefined;
  if (epoch !== 0 && !isEpoch(epoch)) return undefined;
  return { follower: sub, epoch, expiresAtMs: (exp + mediaCredentialLifetimeS) * 1000 };
}
