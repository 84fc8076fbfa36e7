import assert from "node:assert/strict";
import { test } from "node:test";
import { createBackoff, reconnectBackoff } from "./backoff.ts";

test("delays double up to the bound and start again after a success", () => {
  const backoff = createBackoff({ ...reconnectBackoff, random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 8 }, () => backoff.next()),
    [100, 200, 400, 800, 1600, 3200, 5000, 5000],
  );
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test("jitter takes away at most half, so that many clients spread and none hammers", () => {
  const shortest = createBackoff({ ...reconnectBackoff, random: () => 0 });
  assert.deepEqual([shortest.next(), shortest.next(), shortest.next()], [50, 100, 200]);
});

test("a thousand failures do not overflow", () => {
  const backoff = createBackoff({ ...reconnectBackoff, random: () => 1 });
  for (let i = 0; i < 2_000; i += 1) backoff.next();
  assert.equal(backoff.next(), 5_000);
});
