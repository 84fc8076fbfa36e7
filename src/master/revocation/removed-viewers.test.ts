import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { classRecord } from "../../../test/support/class-record.ts";
import { openStore } from "../store/store.ts";
import { createRemovedViewers } from "./removed-viewers.ts";

const math = classRecord();

test("who was removed stays out of this class for twelve hours or until let in, however the name is written", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "airclass-removed-"));
  const time = { ms: 1_800_000_000_000 };
  const store = openStore(dir);
  t.after(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  store.classes.insert(math);
  store.classes.insert({ ...math, name: "art", joinCode: "K7QX2N" });
  const removed = createRemovedViewers({ store: store.revocations, clock: { wallMs: () => time.ms } });
  removed.remove("math", "Kim Minji");
  for (const name of ["Kim Minji", "kim minji", " KIM  MINJI ", "Ｋim Minji", "k\u200Bim\u3164 minji", "Kim\u00A0Minji"]) {
    assert.equal(removed.isRemoved("math", name), true, JSON.stringify(name));
  }
  removed.remove("math", "Zo\u00E9");
  // What looks the same: an accent of its own, also behind something invisible; a blank that is no space.
  for (const name of ["ZOE\u0301", "Zoe\u200D\u0301", "Zo\u00E9\u2800", "\u2800Zo\u00E9"]) {
    assert.equal(removed.isRemoved("math", name), true, JSON.stringify(name));
  }
  assert.equal(removed.letIn("math", "Zo\u00E9"), true);
  assert.equal(removed.isRemoved("math", "Kim Minjun"), false);
  assert.equal(removed.isRemoved("art", "Kim Minji"), false);
  assert.deepEqual(removed.list("math"), [{ userId: "Kim Minji", untilMs: time.ms + 43_200_000 }]);
  assert.equal(removed.letIn("math", "kim minji"), true);
  assert.equal(removed.letIn("math", "kim minji"), false);
  assert.equal(removed.isRemoved("math", "Kim Minji"), false);

  removed.remove("math", "lee");
  time.ms += 43_200_001;
  assert.equal(removed.isRemoved("math", "lee"), false);
  assert.deepEqual(removed.list("math"), []);

  removed.remove("math", "lee");
  store.classes.delete("math");
  store.classes.insert(math);
  assert.equal(removed.isRemoved("math", "lee"), false, "another class of the same name");
  removed.remove("nobody", "lee");
  assert.equal(removed.isRemoved("nobody", "lee"), false);
});

test("bounded per class", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "airclass-removed-"));
  const store = openStore(dir);
  t.after(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  store.classes.insert(math);
  let nowMs = 1_800_000_000_000;
  const removed = createRemovedViewers({ store: store.revocations, clock: { wallMs: () => nowMs++ } });
  for (let index = 0; index < 1_005; index += 1) removed.remove("math", `viewer ${index}`);
  assert.equal(removed.list("math").length, 1_000);
  assert.equal(removed.isRemoved("math", "viewer 0"), false);
  assert.equal(removed.isRemoved("math", "viewer 1004"), true);
});
