// Keys that sign viewer tokens (master) and the public set that verifies them (slaves).
// ES256 pairs by default; HS256 with JWT_SECRET for those who share a secret with other systems.
import { createHash, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";
import type { KeySet } from "../protocol/cluster-messages.ts";

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: "ES256" | "HS256";
  readonly signing: KeyObject;
  readonly verifying: KeyObject;
}

/** 48 bits tell a handful of keys apart. */
const kidLength = 8;

export type VerifyingKey = Omit<SigningKey, "signing">;

/** A new P-256 pair; `pem` (PKCS #8) is what the store keeps. */
export function generateSigningKey(): { key: SigningKey; pem: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key: signingKeyFromPem(pem), pem };
}

/** @throws Error when the PEM is not a private key. */
export function signingKeyFromPem(pem: string): SigningKey {
  const signing = createPrivateKey(pem);
  const verifying = createPublicKey(signing);
  return { kid: thumbprint(verifying.export({ format: "jwk" })), algorithm: "ES256", signing, verifying };
}

/** @param secret JWT_SECRET, at least 32 bytes (RFC 7518 §3.2). */
export function signingKeyFromSecret(secret: string): SigningKey {
  // A KeyObject, not a string: jsonwebtoken is 50 times faster with it.
  const key = createSecretKey(Buffer.from(secret));
  const kid = createHash("sha256").update("airclass kid").update(secret).digest("base64url").slice(0, kidLength);
  return { kid, algorithm: "HS256", signing: key, verifying: key };
}

/** The first characters of RFC 7638's thumbprint of an EC key: every URI of a playlist carries them. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url").slice(0, kidLength);
}

/** The public keys as RFC 7517 for /.well-known/jwks.json: never a secret one. */
export function publicJwks(keys: readonly VerifyingKey[]): { keys: Record<string, unknown>[] } {
  return { keys: keys.filter((key) => key.algorithm === "ES256").map(publicJwk) };
}

function publicJwk({ kid, verifying }: VerifyingKey): Record<string, unknown> & { kid: string; kty: string } {
  return { ...verifying.export({ format: "jwk" }), kty: "EC", kid, alg: "ES256", use: "sig" };
}

/** What slaves get. An HS256 secret is sealed (JWE, `dir` with A256GCM) under a key derived from CLUSTER_SECRET. */
export async function sealKeySet(keys: readonly VerifyingKey[], sealing: KeyObject): Promise<KeySet> {
  const sealed = await Promise.all(
    keys.map(async (key) => {
      if (key.algorithm === "ES256") return { ...publicJwk(key), alg: "ES256" as const };
      const header = { alg: "dir", enc: "A256GCM" } as const;
      const sealedKey = await new CompactEncrypt(key.verifying.export()).setProtectedHeader(header).encrypt(sealing);
      return { kid: key.kid, kty: "oct", alg: "HS256" as const, sealed: sealedKey };
    }),
  );
  return { version: keySetVersion(keys), keys: sealed };
}

/** Changes when the set does. */
export function keySetVersion(keys: readonly VerifyingKey[]): string {
  return createHash("sha256")
    .update(keys.map((key) => key.kid).join(" "))
    .digest("base64url")
    .slice(0, 16);
}

/** @throws Error when a key cannot be opened or read. */
export async function openKeySet(set: KeySet, sealing: KeyObject): Promise<VerifyingKey[]> {
  return Promise.all(
    set.keys.map(async ({ kid, alg, ...jwk }) => {
      if (alg === "ES256") return { kid, algorithm: alg, verifying: createPublicKey({ key: jwk, format: "jwk" }) };
      const { plaintext } = await compactDecrypt(String((jwk as Record<string, unknown>)["sealed"]), sealing);
      return { kid, algorithm: alg, verifying: createSecretKey(plaintext) };
    }),
  );
}
