import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import jwt from "jsonwebtoken";
import type { TokenClaims } from "../protocol/viewer-token.ts";
import { deriveClusterKeys } from "./cluster-keys.ts";
import {
  generateSigningKey,
  keySetVersion,
  openKeySet,
  publicJwks,
  sealKeySet,
  signingKeyFromPem,
  signingKeyFromSecret,
} from "./signing-keys.ts";
import { checkUse, expiryToleranceS, readToken, signToken } from "./viewer-token.ts";

const iat = 1_800_000_000;
const claims: TokenClaims = {
  user_type: "student",
  user_id: "kim",
  action: "read",
  path: "live/math",
  node_id: "slave-1",
  iat,
  exp: iat + 3600,
  jti: "0123456789abcdef",
};
const use = { nodeId: "slave-1", path: "live/math", action: "read" } as const;
const { key, pem } = generateSigningKey();
const keys = new Map([[key.kid, key]]);

test("what the master signs, a slave reads with the public key alone", async () => {
  const sealing = deriveClusterKeys("a secret of the cluster").sealing;
  const [opened] = await openKeySet(await sealKeySet([key], sealing), sealing);
  assert.ok(opened);
  assert.equal(opened.verifying.type, "public");
  const verdict = readToken(signToken(key, claims), new Map([[opened.kid, opened]]));
  assert.deepEqual(verdict, { ok: true, claims });
  assert.equal(signingKeyFromPem(pem).kid, key.kid, "the same key after a restart");
});

test("an HS256 secret travels sealed, and never in the public set", async () => {
  const secret = "a shared secret of more than 32 bytes, they say";
  const shared = signingKeyFromSecret(secret);
  const sealing = deriveClusterKeys("a secret of the cluster").sealing;
  const set = await sealKeySet([shared], sealing);
  assert.ok(!JSON.stringify(set).includes(Buffer.from(secret).toString("base64url")));
  const [opened] = await openKeySet(set, sealing);
  assert.ok(opened && readToken(signToken(shared, claims), new Map([[opened.kid, opened]])).ok);
  await assert.rejects(openKeySet(set, deriveClusterKeys("another secret of 16").sealing));
  assert.deepEqual(
    publicJwks([shared, key]).keys.map((jwk) => jwk["kid"]),
    [key.kid],
  );
  assert.notEqual(keySetVersion([key]), keySetVersion([shared]));
});

test("tokens of a system that shares JWT_SECRET need no kid", () => {
  const shared = signingKeyFromSecret("a shared secret of more than 32 bytes, they say");
  const token = jwt.sign(claims, shared.signing, { algorithm: "HS256" });
  assert.ok(readToken(token, new Map([[shared.kid, shared]])).ok);
});

test("forgeries: other key, changed claims, alg none, HS256 with the public key as secret, malformed", () => {
  const token = signToken(key, claims);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const publicPem = key.verifying.export({ type: "spki", format: "pem" }).toString();
  const confused = `${encode({ alg: "HS256", typ: "JWT", kid: key.kid })}.${payload}`;
  const forged = [
    signToken({ ...generateSigningKey().key, kid: key.kid }, claims),
    `${header}.${encode({ ...claims, node_id: "slave-2" })}.${signature}`,
    `${encode({ alg: "none", kid: key.kid })}.${payload}.`,
    `${confused}.${createHmac("sha256", publicPem).update(confused).digest("base64url")}`,
    signToken(generateSigningKey().key, claims),
    signToken(key, { ...claims, path: "live/../x" }),
    signToken(key, { ...claims, exp: 0.5 }),
    jwt.sign({ ...claims, jti: undefined }, key.signing, { algorithm: "ES256", keyid: key.kid }),
    // The library parses this payload before anything is checked, and throws.
    `${encode({ alg: "ES256", typ: "JWT", kid: key.kid })}.bm90IEpTT04.x`,
    `${encode({ alg: "ES256", typ: "JWT" })}.bm90IEpTT04.`,
    "MQ.x.x",
    "",
    "a.b.c",
    "x".repeat(10_000),
  ];
  for (const attempt of forged) assert.equal(readToken(attempt, keys).ok, false, attempt.slice(0, 80));
});

test("what a token may be used for, and until when", () => {
  const at = (seconds: number) => seconds * 1000;
  assert.equal(checkUse(claims, use, at(iat)), undefined);
  assert.equal(checkUse(claims, use, at(claims.exp + expiryToleranceS)), undefined);
  assert.equal(checkUse(claims, use, at(claims.exp + expiryToleranceS) + 1), "token_expired");
  assert.equal(checkUse(claims, { ...use, nodeId: "slave-2" }, at(iat)), "wrong_node");
  assert.equal(checkUse(claims, { ...use, path: "live/art" }, at(iat)), "wrong_path");
  assert.equal(checkUse({ ...claims, action: "publish" }, use, at(iat)), "wrong_action");
});
