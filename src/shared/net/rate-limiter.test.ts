import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateLimiter } from "./rate-limiter.ts";

test("a rate limit forgets nobody early, and remembers no more than it may", () => {
  const limiter = createRateLimiter({ burst: 2, perSecond: 1, maxKeys: 2 });
  assert.deepEqual([limiter.take("a", 0), limiter.take("a", 0), limiter.take("a", 0)], [0, 0, 1]);
  assert.equal(limiter.waitS("a", 500), 0.5);
  assert.equal(limiter.take("a", 1_000), 0);
  limiter.take("b", 1_000);
  limiter.take("c", 1_000);
  assert.equal(limiter.waitS("a", 1_000), 0, "forgotten");
});
