import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { classRecord } from "../../../test/support/class-record.ts";
import { databaseFile } from "./database.ts";
import { migrations } from "./migrations.ts";
import { openStore } from "./store.ts";

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "airclass-sessions-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "data");
}

const lesson = classRecord({ closedAtMs: 7, teacherTokenHash: "t" });
const session = (idHash: string, className: string | undefined, expiresAtMs: number) => ({
  idHash,
  className,
  credential: "c",
  signedInAtMs: 1,
  expiresAtMs,
});

test("sessions survive closing and opening, end with their class, are put off and deleted", (t) => {
  const dir = folder(t);
  const store = openStore(dir);
  store.classes.insert(lesson);
  const [admin, teacher] = [session("a", undefined, 100), session("b", "math", 200)];
  store.sessions.insert(admin, 10);
  store.sessions.insert(teacher, 10);
  store.close();
  const again = openStore(dir);
  t.after(() => again.close());
  assert.deepEqual(again.classes.list(), [lesson]);
  assert.deepEqual([again.sessions.get("a"), again.sessions.get("b"), again.sessions.get("c")], [admin, teacher, undefined]);
  again.sessions.setExpiry("a", 150);
  again.sessions.deleteExpired(149);
  assert.equal(again.sessions.get("a")?.expiresAtMs, 150);
  again.sessions.deleteExpired(150);
  assert.equal(again.sessions.get("a"), undefined);
  again.classes.delete("math");
  assert.equal(again.sessions.get("b"), undefined);
  assert.throws(() => again.sessions.insert(session("d", "math", 1), 10), /FOREIGN KEY/, "of a class that is gone");
});

test("at most so many per class, and of the admin: those that would expire first go", (t) => {
  const store = openStore(folder(t));
  t.after(() => store.close());
  store.classes.insert(lesson);
  store.sessions.insert(session("admin", undefined, 1), 2);
  for (const [idHash, expiresAtMs] of [
    ["x", 10],
    ["y", 30],
    ["z", 20],
    ["w", 5],
  ] as const)
    store.sessions.insert(session(idHash, "math", expiresAtMs), 2);
  const left = ["admin", "x", "y", "z", "w"].filter((idHash) => store.sessions.get(idHash));
  assert.deepEqual(left, ["admin", "y", "w"]);
});

test("a store of before: its classes are open to the next lesson, also two with one code", (t) => {
  const dir = folder(t);
  mkdirSync(dir);
  const old = new DatabaseSync(databaseFile(dir));
  for (const migration of migrations.slice(0, 2)) old.exec(migration);
  old.exec("PRAGMA user_version = 2");
  const insert = old.prepare(
    "INSERT INTO classes (name, title, open, join_code, stream_key_hash, created_at_ms) VALUES (?, 'T', 0, 'SAME', 'h', ?)",
  );
  insert.run("art", 2);
  insert.run("math", 1);
  old.close();
  const store = openStore(dir);
  t.after(() => store.close());
  assert.deepEqual(
    store.classes.withJoinCode("same").map(({ name, closedAtMs, teacherTokenHash }) => [name, closedAtMs, teacherTokenHash]),
    [
      ["math", undefined, undefined],
      ["art", undefined, undefined],
    ],
  );
});
