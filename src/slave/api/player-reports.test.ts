import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlayerReports } from "./player-reports.ts";

test("reports are summed up per stream; a join counts where there was one", () => {
  const reports = createPlayerReports();
  reports.add("live/math", { join_ms: 800, stalls: 0, stalled_ms: 0, window_ms: 10_000 });
  reports.add("live/math", { stalls: 2, stalled_ms: 1_500, window_ms: 30_000 });
  reports.add("live/art", { stalls: 1, stalled_ms: 90_000, window_ms: 1_000 });
  assert.deepEqual(reports.of("live/math"), { joins: 1, join_ms: 800, stalls: 2, stalled_ms: 1_500, watched_ms: 40_000 });
  assert.equal(reports.of("live/art").stalled_ms, 1_000, "not longer than the window");
  assert.equal(reports.of("live/none").watched_ms, 0);
});

test("what was told since the last heartbeat is told once, with the mean of the delays that were told", () => {
  const reports = createPlayerReports();
  assert.equal(reports.take("live/math"), undefined);
  reports.add("live/math", { delay_ms: 1_000, stalls: 0, stalled_ms: 0, window_ms: 10_000 });
  reports.add("live/math", { delay_ms: 2_000, stalls: 1, stalled_ms: 300, window_ms: 10_000 });
  reports.add("live/math", { stalls: 0, stalled_ms: 0, window_ms: 5_000 });
  reports.add("live/art", { stalls: 0, stalled_ms: 0, window_ms: 5_004 });
  assert.deepEqual(reports.take("live/math"), { reports: 2, delay_s: 1.5, watched_s: 25, stalls: 1, stalled_s: 0.3 });
  assert.equal(reports.take("live/math"), undefined);
  assert.deepEqual(reports.take("live/art"), { reports: 0, delay_s: null, watched_s: 5, stalls: 0, stalled_s: 0 });
});

test("the number of streams is bounded", () => {
  const reports = createPlayerReports(10);
  for (let stream = 0; stream < 11; stream += 1) reports.add(`live/s${stream}`, { stalls: 1, stalled_ms: 1, window_ms: 1 });
  assert.equal(reports.of("live/s0").stalls, 0);
  assert.equal(reports.of("live/s10").stalls, 1);
});
