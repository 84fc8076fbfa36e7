// Lets slaves check the admin token without knowing it: they get a MAC of it under a key of the cluster, which is
// of no use to somebody who listens on the network (a plain hash of a weak token could be guessed).
import { createHmac, timingSafeEqual } from "node:crypto";
import type { ClusterKeys } from "./cluster-keys.ts";
import { hashSecret } from "./random-secrets.ts";

/** What the master tells its slaves, base64url. @param adminTokenHash `hashSecret` of the token, which is all that the master keeps. */
export function adminProof(keys: ClusterKeys, adminTokenHash: string): string {
  return mac(keys, adminTokenHash).toString("base64url");
}

/** Constant time. */
export function isAdminToken(keys: ClusterKeys, token: string, proof: string): boolean {
  const expected = Buffer.from(proof, "base64url");
  const actual = mac(keys, hashSecret(token));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function mac(keys: ClusterKeys, adminTokenHash: string): Buffer {
  return createHmac("sha256", keys.credential).update("admin token v1").update(adminTokenHash).digest();
}
