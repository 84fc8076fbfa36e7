import assert from "node:assert/strict";
import { test } from "node:test";
import { moodOf, roundedDelayS } from "./live-state.ts";

test("one word for how it goes", () => {
  assert.equal(moodOf({ phase: "playing", notice: undefined, isBehind: false }), "live");
  assert.equal(moodOf({ phase: "buffering", notice: undefined, isBehind: false }), "live", "a short gap is no news");
  assert.equal(moodOf({ phase: "playing", notice: undefined, isBehind: true }), "behind");
  assert.equal(moodOf({ phase: "paused", notice: undefined, isBehind: true }), "paused");
  assert.equal(moodOf({ phase: "waiting_for_teacher", notice: "waiting_for_teacher", isBehind: true }), "waiting");
  assert.equal(moodOf({ phase: "waiting_for_teacher", notice: "offline", isBehind: false }), "working");
  assert.equal(moodOf({ phase: "connecting", notice: undefined, isBehind: false }), "working");
  assert.equal(moodOf({ phase: "over", notice: "over", isBehind: false }), "over");
  assert.equal(moodOf({ phase: "refused", notice: "removed", isBehind: false }), "ended");
});

test("delays have one decimal, and nobody is told of none", () => {
  assert.equal(roundedDelayS(1.2499), 1.2);
  assert.equal(roundedDelayS(-0.3), 0.1);
  assert.equal(roundedDelayS(0.04), 0.1);
  assert.equal(roundedDelayS(Number.NaN), undefined);
  assert.equal(roundedDelayS(undefined), undefined);
});
