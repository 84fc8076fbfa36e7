import assert from "node:assert/strict";
import { test } from "node:test";
import { createStrangerWatch } from "./stranger-watch.ts";

const none = Number.POSITIVE_INFINITY;

test("a reader that nobody asked for is ended when it is listed for the second time", () => {
  const watch = createStrangerWatch();
  assert.deepEqual(watch.step(["a"], none, 1_000), []);
  assert.deepEqual(watch.step(["a", "b"], none, 2_000), ["a"]);
  assert.deepEqual(watch.step(["b"], none, 3_000), ["b"]);
});

test("one that may be a viewer's who still waits for the answer is left alone, one that was there before is not", () => {
  const watch = createStrangerWatch();
  watch.step(["old"], none, 1_000);
  assert.deepEqual(watch.step(["old", "new"], 1_500, 2_000), ["old"]);
  assert.deepEqual(watch.step(["new"], 1_500, 3_000), []);
  assert.deepEqual(watch.step(["new"], none, 4_000), ["new"], "when nobody waits any more");
});

test("one that was away is new again", () => {
  const watch = createStrangerWatch();
  watch.step(["a"], none, 1_000);
  watch.step([], none, 2_000);
  assert.deepEqual(watch.step(["a"], none, 3_000), []);
});
