// A short run of what `npm run chaos` does for minutes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChaos } from "./chaos-run.ts";

test("random faults: tokens, numbers, bytes, origins and copies are as they must be", { timeout: 180_000 }, async (t) => {
  const seed = Number(process.env["CHAOS_SEED"] ?? 3);
  const report = await runChaos({
    seed,
    slaves: 4,
    streams: 2,
    viewersPerStream: 4,
    durationMs: 25_000,
    everyMs: 2_500,
    log: (line) => t.diagnostic(line),
  });
  assert.deepEqual(report.problems, []);
  assert.ok(report.faults >= 5 && report.tokens_refused_elsewhere > 0);
  t.diagnostic(JSON.stringify(report.streams));
});
