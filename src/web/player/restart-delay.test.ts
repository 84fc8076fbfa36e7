import assert from "node:assert/strict";
import { test } from "node:test";
import { restartDelayMs } from "./restart-delay.ts";

test("a node that keeps the question is asked again at once, one that refuses is left in peace", () => {
  assert.equal(restartDelayMs(3_000, 3_010, 0.5), 100);
  assert.equal(restartDelayMs(3_000, 0, 0.5), 3_000);
  assert.equal(restartDelayMs(3_000, 1_000, 0.5), 2_000);
});

test("players that are answered together do not come together", () => {
  assert.deepEqual(
    [0, 0.25, 0.5].map((random) => restartDelayMs(250, 3_000, random)),
    [0, 50, 100],
  );
});
