import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../shared/kernel/user-error.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import type { SigningKeyStore, StoredSigningKey } from "../store/store.ts";
import { openKeyRing, retireSigningKeys } from "./key-ring.ts";

const { sealing } = deriveClusterKeys("a secret of the cluster");
const config = { jwtSecret: undefined, tokenTtlMs: 3_600_000 };

function memoryStore(keys: StoredSigningKey[] = []): SigningKeyStore {
  const byKid = new Map(keys.map((key) => [key.kid, key]));
  return {
    list: () => [...byKid.values()].toSorted((a, b) => b.createdAtMs - a.createdAtMs),
    insert: (key) => void byKid.set(key.kid, key),
    retire(kid, atMs) {
      const key = byKid.get(kid);
      if (key) byKid.set(kid, { ...key, retiredAtMs: atMs });
    },
    delete: (kid) => void byKid.delete(kid),
  };
}

test("the first ring makes a key, the next one finds it", async () => {
  const store = memoryStore();
  const first = openKeyRing(config, { store, sealing, nowMs: 0 });
  const second = openKeyRing(config, { store, sealing, nowMs: 1e12 });
  assert.equal(second.current.kid, first.current.kid);
  assert.equal(second.version, first.version);
  assert.equal((await second.sealed()).version, first.version);
});

test("a retired key verifies until its last token has ended, and signs no more", () => {
  const store = memoryStore();
  const old = openKeyRing(config, { store, sealing, nowMs: 0 }).current.kid;
  retireSigningKeys(store, 1_000);
  const rotated = openKeyRing(config, { store, sealing, nowMs: 2_000 });
  assert.notEqual(rotated.current.kid, old);
  assert.deepEqual([...rotated.verifying.keys()].toSorted(), [old, rotated.current.kid].toSorted());
  assert.equal(openKeyRing(config, { store, sealing, nowMs: 3_601_000 }).verifying.size, 2);
  const later = openKeyRing(config, { store, sealing, nowMs: 3_601_001 });
  assert.deepEqual([...later.verifying.keys()], [rotated.current.kid]);
  assert.equal(store.list().length, 1);
});

test("with a shared secret nothing is stored, and nothing is public", () => {
  const store = memoryStore();
  const ring = openKeyRing({ ...config, jwtSecret: "a shared secret of more than thirty-two bytes" }, { store, sealing, nowMs: 0 });
  assert.equal(ring.current.algorithm, "HS256");
  assert.deepEqual(ring.jwks(), { keys: [] });
  assert.equal(store.list().length, 0);
});

test("a stored key that cannot be read is a sentence", () => {
  const store = memoryStore([{ kid: "broken", pem: "no PEM", createdAtMs: 0, retiredAtMs: undefined }]);
  assert.throws(
    () => openKeyRing(config, { store, sealing, nowMs: 0 }),
    (error) => error instanceof UserError && /broken/.test(error.message),
  );
});
