import assert from "node:assert/strict";
import { test } from "node:test";
import { planFaults } from "./fault-plan.ts";

const options = { slaves: 20, streams: 5, durationMs: 300_000, everyMs: 3_000, atOnce: 5 };

test("a seed gives the same faults again, another seed others", () => {
  const plan = planFaults({ ...options, seed: 7 });
  assert.deepEqual(planFaults({ ...options, seed: 7 }), plan);
  assert.notDeepEqual(planFaults({ ...options, seed: 8 }), plan);
  assert.ok(plan.length > 50, `${plan.length} faults`);
});

test("never more slaves are away than allowed, and none is chosen while it is away", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const faults = planFaults({ ...options, seed });
    for (const { atMs } of faults) {
      const away = faults.filter((other) => other.target.of !== "master" && other.atMs <= atMs && other.atMs + other.forMs > atMs);
      assert.ok(away.length <= options.atOnce);
      assert.equal(new Set(away.map(({ target }) => JSON.stringify(target))).size, away.length);
    }
  }
});
