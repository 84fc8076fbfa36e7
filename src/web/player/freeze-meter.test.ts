import assert from "node:assert/strict";
import { test } from "node:test";
import { createFreezeMeter } from "./freeze-meter.ts";

test("the time before the first picture is no freeze", () => {
  const meter = createFreezeMeter();
  assert.deepEqual(meter.figures(5_000), { longestFreezeMs: 0, stalledMs: 0 });
});

test("the longest gap counts, and gaps that a viewer sees add up", () => {
  const meter = createFreezeMeter();
  for (const nowMs of [1_000, 1_033, 1_133, 1_633, 2_633, 2_666]) meter.picture(nowMs);
  assert.deepEqual(meter.figures(2_700), { longestFreezeMs: 1_000, stalledMs: 1_500 });
});

test("a picture that stands now counts up to now, once", () => {
  const meter = createFreezeMeter();
  meter.picture(1_000);
  assert.deepEqual(meter.figures(3_000), { longestFreezeMs: 2_000, stalledMs: 2_000 });
  assert.deepEqual(meter.figures(4_000), { longestFreezeMs: 3_000, stalledMs: 3_000 });
  meter.picture(4_500);
  assert.deepEqual(meter.figures(4_500), { longestFreezeMs: 3_500, stalledMs: 3_500 });
});

test("a pause is the viewer's doing", () => {
  const meter = createFreezeMeter();
  meter.picture(1_000);
  meter.interrupted(1_100);
  assert.deepEqual(meter.figures(60_000), { longestFreezeMs: 100, stalledMs: 0 });
  meter.picture(61_000);
  meter.picture(61_033);
  assert.deepEqual(meter.figures(61_040), { longestFreezeMs: 100, stalledMs: 0 });
});
