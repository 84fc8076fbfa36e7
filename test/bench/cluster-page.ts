// Whether the cluster page stays smooth with 200 slaves, each of which says something else every 5 s: frames, long tasks, work.
import type { Browser, CDPSession, Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken } from "../support/master-environment.ts";
import { createScriptedNodes } from "../support/scripted-nodes.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { allCores, pin } from "./support/cpu.ts";
import { figure, percentile } from "./support/report.ts";

const nodes = 200;
const heartbeatMs = 5_000;
/** A PC of an office, against the machine of the benchmark. */
const slowDown = 4;
/** From here on a task is felt (Long Tasks API). */
const longTaskMs = 50;

interface Seen {
  /** Between two frames that the page could draw. */
  readonly framesMs: readonly number[];
  /** Tasks of over 50 ms, which people may feel; of the page's thread alone, so what else runs on this machine does not count. */
  readonly longTasksMs: readonly number[];
  readonly longestTaskMs: number;
  /** Script, style and layout of the page's thread in each second. */
  readonly workMsPerS: number;
  /** What of it was script, style and layout. */
  readonly parts: Readonly<Record<string, number>>;
}

export async function benchClusterPage({ settings, closer, log }: BenchContext): Promise<PartResult> {
  const cluster = await startCluster({ slaves: 0 });
  closer.add("cluster", () => cluster.stop());
  const doubles = createScriptedNodes(cluster.masterUrl, { intervalMs: heartbeatMs });
  closer.add("nodes", () => doubles.stop());
  const some = (most: number): number => Math.floor(Math.random() * most);
  for (let index = 0; index < nodes; index += 1)
    await doubles.put({
      nodeId: `pc-${index}`,
      stats: () => ({ connections: some(150), cpu: some(100), memory: 40 + some(20), bandwidth_mbps: some(240) }),
    });
  // The browser stands for a machine of its own.
  await pin(process.pid, allCores);
  const browser = await launchChromium();
  closer.add("browser", () => browser.close());
  const page = await browser.newPage({ viewport: { width: 1_600, height: 1_000 }, locale: "en-US" });
  await page.goto(`${cluster.masterUrl}/cluster`);
  await page.fill("#token", adminToken);
  await page.click("#sign-in-button");
  await eventually("all rows are there", async () => (await page.locator("tbody tr").count()) === nodes);
  // Plots are drawn, and what runs for the first time has run.
  await page.waitForTimeout(heartbeatMs);

  const devtools = await page.context().newCDPSession(page);
  // Of the thread's own time: what else runs on this machine does not count.
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const windowMs = settings.quick ? 3_000 : 20_000;
  const usual = await watch(browser, page, devtools, windowMs);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowDown });
  await page.waitForTimeout(1_000);
  const slow = await watch(browser, page, devtools, windowMs);
  for (const [name, seen] of [
    ["this machine", usual],
    [`CPU / ${slowDown}`, slow],
  ] as const)
    log(`cluster page, ${name}: longest task ${seen.longestTaskMs.toFixed(0)} ms, ${seen.longTasksMs.length} over ${longTaskMs} ms`);

  const at = `${nodes} rows, a change of each every ${heartbeatMs / 1_000} s`;
  return {
    figures: {
      frame_p95: figure(percentile(usual.framesMs, 0.95), "ms", { digits: 1, note: at }),
      frame_p99: figure(percentile(usual.framesMs, 0.99), "ms", { digits: 1 }),
      longest_task: figure(usual.longestTaskMs, "ms", { digits: 0, floor: { atMost: longTaskMs }, note: "CPU time of the page's thread" }),
      work: figure(usual.workMsPerS, "ms/s", { digits: 0, note: "CPU time of the page's thread, in each second" }),
      slow_frame_p95: figure(percentile(slow.framesMs, 0.95), "ms", { digits: 1, note: `CPU / ${slowDown}` }),
      slow_frame_p99: figure(percentile(slow.framesMs, 0.99), "ms", { digits: 1 }),
      slow_longest_task: figure(slow.longestTaskMs, "ms", { digits: 0 }),
      slow_long_tasks: figure(slow.longTasksMs.length, `in ${windowMs / 1_000} s`, { digits: 0 }),
    },
    details: { usual: slim(usual), slow: slim(slow) },
  };
}

const slim = ({ longTasksMs, parts, framesMs }: Seen): object => ({ longTasksMs, parts, frames: framesMs.length });

async function watch(browser: Browser, page: Page, devtools: CDPSession, windowMs: number): Promise<Seen> {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  const before = await workOf(devtools);
  const framesMs = await page.evaluate(framesInPage, windowMs);
  const after = await workOf(devtools);
  const tasksMs = tasksOf(await browser.stopTracing());
  const perS = (name: string): number => ((after[name] ?? 0) - (before[name] ?? 0)) / (windowMs / 1_000);
  const parts = Object.fromEntries(Object.keys(after).map((name) => [name, Math.round(perS(name))]));
  const longTasksMs = tasksMs.filter((ms) => ms > longTaskMs).map(Math.round);
  return { framesMs, longTasksMs, longestTaskMs: Math.max(0, ...tasksMs), workMsPerS: perS("TaskDuration"), parts };
}

/** What is read of a trace of Chromium (Trace Event Format). */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU time of the thread, microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

function tasksOf(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const pages = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf));
  return traceEvents.filter((event) => event.name === "RunTask" && pages.has(threadOf(event))).map(({ tdur }) => (tdur ?? 0) / 1_000);
}

/** Milliseconds that the page's thread has worked, by what it did. */
async function workOf(devtools: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  const wanted = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];
  return Object.fromEntries(metrics.filter(({ name }) => wanted.includes(name)).map(({ name, value }) => [name, value * 1_000]));
}

/** Between two frames. Runs in the page, whose types this program does not have. */
async function framesInPage(windowMs: number): Promise<number[]> {
  const { requestAnimationFrame } = globalThis as unknown as { requestAnimationFrame: (drawn: (atMs: number) => void) => void };
  const framesMs: number[] = [];
  const endMs = performance.now() + windowMs;
  await new Promise<void>((resolve) => {
    let lastMs: number | undefined;
    const drawn = (atMs: number): void => {
      if (lastMs !== undefined) framesMs.push(atMs - lastMs);
      lastMs = atMs;
      if (atMs < endMs) requestAnimationFrame(drawn);
      else resolve();
    };
    requestAnimationFrame(drawn);
  });
  return framesMs;
}
