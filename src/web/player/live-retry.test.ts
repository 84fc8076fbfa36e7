import assert from "node:assert/strict";
import { test } from "node:test";
import { createLiveRetry } from "./live-retry.ts";

/** No jitter: the upper end. */
const create = () => createLiveRetry(() => 1);

test("it is tried while something plays or is to play, and after failures later and later", () => {
  const retry = create();
  for (const phase of ["connecting", "playing", "buffering"] as const) assert.equal(retry.isDue(0, phase), true);
  for (const phase of ["paused", "waiting_for_teacher", "reconnecting", "refused"] as const) assert.equal(retry.isDue(0, phase), false);
  retry.failed(0, "playing");
  assert.deepEqual([retry.isDue(1_999, "playing"), retry.isDue(2_000, "playing")], [false, true]);
  retry.failed(2_000, "playing");
  assert.deepEqual([retry.isDue(5_999, "playing"), retry.isDue(6_000, "playing")], [false, true]);
});

test("what failed before there was a class counts no more when it plays", () => {
  const retry = create();
  retry.failed(0, "connecting");
  assert.equal(retry.isDue(100, "connecting"), false);
  retry.failed(2_000, "waiting_for_teacher");
  assert.equal(retry.isDue(2_100, "playing"), true);
  retry.failed(2_100, "playing");
  assert.deepEqual([retry.isDue(4_099, "playing"), retry.isDue(4_100, "playing")], [false, true]);
});

test("what broke is tried again soon when it had played for long, else later and later; a choice or a change is tried at once", () => {
  const retry = create();
  retry.broke(0, 1_000);
  retry.broke(2_000, 1_000);
  assert.equal(retry.isDue(5_999, "playing"), false);
  retry.soon();
  assert.equal(retry.isDue(3_000, "playing"), true);
  retry.broke(3_000, 30_000);
  assert.deepEqual([retry.isDue(4_999, "playing"), retry.isDue(5_000, "playing")], [false, true]);
  retry.broke(5_000, 1_000);
  retry.chosen();
  assert.equal(retry.isDue(5_000, "playing"), true);
});
