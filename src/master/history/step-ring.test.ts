import assert from "node:assert/strict";
import { test } from "node:test";
import { createStepRing } from "./step-ring.ts";

test("what was put is read; steps that were left out, and values, are NaN", () => {
  const ring = createStepRing(2, 4);
  assert.equal(ring.newest, undefined);
  assert.deepEqual(ring.read(0, 0, 1), [Number.NaN, Number.NaN]);
  ring.put(10, [1, 2]);
  ring.put(12, [3]);
  assert.deepEqual(ring.read(0, 9, 13), [Number.NaN, 1, Number.NaN, 3, Number.NaN]);
  assert.deepEqual(ring.read(1, 10, 12), [2, Number.NaN, Number.NaN]);
  assert.equal(ring.newest, 12);
});

test("only the last steps are kept, also after a long pause, and the newest may be set again", () => {
  const ring = createStepRing(1, 3);
  for (let step = 0; step < 8; step += 1) ring.put(step, [step]);
  assert.deepEqual(ring.read(0, 3, 7), [Number.NaN, Number.NaN, 5, 6, 7]);
  ring.put(7, [70]);
  ring.put(5, [50]);
  assert.deepEqual(ring.read(0, 5, 7), [5, 6, 70], "an older one is ignored");
  ring.put(1_000_000_007, [1]);
  assert.deepEqual(ring.read(0, 1_000_000_005, 1_000_000_007), [Number.NaN, Number.NaN, 1]);
});
