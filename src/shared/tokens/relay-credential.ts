// What a gateway shows a slave when it hands it a teacher's stream: a short-lived JWT under a key derived from
// CLUSTER_SECRET. The gateway has checked the stream key; this says as which epoch the slave is to carry the stream.
import type { KeyObject } from "node:crypto";
import { isEpoch } from "../protocol/epochs.ts";
import { isNodeId, isStreamPath } from "../protocol/names.ts";
import { readClusterCredential, signClusterCredential } from "./cluster-credential.ts";
import type { CredentialKind } from "./cluster-credential.ts";

const kind: CredentialKind = { audience: "airclass-relay", lifetimeS: 60 };

export interface RelayGrant {
  /** Who relays. */
  readonly gatewayId: string;
  /** Node id of the slave that is to be the origin. */
  readonly nodeId: string;
  readonly path: string;
  /** Higher than that of every origin before. */
  readonly epoch: number;
  /** The origin before, where it still runs and its last media is worth waiting for (drain); else undefined. */
  readonly handoverFrom: string | undefined;
  /** The frame with this RTMP timestamp came to the gateway at this Unix time; so program date-time is that of the lesson although frames are replayed. */
  readonly anchor: { readonly timestampMs: number; readonly wallMs: number } | undefined;
}

/** @param nowMs the cluster's clock. Goes into the RTMP stream name as `?relay=`. */
export function signRelayCredential(key: KeyObject, grant: RelayGrant, nowMs: number): string {
  const { gatewayId, nodeId, path, epoch, handoverFrom, anchor } = grant;
  const claims = {
    sub: gatewayId,
    node: nodeId,
    path,
    epoch,
    ...(handoverFrom === undefined ? {} : { from: handoverFrom }),
    ...(anchor ? { at: [anchor.timestampMs, anchor.wallMs] } : {}),
  };
  return signClusterCredential(key, kind, claims, nowMs);
}

/** The grant, or undefined when it is not good on this node for this path. @param nowMs the cluster's clock. */
export function readRelayCredential(
  key: KeyObject,
  credential: string,
  expected: { readonly nodeId: string; readonly path: string },
  nowMs: number,
): RelayGrant | undefined {
  const claims = readClusterCredential(key, kind, credential, nowMs);
  if (!claims) return undefined;
  const { sub, node, path, epoch, from, at } = claims;
  if (typeof sub !== "string" || !isNodeId(sub) || node !== expected.nodeId || path !== expected.path) return undefined;
  if (typeof path !== "string" || !isStreamPath(path) || !isEpoch(epoch)) return undefined;
  if (from !== undefined && (typeof from !== "string" || !isNodeId(from))) return undefined;
  return { gatewayId: sub, nodeId: expected.nodeId, path, epoch, handoverFrom: from, anchor: readAnchor(at) };
}

function readAnchor(at: unknown): RelayGrant["anchor"] {
  if (!Array.isArray(at) || at.length !== 2) return undefined;
  const [timestampMs, wallMs] = at as unknown[];
  return Number.isFinite(timestampMs) && Number.isFinite(wallMs)
    ? { timestampMs: timestampMs as number, wallMs: wallMs as number }
    : undefined;
}
