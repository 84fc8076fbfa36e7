// What metrics cost: a scrape of a slave with 200 streams, and counting and timing each answer on the delivery path.
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/shared/process/run-program.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { serverCore } from "./support/cpu.ts";
import { runViewers } from "./support/hlsload.ts";
import { startMeasuredCluster, tokenTarget } from "./support/measured-cluster.ts";
import { addedShares, windowMs } from "./support/metered-window.ts";
import type { MeteredWindow } from "./support/metered-window.ts";
import { figure, percentile } from "./support/report.ts";

const floorScrapeMs = 5;
const floorDeliveryPercent = 2;
const streams = 200;

interface ScrapeReport {
  readonly streams: number;
  readonly series: number;
  readonly cpu_ms: number;
  readonly longest_turn_ms: { readonly p50: number; readonly p95: number };
}

export async function benchMetrics(context: BenchContext): Promise<PartResult> {
  const scrape = await measureScrape(context);
  const delivery = await measureDelivery(context);
  const at = `${scrape.streams} streams, ${scrape.series} series`;
  return {
    figures: {
      scrape_cpu: figure(scrape.cpu_ms, "ms", { floor: { atMost: floorScrapeMs }, note: `${at}; HTTP included` }),
      scrape_longest_turn: figure(scrape.longest_turn_ms.p50, "ms", {
        floor: { atMost: floorScrapeMs },
        note: `median; wall clock, so whatever else runs on this core is in it (p95 ${scrape.longest_turn_ms.p95.toFixed(1)} ms)`,
      }),
      delivery_cost: figure((percentile(delivery.added, 0.5) ?? Number.NaN) * 100, "%", {
        floor: { atMost: floorDeliveryPercent },
        note: `more CPU per answer than without metrics; median of ${delivery.added.length} pairs of windows; ${delivery.viewers} low-latency viewers`,
      }),
      cpu_per_answer: figure(delivery.cpuUsPerAnswer, "µs", { digits: 1, note: "without metrics" }),
    },
    details: { scrape, delivery },
  };
}

async function measureScrape({ settings, log }: BenchContext): Promise<ScrapeReport> {
  const program = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "metrics-scrape.bench.ts")];
  const args = ["-c", serverCore, ...program, String(streams), String(settings.scrapes)];
  const { code, stdout, stderr } = await runProgram("taskset", args, { timeoutMs: 120_000, maxOutputBytes: 4_096 });
  if (code !== 0) throw new Error(`metrics-scrape.bench.ts: ${stderr}`);
  log(`scrape: ${stdout.trim()}`);
  return JSON.parse(stdout) as ScrapeReport;
}

/** One run of viewers, in whose windows the slave measures its answers or does not. */
async function measureDelivery(context: BenchContext) {
  const { settings, closer, log } = context;
  const file = join(tmpdir(), `airclass-bench-windows-${process.pid}`);
  closer.add("windows", () => rm(file, { force: true }));
  const cluster = await startMeasuredCluster(context, {
    slaveEntry: join(import.meta.dirname, "support/metered-slave.ts"),
    slaveVariables: { BENCH_WINDOWS: file },
  });
  const viewers = settings.metricsViewers;
  const { target, done } = await tokenTarget(cluster)(viewers);
  const { rampS } = settings;
  const durationS = (2 * settings.metricsPairs * windowMs) / 1_000;
  const startedAtMs = Date.now();
  const load = { viewers, rampS, durationS, lowLatency: true, target, serverPids: [cluster.slavePid] };
  const report = await runViewers(load, done);
  const windows = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as MeteredWindow)
    .filter(({ beganAtMs, endedAtMs }) => beganAtMs > startedAtMs + rampS * 1_000 && endedAtMs < startedAtMs + (rampS + durationS) * 1_000);
  const added = addedShares(windows);
  const [cpuUs, answers] = windows
    .filter(({ observed }) => !observed)
    .reduce(([cpu, count], window) => [cpu + window.cpuUs, count + window.answers], [0, 0]);
  const shares = added.map((share) => (share * 100).toFixed(1));
  log(`delivery: of ${windows.length} windows; metrics add ${shares.join(" ")} %; CPU ${report.server_cpu_pct} %`);
  return { viewers, added, cpuUsPerAnswer: cpuUs / answers, cpu_pct: report.server_cpu_pct, errors: report.errors.total };
}
