import assert from "node:assert/strict";
import { test } from "node:test";
import type { TargetNode } from "./cluster-target.ts";
import { addFigures, countError, emptyFigures, nodeFigures, recordMs } from "./load-figures.ts";
import type { LoadFigures, ViewerLine } from "./load-figures.ts";
import { loadPage } from "./load-page.ts";
import { loadReport } from "./load-report.ts";
import type { LoadReport } from "./load-report.ts";
import { loadSummary } from "./load-summary.ts";
import { createLoadTotals } from "./load-totals.ts";

const well: ViewerLine = {
  userId: "loadtest-1",
  nodeId: "slave-1",
  joinMs: 200,
  stalls: 0,
  stalledMs: 0,
  longestStallMs: 0,
  playedMs: 60_000,
  waitedMs: 0,
  moves: 0,
  bytes: 1_000,
  errors: 0,
  refusal: undefined,
};
const node = { node_id: "slave-1", node_name: "<b>one", current_connections: 7, max_connections: 150, cpu_usage: 5, memory_usage: 9 };
const tick = { ms: 1_000, come: 2, playing: 2, stalled: 0, bytes: 125_000, requests: 12, errors: 0, moves: 0, busy: 0.2 };

function reportOf(
  viewers: readonly ViewerLine[],
  options: { max?: number; busy?: number; fill?: (figures: LoadFigures) => void } = {},
): LoadReport {
  const figures = emptyFigures();
  figures.viewers.push(...viewers);
  options.fill?.(figures);
  const totals = createLoadTotals(1);
  totals.sawNodes([{ ...node, bandwidth_mbps: null, status: "healthy" } as unknown as TargetNode]);
  for (let atS = 1; atS <= 1_000; atS += 1) {
    totals.ticked(0, { ...tick, stalled: atS === 500 ? 3 : 0, busy: options.busy ?? 0.2 });
    totals.closeMoment(atS);
  }
  return loadReport({
    options: {
      masterUrl: "http://school:8000",
      adminToken: "the admin token",
      className: "math",
      joinCode: "SECRET",
      viewers: viewers.length,
      rampS: 1,
      durationS: 999,
      threads: 1,
      maxStalledPercent: options.max ?? 1,
      report: undefined,
    },
    version: "test",
    startedAt: new Date(0),
    endedEarly: false,
    ranS: 1_000,
    figures,
    totals,
    cpuS: 100,
  });
}

test("who stalls and who has no picture count against the threshold", () => {
  const table: [readonly ViewerLine[], number, boolean, number][] = [
    [[well, well], 0, true, 0],
    [[well, { ...well, stalls: 2, stalledMs: 900, longestStallMs: 600 }], 49, false, 50],
    [[well, { ...well, stalls: 2, stalledMs: 900, longestStallMs: 600 }], 50, true, 50],
    [[well, { ...well, joinMs: undefined, refusal: "full" }], 1, false, 50],
    [[{ ...well, joinMs: undefined }], 100, false, 100],
    [[], 100, false, 100],
  ];
  for (const [viewers, max, ok, percent] of table) {
    const report = reportOf(viewers, { max });
    assert.deepEqual([report.ok, report.stalled_percent], [ok, percent], JSON.stringify(viewers));
  }
  const { stalls, viewers, refusals } = reportOf([
    { ...well, stalls: 1, stalledMs: 60_000 },
    { ...well, joinMs: undefined, refusal: "full" },
  ]);
  assert.deepEqual([stalls.count, stalls.total_s, viewers.stalled, viewers.never_played, refusals], [1, 60, 1, 1, { full: 1 }]);
});

test("figures of threads are added up, and stay bounded", () => {
  const [one, other] = [emptyFigures(), emptyFigures()];
  for (const figures of [one, other]) {
    recordMs(figures.joinMs, 100);
    recordMs(figures.times.part, 1e12);
    recordMs(figures.times.part, 0);
    figures.requests.part += 2;
    for (let kind = 0; kind < 1_000; kind += 1) countError(figures, `part ${kind}`);
    for (let id = 0; id < 5_000; id += 1) nodeFigures(figures, `node-${id}`);
  }
  addFigures(one, other);
  assert.deepEqual([one.joinMs.count, one.requests.part, one.times.part.count], [2, 4, 4]);
  assert.ok(one.errors.size <= 65 && one.nodes.size <= 1_000);
  assert.equal(
    [...one.errors.values()].reduce((sum, times) => sum + times, 0),
    2_000,
  );
});

test("the page holds what the report says, shows each stall, and lets nobody write into it", () => {
  const report = reportOf([well, { ...well, userId: '"><script>', stalls: 1, stalledMs: 4_000, longestStallMs: 4_000 }], {
    fill: (figures) => countError(figures, "part ECONNREFUSED", 3),
  });
  const page = loadPage(report);
  assert.match(page, /FAILED: 50 % of the viewers stalled/);
  assert.match(page, /part ECONNREFUSED/);
  assert.ok(!page.includes("<script") && !page.includes("<b>one") && page.includes("&lt;b&gt;one"));
  assert.ok(!/(src|href)=/.test(page));
  // 1,000 seconds are thinned out to 360 points at most, and the one stall is still there: the line leaves the floor.
  const [, points = ""] = /class="line bad" points="([^"]+)"/.exec(page) ?? [];
  const heights = points.split(" ").map((point) => point.split(",")[1]);
  assert.ok(heights.length > 100 && heights.length <= 360, `${heights.length}`);
  assert.equal(new Set(heights).size, 2);
  for (const secret of ["the admin token", "SECRET"]) assert.ok(!page.includes(secret) && !JSON.stringify(report).includes(secret));
});

test("a machine that is too slow to simulate says so", () => {
  assert.equal(reportOf([well]).generator.saturated, false);
  const slow = reportOf([well], { busy: 0.97 });
  assert.equal(slow.generator.saturated, true);
  assert.match(loadSummary(slow), /too slow/);
  assert.match(loadPage(slow), /too slow/);
});
