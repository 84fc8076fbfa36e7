// Viewer and publisher tokens: signed by the master, verified by slaves without asking it. Pure but for the cryptography.
import jwt from "jsonwebtoken";
import { Compile } from "typebox/compile";
import { TokenClaims } from "../protocol/viewer-token.ts";
import type { ProblemCode } from "../protocol/problems.ts";
import type { SigningKey, VerifyingKey } from "./signing-keys.ts";

export type TokenRefusal = Extract<ProblemCode, "token_invalid" | "token_expired" | "wrong_node" | "wrong_path" | "wrong_action">;
export type TokenVerdict =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly code: TokenRefusal; readonly detail: string };

/** How long after `exp` a token still passes: clocks of cheap PCs differ by about this much. Seconds. */
export const expiryToleranceS = 2;

const claimsSchema = Compile(TokenClaims);

/** Signs claims as they are (RFC 7515 compact form). */
export function signToken(key: SigningKey, claims: TokenClaims): string {
  return jwt.sign(claims, key.signing, { algorithm: key.algorithm, keyid: key.kid });
}

/** Longer tokens are refused unread: ours have at most about 900 characters. */
const maxTokenLength = 2_048;

/**
 * Checks the signature and the shape, not yet the time nor what the token is for.
 * Only the algorithm of the named key is accepted, so nobody chooses `none` or mixes ES256 with HS256 (RFC 8725 §3.1).
 */
export function readToken(token: string, keys: ReadonlyMap<string, VerifyingKey>): TokenVerdict {
  if (token.length > maxTokenLength) return { ok: false, code: "token_invalid", detail: "the token is too long" };
  const header = headerOf(token);
  const key = header && keyFor(header, keys);
  if (!key)
    return {
      ok: false,
      code: "token_invalid",
      detail: header ? "the token was signed with a key that is not known here" : "this is not a JWT",
    };
  try {
    const claims = jwt.verify(token, key.verifying, { algorithms: [key.algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    if (!claimsSchema.Check(claims)) return { ok: false, code: "token_invalid", detail: "claims are missing or malformed" };
    return { ok: true, claims };
  } catch (error) {
    return { ok: false, code: "token_invalid", detail: (error as Error).message };
  }
}

/** Unverified. The library answers null to most of what is no JWT, and throws at a payload that is no JSON. */
function headerOf(token: string): jwt.JwtHeader | undefined {
  try {
    return jwt.decode(token, { complete: true })?.header;
  } catch {
    return undefined; // A stranger's bytes: not a JWT, like any other that is not one.
  }
}

/** Tokens of other systems that share JWT_SECRET may carry no `kid`: then the only key of the algorithm is meant. */
function keyFor(header: jwt.JwtHeader, keys: ReadonlyMap<string, VerifyingKey>): VerifyingKey | undefined {
  if (header.kid !== undefined) return keys.get(header.kid);
  const candidates = [...keys.values()].filter((key) => key.algorithm === header.alg);
  return candidates.length === 1 ? candidates[0] : undefined;
}

export interface TokenUse {
  readonly nodeId: string;
  readonly path: string;
  readonly action: TokenClaims["action"];
}

/** Whether claims, already verified, allow this use now. Called for each request: nothing but comparisons. */
export function checkUse(claims: TokenClaims, use: TokenUse, nowMs: number): TokenRefusal | undefined {
  if (nowMs / 1000 > claims.exp + expiryToleranceS) return "token_expired";
  if (claims.node_id !== use.nodeId) return "wrong_node";
  if (claims.path !== use.path) return "wrong_path";
  if (claims.action !== use.action) return "wrong_action";
  return undefined;
}
