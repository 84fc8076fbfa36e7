import assert from "node:assert/strict";
import { test } from "node:test";
import { createReportSeries, reportUrl } from "./report-series.ts";

test("a report says what is new since the last one, and the join once", () => {
  const series = createReportSeries(1_000);
  assert.equal(series.next({ joinMs: undefined, stalls: 0, stalledMs: 0, delayMs: undefined }, 2_000), undefined);
  assert.deepEqual(series.next({ joinMs: 812.4, stalls: 1, stalledMs: 400, delayMs: 2_100.4 }, 11_000), {
    join_ms: 812,
    stalls: 1,
    stalled_ms: 400,
    delay_ms: 2_100,
    window_ms: 10_000,
  });
  assert.deepEqual(series.next({ joinMs: 812.4, stalls: 3, stalledMs: 1_000, delayMs: undefined }, 21_000), {
    stalls: 2,
    stalled_ms: 600,
    window_ms: 10_000,
  });
  const slept = series.next({ joinMs: 812.4, stalls: 3, stalledMs: 1_000, delayMs: undefined }, 4_000_000);
  assert.deepEqual(slept, { stalls: 0, stalled_ms: 0, window_ms: 600_000 });
});

test("reports go to the stream's node, with the token", () => {
  const address = { hlsUrl: "http://pc:8888/live/math/index.m3u8?jwt=x", token: "a+b" };
  assert.equal(reportUrl(address), "http://pc:8888/live/math/report?jwt=a%2Bb");
});
