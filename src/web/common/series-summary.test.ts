import assert from "node:assert/strict";
import { test } from "node:test";
import { seriesSummary, shownSpanS } from "./series-summary.ts";

test("the newest value that was measured, and the bounds", () => {
  assert.deepEqual(seriesSummary([3, null, 9, 5, null]), { latest: 5, least: 3, most: 9 });
  assert.deepEqual(seriesSummary([0]), { latest: 0, least: 0, most: 0 });
});

test("nothing measured", () => {
  assert.equal(seriesSummary([]), undefined);
  assert.equal(seriesSummary([null, Number.NaN]), undefined);
});

test("a plot shows what there is: two minutes at least, its window at most", () => {
  assert.equal(shownSpanS([], 1_800), 120);
  assert.equal(shownSpanS([1_000, 1_005], 1_800), 120);
  assert.equal(shownSpanS([1_000, 1_600], 1_800), 600);
  assert.equal(shownSpanS([1_000, 5_000], 1_800), 1_800);
});
