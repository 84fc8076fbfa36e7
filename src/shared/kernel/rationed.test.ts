import assert from "node:assert/strict";
import { test } from "node:test";
import { createRationed } from "./rationed.ts";

test("all who ask before a question is put share its answer; who asks later waits for the next one", async () => {
  let asked = 0;
  const clock = { monotonicMs: () => performance.now() };
  const question = createRationed(async () => (asked += 1), { minIntervalMs: 50, clock });
  const startedMs = performance.now();
  assert.deepEqual(await Promise.all([question(), question()]), [1, 1]);
  assert.deepEqual(await Promise.all([question(), question()]), [2, 2]);
  assert.ok(performance.now() - startedMs >= 45, "the second question waited for its time");
  assert.equal(asked, 2);
});

test("a question that fails is put again", async () => {
  const answers = [() => Promise.reject(new Error("away")), () => Promise.resolve("there")];
  const question = createRationed(() => answers.shift()?.() ?? Promise.resolve("none"), {
    minIntervalMs: 0,
    clock: { monotonicMs: () => performance.now() },
  });
  await assert.rejects(question(), /away/);
  assert.equal(await question(), "there");
});
