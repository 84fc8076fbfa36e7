import assert from "node:assert/strict";
import { test } from "node:test";
import { createWakeGap } from "./wake-gap.ts";

test("a device that is awake has no gap, be it busy", () => {
  const wake = createWakeGap(1_000_000, 0);
  for (const nowMs of [1_000, 2_000, 2_900, 6_500, 7_500]) assert.equal(wake.tick(1_000_000 + nowMs, nowMs), undefined);
});

test("a sleep through which only the clock on the wall went on is seen, once", () => {
  const wake = createWakeGap(0, 0);
  assert.equal(wake.tick(3_601_000, 1_000), 3_601_000);
  assert.equal(wake.tick(3_602_000, 2_000), undefined);
});

test("so is a frozen page, where both went on", () => {
  assert.equal(createWakeGap(0, 0).tick(120_000, 120_000), 120_000);
});

test("a clock that is set back is no sleep, and hides none", () => {
  const wake = createWakeGap(10_000_000, 0);
  assert.equal(wake.tick(1_000, 1_000), undefined);
  assert.equal(wake.tick(61_000, 61_000), 60_000);
});
