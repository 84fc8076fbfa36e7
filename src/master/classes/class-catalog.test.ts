import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openStore } from "../store/store.ts";
import { createClassCatalog } from "./class-catalog.ts";

function setUp(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-classes-"));
  const store = openStore(dataDir);
  t.after(() => {
    store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const world = { nowMs: 1_000 };
  const catalog = createClassCatalog(store.classes, { wallMs: () => world.nowMs, monotonicMs: () => 0 });
  const create = (name: string, joinCode?: string) => catalog.create({ name, title: undefined, open: undefined, joinCode });
  return { store, world, catalog, create };
}

test("a join code is one class's alone, in capital and small letters", (t) => {
  const { catalog, create } = setUp(t);
  create("math", "Abc-1");
  assert.equal(create("art", "aBC-1"), "join_code_taken");
  assert.equal(create("math", "new-1"), "class_exists");
  create("art", "xyz-1");
  assert.equal(catalog.change("art", { joinCode: "ABC-1" }), "join_code_taken");
  const changed = catalog.change("math", { joinCode: "ABC-1" });
  assert.ok(typeof changed === "object" && changed.joinCode === "ABC-1", "its own, written otherwise");
  assert.equal(catalog.findByJoinCode("abc-1")?.name, "math");
  assert.equal(catalog.findByJoinCode("nothing"), undefined);
  catalog.delete("math");
  assert.equal(typeof catalog.change("art", { joinCode: "abc-1" }), "object", "free again");
});

test("classes that have had the same code since before go on with it", (t) => {
  const { store, catalog } = setUp(t);
  const old = { title: "", open: false, joinCode: "SAME", streamKeyHash: "h", closedAtMs: undefined, teacherTokenHash: undefined };
  store.classes.insert({ ...old, name: "b", createdAtMs: 1 });
  store.classes.insert({ ...old, name: "a", createdAtMs: 2 });
  assert.equal(catalog.findByJoinCode("same")?.name, "b", "the older one");
  assert.equal(typeof catalog.change("a", { joinCode: "same", title: "A" }), "object", "it may be said again");
  catalog.change("b", { closed: true });
  assert.equal(catalog.findByJoinCode("same")?.name, "a", "the one that is not over");
  catalog.change("a", { closed: true });
  assert.equal(catalog.findByJoinCode("same")?.name, "b");
});

test("closed: since when is kept, grants say so, listeners hear it once; opened again it is as before", (t) => {
  const { catalog, create, world } = setUp(t);
  create("math");
  const before = catalog.grants();
  const heard: string[] = [];
  const stop = catalog.listen({
    ended: (path, atMs) => heard.push(`ended ${path} ${atMs} ${catalog.get("math")?.closedAtMs ?? "gone"}`),
    changed: (name) => heard.push(`changed ${name}`),
  });
  world.nowMs = 2_000;
  catalog.change("math", { closed: true });
  world.nowMs = 3_000;
  catalog.change("math", { closed: true, title: "Maths" });
  assert.deepEqual(heard.splice(0), ["ended live/math 2000 2000", "changed math", "changed math"]);
  assert.deepEqual(
    catalog.grants().classes.map(({ name, closed }) => [name, closed]),
    [["math", true]],
  );
  assert.notEqual(catalog.grants().version, before.version);
  catalog.change("math", { closed: false });
  assert.deepEqual(catalog.grants(), before);
  assert.deepEqual(heard.splice(0), ["changed math"]);
  catalog.delete("math");
  assert.deepEqual(heard.splice(0), ["ended live/math 3000 gone", "changed math"]);
  stop();
  create("math");
  assert.deepEqual(heard, []);
});

test("a teacher token finds its class until it is replaced or taken away", (t) => {
  const { catalog, create } = setUp(t);
  create("math");
  create("art");
  const first = catalog.makeTeacherToken("math") ?? "";
  assert.equal(catalog.findByTeacherToken(first)?.name, "math");
  const second = catalog.makeTeacherToken("math") ?? "";
  assert.equal(catalog.findByTeacherToken(first), undefined);
  catalog.change("math", { title: "x", closed: true });
  assert.equal(catalog.findByTeacherToken(second)?.name, "math", "other changes leave it");
  assert.equal(catalog.removeTeacherToken("math"), true);
  assert.equal(catalog.findByTeacherToken(second), undefined);
  assert.equal(catalog.makeTeacherToken("nothing"), undefined);
  assert.equal(catalog.removeTeacherToken("nothing"), false);
});
