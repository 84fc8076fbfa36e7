import assert from "node:assert/strict";
import { test } from "node:test";
import { createPathWaits } from "./path-waits.ts";

test("all who wait for a path get the answer, and nobody else", async () => {
  const waits = createPathWaits<number>();
  const mine = Promise.all([waits.wait("live/a", 60_000), waits.wait("live/a", 60_000)]);
  const other = waits.wait("live/b", 60_000);
  waits.answer("live/a", 7);
  assert.deepEqual(await mine, [7, 7]);
  assert.deepEqual([...waits.paths()], ["live/b"]);
  for (const path of waits.paths()) waits.answer(path, undefined);
  assert.equal(await other, undefined);
  assert.equal(waits.has("live/b"), false);
});

test("after its time a wait ends without an answer, and leaves nothing behind", async () => {
  const waits = createPathWaits<number>();
  const patient = waits.wait("live/a", 60_000);
  assert.equal(await waits.wait("live/a", 1), undefined);
  assert.equal(waits.has("live/a"), true);
  waits.answer("live/a", 1);
  assert.equal(await patient, 1);
  assert.equal(waits.has("live/a"), false);
});

test("who waits again because of an answer waits for the next", async () => {
  const waits = createPathWaits<number>();
  const again = waits.wait("live/a", 60_000).then(() => waits.wait("live/a", 60_000));
  waits.answer("live/a", 1);
  await new Promise(setImmediate);
  assert.equal(waits.has("live/a"), true);
  waits.answer("live/a", 2);
  assert.equal(await again, 2);
});
