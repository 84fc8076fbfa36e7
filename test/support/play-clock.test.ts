import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlayClock } from "./play-clock.ts";

test("a gap that the buffer covers is no freeze; a longer one is, for what it is longer", () => {
  const clock = createPlayClock();
  for (let part = 0; part < 3; part += 1) clock.arrived(0, 333);
  clock.arrived(900, 333);
  assert.equal(clock.longestFreezeMs(900), 0);
  assert.equal(clock.longestGapMs(900), 900);
  // 999 ms of media from 0 on and 333 ms more: dry at 1,332.
  clock.arrived(3_332, 333);
  assert.equal(clock.longestFreezeMs(3_332), 2_000);
});

test("a picture that stands now counts, and what a viewer gets at once does not make up for a later gap", () => {
  const clock = createPlayClock();
  assert.equal(clock.longestFreezeMs(5_000), 0, "nothing was played yet");
  for (let part = 0; part < 30; part += 1) clock.arrived(0, 333);
  assert.equal(clock.longestFreezeMs(2_500), 1_500);
  clock.arrived(2_500, 333);
  clock.restart(2_500);
  assert.equal(clock.longestFreezeMs(2_600), 0);
});
