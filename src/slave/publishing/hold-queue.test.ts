import assert from "node:assert/strict";
import { test } from "node:test";
import { createHoldQueue } from "./hold-queue.ts";
import { createPauseDetector } from "./pause-detector.ts";

test("in order, bounded alone and together; what has no media is always taken", () => {
  const budget = { maxBytes: 3_000, bytes: 0 };
  const one = createHoldQueue(2_000, budget);
  const other = createHoldQueue(2_000, budget);
  const seen: string[] = [];
  assert.ok(one.push(1_000, () => void seen.push("a")));
  assert.ok(!one.push(1_000, () => void seen.push("too much")));
  assert.ok(one.push(0, () => void seen.push("b")));
  assert.ok(!other.push(1_600, () => void seen.push("too much together")));
  one.flush();
  assert.deepEqual(seen, ["a", "b"]);
  assert.equal(budget.bytes, 0);
  assert.ok(other.push(1_600, () => void seen.push("c")));
  other.clear();
  other.flush();
  assert.deepEqual([seen.length, budget.bytes], [2, 0]);
});

test("what is pushed while it is flushed comes after", () => {
  const queue = createHoldQueue(1_000, { maxBytes: 1_000, bytes: 0 });
  const seen: number[] = [];
  queue.push(0, () => {
    seen.push(1);
    queue.push(0, () => void seen.push(3));
  });
  queue.push(0, () => void seen.push(2));
  queue.flush();
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a pause is seen by either clock; a wall clock that is set back is none", () => {
  const detector = createPauseDetector(1_500, 0, 1_000_000);
  assert.equal(detector.stoodStill(1_400, 1_001_400), false);
  assert.equal(detector.stoodStill(3_000, 1_003_000), true);
  assert.equal(detector.stoodStill(3_100, 1_003_100), false);
  assert.equal(detector.stoodStill(3_200, 1_603_200), true, "the machine slept");
  assert.equal(detector.stoodStill(3_300, 3_300), false);
});
