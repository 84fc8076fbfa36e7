// What the master shows a slave when it asks it for something: a short-lived JWT under a key derived from CLUSTER_SECRET,
// bound to the slave, to what is asked, and to the stream that it is about. Usable more than once while it lives: nothing
// that is asked so changes anything. The answer is signed for it (node-credential.ts).
import type { KeyObject } from "node:crypto";
import { readClusterCredential, signClusterCredential } from "./cluster-credential.ts";
import type { CredentialKind } from "./cluster-credential.ts";
import { randomId } from "./random-secrets.ts";

const kind: CredentialKind = { audience: "airclass-slave", lifetimeS: 30 };

export interface MasterQuestion {
  /** Node id of the slave that is asked. */
  readonly nodeId: string;
  /** Who watches a stream; or that it send a heartbeat now. */
  readonly ask: "viewers" | "nudge";
  /** The stream that it is about; undefined for none. */
  readonly path: string | undefined;
}

/** @param nowMs the cluster's clock. Returns the value of `Authorization: Bearer`, and the id for which the answer is signed. */
export function signMasterCredential(
  key: KeyObject,
  { nodeId, ask, path }: MasterQuestion,
  nowMs: number,
): { readonly credential: string; readonly id: string } {
  const id = randomId();
  const claims = { node: nodeId, ask, jti: id, ...(path === undefined ? {} : { path }) };
  return { credential: signClusterCredential(key, kind, claims, nowMs), id };
}

/** Its id, or undefined when it is not good for this question. @param nowMs the cluster's clock. */
export function readMasterCredential(
  key: KeyObject,
  credential: string,
  { nodeId, ask, path }: MasterQuestion,
  nowMs: number,
): string | undefined {
  const claims = readClusterCredential(key, kind, credential, nowMs);
  if (!claims || claims["node"] !== nodeId || claims["ask"] !== ask || claims["path"] !== path) return undefined;
  return typeof claims["jti"] === "string" ? claims["jti"] : undefined;
}
