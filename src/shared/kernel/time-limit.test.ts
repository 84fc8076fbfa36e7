import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { timeLimit } from "./time-limit.ts";

test("a signal ends in time, also without the browser's help", { timeout: 5_000 }, async (t) => {
  const ends = async (): Promise<void> => {
    const signal = timeLimit(20);
    assert.equal(signal.aborted, false);
    // AbortSignal.timeout keeps nothing alive, and this test waits for nothing else.
    const alive = setInterval(() => undefined, 1_000);
    await once(signal, "abort");
    clearInterval(alive);
  };
  await ends();
  const own = Object.getOwnPropertyDescriptor(AbortSignal, "timeout") ?? {};
  t.after(() => Object.defineProperty(AbortSignal, "timeout", own));
  Object.defineProperty(AbortSignal, "timeout", { ...own, value: undefined });
  await ends();
});
