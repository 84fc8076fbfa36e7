import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassSample } from "../../shared/protocol/class-live.ts";
import { samplesOf, seriesOf, withSample } from "./class-figures.ts";

const sample = (at: number, more: Partial<ClassSample> = {}): ClassSample => ({
  at,
  viewers: 3,
  students: 3,
  bitrate: 2_000_000,
  fps: 30,
  dropped_frames: 0,
  delay_s: null,
  ...more,
});

test("samples go on where the history ends; what comes twice is there once", () => {
  const history = samplesOf({ step_s: 5, samples: [sample(100), sample(105)] });
  assert.deepEqual(
    withSample(withSample(history, sample(105)), sample(110)).map(({ at }) => at),
    [100, 105, 110],
  );
  assert.deepEqual(withSample([], sample(5)).length, 1);
});

test("what is older than 30 minutes goes, also after a long time without news", () => {
  assert.deepEqual(
    withSample([sample(0), sample(5), sample(1_000)], sample(1_804)).map(({ at }) => at),
    [5, 1_000, 1_804],
  );
  assert.deepEqual(withSample([sample(0)], sample(90_000)).length, 1);
});

test("a figure as a plot wants it keeps its gaps", () => {
  assert.deepEqual(seriesOf([sample(0), sample(5, { bitrate: null })], "bitrate", 1e-6), { at: [0, 5], values: [2, null] });
});
