import assert from "node:assert/strict";
import { test } from "node:test";
import { barPercent, loadLevel } from "./load-level.ts";

const steps = { warningPercent: 70, criticalPercent: 90 };

test("green, yellow and red begin exactly where the master says", () => {
  const seen = [0, 69.9, 70, 89.9, 90, 100, 140].map((percent) => loadLevel(percent, steps));
  assert.deepEqual(seen, ["good", "good", "warn", "warn", "bad", "bad", "bad"]);
  assert.equal(loadLevel(50, { warningPercent: 40, criticalPercent: 60 }), "warn");
});

test("a bar is never longer than its place, and what is there at all is seen", () => {
  assert.deepEqual([0, 0.1, 50, 100, 250, Number.NaN, -3].map(barPercent), [0, 2, 50, 100, 100, 0, 0]);
});
