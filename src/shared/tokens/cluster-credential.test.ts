import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { readClusterCredential, signClusterCredential } from "./cluster-credential.ts";

const key = createSecretKey(randomBytes(32));
const kind = { audience: "a-test", lifetimeS: 60 };
const nowMs = 1_700_000_000_000;

test("what was signed is read: for one life, and one more for clocks that differ", () => {
  const credential = signClusterCredential(key, kind, { sub: "s1", epoch: 3 }, nowMs);
  for (const laterS of [-60, 0, 59, 119]) {
    const claims = readClusterCredential(key, kind, credential, nowMs + laterS * 1_000);
    assert.equal(claims?.["epoch"], 3, `${laterS} s later`);
  }
  for (const laterS of [-61, 120]) assert.equal(readClusterCredential(key, kind, credential, nowMs + laterS * 1_000), undefined);
});

test("another kind, another key, or no credential at all is undefined", () => {
  const credential = signClusterCredential(key, kind, { sub: "s1" }, nowMs);
  assert.equal(readClusterCredential(key, { ...kind, audience: "another" }, credential, nowMs), undefined);
  assert.equal(readClusterCredential(createSecretKey(randomBytes(32)), kind, credential, nowMs), undefined);
  for (const garbage of ["", "a.b.c", credential.slice(0, -2)]) assert.equal(readClusterCredential(key, kind, garbage, nowMs), undefined);
});
