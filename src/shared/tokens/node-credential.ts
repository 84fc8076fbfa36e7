// How a slave proves to the master who it is, and the master that an answer is its own: short-lived JWTs
// under a key derived from CLUSTER_SECRET, each bound to one node, one request and one body, usable once.
import { createHash } from "node:crypto";
import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { isNodeId } from "../protocol/names.ts";
import { randomId } from "./random-secrets.ts";

/** How long a credential lives; also how far the two clocks may differ. */
export const credentialLifetimeS = 60;

export interface RequestBinding {
  readonly nodeId: string;
  readonly method: string;
  /** Path of the URL without the query. */
  readonly path: string;
  /** The body as sent; empty for none. */
  readonly body: Buffer | string;
}

export type CredentialRefusal = "credential_invalid" | "credential_replayed" | "credential_wrong_node" | "clock_skew";
type Refusal = { ok: false; code: CredentialRefusal; detail: string };
export type CredentialVerdict = { ok: true; nodeId: string; id: string } | Refusal;

const hashBody = (body: Buffer | string): string => createHash("sha256").update(body).digest("base64url");

/** @param nowMs wall clock; a slave adds what it knows of the master's clock. Returns the value of `Authorization: Bearer`. */
export function signCredential(key: KeyObject, binding: RequestBinding, nowMs: number): { credential: string; id: string } {
  const id = randomId();
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    sub: binding.nodeId,
    aud: "airclass-master",
    jti: id,
    iat,
    exp: iat + credentialLifetimeS,
    htm: binding.method,
    htu: binding.path,
    bh: hashBody(binding.body),
  };
  return { credential: jwt.sign(claims, key, { algorithm: "HS256" }), id };
}

export interface CredentialVerifier {
  /** The refusal of one that was not made with CLUSTER_SECRET or is not of now; to be asked before a body is read for it. */
  refusalUnread(credential: string, nowMs: number): Refusal | undefined;
  /** `claimedNodeId` is the node that the request speaks for (body or URL). */
  verify(credential: string, request: Omit<RequestBinding, "nodeId"> & { claimedNodeId: string }, nowMs: number): CredentialVerdict;
}

/** Remembers the ids of credentials until they have expired, so that none is used twice; at most `maxRemembered` (then the oldest go). */
export function createCredentialVerifier(key: KeyObject, maxRemembered = 100_000): CredentialVerifier {
  const seen = new Map<string, number>();

  function forgetExpired(nowS: number): void {
    for (const [id, exp] of seen) {
      if (exp + credentialLifetimeS >= nowS && seen.size <= maxRemembered) break;
      seen.delete(id);
    }
  }

  /** What can be said without the request. */
  function read(credential: string, nowS: number): { ok: true; sub: string; jti: string; exp: number; claims: jwt.JwtPayload } | Refusal {
    let claims: jwt.JwtPayload;
    try {
      const decoded = jwt.verify(credential, key, { algorithms: ["HS256"], audience: "airclass-master", ignoreExpiration: true });
      if (typeof decoded === "string") return refuse("credential_invalid", "the credential has no claims");
      claims = decoded;
    } catch (error) {
      return refuse(
        "credential_invalid",
        `the signature does not fit: is CLUSTER_SECRET the same here and there? (${(error as Error).message})`,
      );
    }
    const { sub, jti, iat, exp } = claims;
    if (typeof sub !== "string" || !isNodeId(sub) || typeof jti !== "string" || typeof iat !== "number" || typeof exp !== "number") {
      return refuse("credential_invalid", "claims are missing");
    }
    if (Math.abs(nowS - iat) > credentialLifetimeS)
      return refuse("clock_skew", `the node's clock differs from the master's by ${nowS - iat} s`);
    return { ok: true, sub, jti, exp, claims };
  }

  return {
    refusalUnread(credential, nowMs) {
      const verdict = read(credential, Math.floor(nowMs / 1000));
      return verdict.ok ? undefined : verdict;
    },
    verify(credential, request, nowMs) {
      const nowS = Math.floor(nowMs / 1000);
      const verdict = read(credential, nowS);
      if (!verdict.ok) return verdict;
      const { sub, jti, exp } = verdict;
      const { htm, htu, bh } = verdict.claims;
      if (sub !== request.claimedNodeId)
        return refuse("credential_wrong_node", `the credential of ${sub} was used for ${request.claimedNodeId}`);
      if (htm !== request.method || htu !== request.path || bh !== hashBody(request.body)) {
        return refuse("credential_invalid", "the credential was made for another request");
      }
      forgetExpired(nowS);
      if (seen.has(jti)) return refuse("credential_replayed", "this credential was used before");
      seen.set(jti, exp);
      return { ok: true, nodeId: sub, id: jti };
    },
  };
}

function refuse(code: CredentialRefusal, detail: string): Refusal {
  return { ok: false, code, detail };
}

/** Header of the master's answers to nodes. */
export const answerHeader = "airclass-answer";

/** Signs the master's answer to the request that carried credential `requestId`, so that nobody else can give orders to slaves. */
export function signAnswer(key: KeyObject, requestId: string, body: Buffer | string): string {
  return jwt.sign({ aud: "airclass-node", req: requestId, bh: hashBody(body) }, key, { algorithm: "HS256", noTimestamp: true });
}

/** True when the answer was made for this request by somebody who knows CLUSTER_SECRET. */
export function isAnswerGenuine(key: KeyObject, signature: string | undefined | null, requestId: string, body: Buffer | string): boolean {
  if (!signature) return false;
  try {
    const claims = jwt.verify(signature, key, { algorithms: ["HS256"], audience: "airclass-node" });
    return typeof claims !== "string" && claims["req"] === requestId && claims["bh"] === hashBody(body);
  } catch {
    return false; // Every failure of the check means the same to the caller: not genuine.
  }
}
