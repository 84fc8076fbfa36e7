// What the short-lived credentials between nodes have in common: a JWT (RFC 7519), HS256 under a key derived from
// CLUSTER_SECRET, judged by the cluster's clock. What is in one, and what it is good for, its own file says.
import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";

export interface CredentialKind {
  readonly audience: string;
  /** Also how far the two clocks may differ, on top. */
  readonly lifetimeS: number;
}

/** @param nowMs the cluster's clock */
export function signClusterCredential(
  key: KeyObject,
  kind: CredentialKind,
  claims: Readonly<Record<string, unknown>>,
  nowMs: number,
): string {
  const iat = Math.floor(nowMs / 1000);
  return jwt.sign({ ...claims, aud: kind.audience, iat, exp: iat + kind.lifetimeS }, key, { algorithm: "HS256" });
}

/** Its claims, or undefined when it is of another kind or key, malformed, or not good now. @param nowMs the cluster's clock */
export function readClusterCredential(
  key: KeyObject,
  { audience, lifetimeS }: CredentialKind,
  credential: string,
  nowMs: number,
): (Readonly<Record<string, unknown>> & { readonly exp: number }) | undefined {
  try {
    const claims = jwt.verify(credential, key, {
      algorithms: ["HS256"],
      audience,
      clockTimestamp: Math.floor(nowMs / 1000),
      clockTolerance: lifetimeS,
    });
    if (typeof claims === "string" || claims.exp === undefined) return undefined;
    // One from the future would live for longer than its kind.
    if ((claims.iat ?? Infinity) * 1000 > nowMs + lifetimeS * 1000) return undefined;
    return { ...claims, exp: claims.exp };
  } catch {
    return undefined; // Every failure of the check means the same to the caller: not good.
  }
}
