import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { classRecord } from "../../../test/support/class-record.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { openStore } from "./store.ts";

function dataDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "airclass-store-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "data");
}

const math = classRecord();

test("classes survive closing and opening", (t) => {
  const dir = dataDir(t);
  const store = openStore(dir);
  assert.equal(store.classes.insert(math), true);
  assert.equal(store.classes.insert({ ...math, title: "Other" }), false);
  store.close();
  store.close();
  const again = openStore(dir);
  t.after(() => again.close());
  assert.deepEqual(again.classes.list(), [math]);
  assert.deepEqual(again.classes.update("math", { open: true, streamKeyHash: "h2" }), { ...math, open: true, streamKeyHash: "h2" });
  assert.deepEqual(again.classes.get("math"), { ...math, open: true, streamKeyHash: "h2" });
  assert.equal(again.classes.update("nobody", { open: true }), undefined);
  assert.equal(again.classes.delete("math"), true);
  assert.equal(again.classes.delete("math"), false);
});

test("hostile names are values, never SQL", (t) => {
  const store = openStore(dataDir(t));
  t.after(() => store.close());
  const name = "x'); DROP TABLE classes; --";
  assert.equal(store.classes.get(name), undefined);
  store.classes.insert({ ...math, name });
  assert.equal(store.classes.get(name)?.name, name);
  assert.equal(store.classes.list().length, 1);
});

test("signing keys, admin token, draining, known nodes", (t) => {
  const store = openStore(dataDir(t));
  t.after(() => store.close());
  store.signingKeys.insert({ kid: "old", pem: "p1", createdAtMs: 1, retiredAtMs: undefined });
  store.signingKeys.insert({ kid: "new", pem: "p2", createdAtMs: 2, retiredAtMs: undefined });
  store.signingKeys.retire("old", 9);
  assert.deepEqual(
    store.signingKeys.list().map((key) => [key.kid, key.retiredAtMs]),
    [
      ["new", undefined],
      ["old", 9],
    ],
  );
  store.signingKeys.delete("old");
  assert.equal(store.signingKeys.list().length, 1);
  assert.equal(store.adminToken.hash(), undefined);
  store.adminToken.setHash("a");
  store.adminToken.setHash("b");
  assert.equal(store.adminToken.hash(), "b");
  store.nodes.setDrainDeadline("n", 1_700_000_000_000);
  store.nodes.setDrainDeadline("n", 1_700_000_060_000);
  assert.equal(store.nodes.drainDeadline("n"), 1_700_000_060_000);
  store.nodes.setDrainDeadline("n", undefined);
  assert.equal(store.nodes.drainDeadline("n"), undefined);
  for (const [id, info] of [
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
  ] as const)
    store.nodes.setKnown(id, info);
  store.nodes.setKnown("a", undefined);
  assert.deepEqual([...store.nodes.known()], [["b", "3"]]);
});

test("a credential counts once, also after a restart, and is forgotten when it has expired", (t) => {
  const dir = dataDir(t);
  const store = openStore(dir);
  assert.equal(store.nodes.useCredential("c", 100, 0), true);
  store.close();
  const again = openStore(dir);
  t.after(() => again.close());
  assert.equal(again.nodes.useCredential("c", 100, 100), false);
  assert.equal(again.nodes.useCredential("c", 300, 101), true);
});

test("only the owner may read it", (t) => {
  const dir = dataDir(t);
  const store = openStore(dir);
  t.after(() => store.close());
  store.classes.insert(math);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const suffix of ["", "-wal", "-shm"]) assert.equal(statSync(join(dir, `airclass.db${suffix}`)).mode & 0o777, 0o600, suffix);
});

function sentence(dir: string): string {
  try {
    openStore(dir).close();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  return assert.fail("opened");
}

test("what is wrong with DATA_DIR is said in a sentence", (t) => {
  const parent = dataDir(t);
  mkdirSync(parent);
  writeFileSync(join(parent, "file"), "");
  assert.match(sentence(join(parent, "file", "data")), /^DATA_DIR .* cannot be used \(ENOTDIR\)/);

  const garbage = join(parent, "garbage");
  mkdirSync(garbage);
  writeFileSync(join(garbage, "airclass.db"), "this is not a database, but long enough to have a header of one".repeat(100));
  assert.match(sentence(garbage), /airclass\.db is damaged \(file is not a database\): restore it/);

  const newer = join(parent, "newer");
  openStore(newer).close();
  const database = new DatabaseSync(join(newer, "airclass.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.match(sentence(newer), /newer AIRClass/);
});
