import assert from "node:assert/strict";
import { test } from "node:test";
import { createCredibleReports } from "./credible-reports.ts";

test("what a player reports every 10 s stays as it is", () => {
  const credible = createCredibleReports();
  const first = { join_ms: 800, stalls: 1, stalled_ms: 400, window_ms: 10_000 };
  assert.deepEqual(credible.of("jti", first, 0), first);
  // Its timer is late, then early.
  const late = { stalls: 0, stalled_ms: 0, window_ms: 10_500 };
  assert.deepEqual(credible.of("jti", late, 10_500), late);
  const early = { stalls: 2, stalled_ms: 9_500, window_ms: 9_500 };
  assert.deepEqual(credible.of("jti", early, 20_000), early);
  const slept = { stalls: 0, stalled_ms: 0, window_ms: 500_000 };
  assert.deepEqual(credible.of("jti", slept, 520_000), slept);
});

test("nobody watches for longer than time passes, however many reports say so", () => {
  const credible = createCredibleReports();
  const boast = { stalls: 10_000, stalled_ms: 600_000, window_ms: 600_000 };
  let [watchedMs, stalls] = [0, 0];
  for (let nowMs = 0; nowMs <= 60_000; nowMs += 2_000) {
    const believed = credible.of("jti", boast, nowMs);
    watchedMs += believed.window_ms;
    stalls += believed.stalls;
  }
  assert.equal(watchedMs, 75_000, "a minute, and what it may have watched before");
  assert.ok(stalls < 300, `${stalls} times within 75 s`);
});

test("a viewer joins once", () => {
  const credible = createCredibleReports();
  const join = { join_ms: 600_000, stalls: 0, stalled_ms: 0, window_ms: 1_000 };
  assert.equal(credible.of("a", join, 0).join_ms, 600_000);
  assert.equal(credible.of("a", join, 2_000).join_ms, undefined);
  assert.equal(credible.of("b", join, 2_000).join_ms, 600_000);
});

test("what is remembered is bounded", () => {
  const credible = createCredibleReports(2);
  const join = { join_ms: 1, stalls: 0, stalled_ms: 0, window_ms: 0 };
  for (const viewer of ["a", "b", "c"]) credible.of(viewer, join, 0);
  assert.equal(credible.of("c", join, 0).join_ms, undefined);
  assert.equal(credible.of("a", join, 0).join_ms, 1, "forgotten");
});

test("a delay counts once per viewer in 5 s, and only one that can be", () => {
  const credible = createCredibleReports();
  const delayed = (delayMs: number, nowMs: number) =>
    credible.of("jti", { delay_ms: delayMs, stalls: 0, stalled_ms: 0, window_ms: 1_000 }, nowMs).delay_ms;
  assert.equal(delayed(1_500, 0), 1_500);
  assert.equal(delayed(60_000, 2_000), undefined, "it has just told");
  assert.equal(delayed(600_000, 9_000), undefined, "nobody keeps so much");
  assert.equal(delayed(2_000, 10_000), 2_000);
});
