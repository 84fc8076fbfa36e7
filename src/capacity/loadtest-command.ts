// airclass loadtest: asks the cluster whether it may, lets threads simulate students, and reports.
import { access, constants, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import type { Writable } from "node:stream";
import { Worker } from "node:worker_threads";
import { randomName } from "../shared/kernel/random-name.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import { createClusterTarget } from "./cluster-target.ts";
import type { ClusterTarget } from "./cluster-target.ts";
import { addFigures, emptyFigures } from "./load-figures.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./load-messages.ts";
import { createLoadProgress } from "./load-progress.ts";
import { loadPage } from "./load-page.ts";
import { loadReport } from "./load-report.ts";
import type { LoadReport } from "./load-report.ts";
import { loadSummary } from "./load-summary.ts";
import { createLoadTotals } from "./load-totals.ts";
import type { LoadTotals } from "./load-totals.ts";
import { readLoadtestArguments } from "./loadtest-arguments.ts";
import type { LoadtestOptions } from "./loadtest-arguments.ts";

export interface LoadtestDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  readonly version: string;
  /** Aborted when the test is to end early. */
  readonly stopSignal: () => AbortSignal;
  /** Where progress is shown. */
  readonly progress: Writable & { readonly isTTY?: boolean };
  readonly cores: number;
}

/** The thread's file next to this one: `.ts` from the sources, `.js` from a build. */
const workerFile = new URL(`./load-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
/** Of a thread: media is garbage at once, and V8 would let hundreds of megabytes of it lie. */
const maxYoungGenerationSizeMb = 32;
const momentMs = 1_000;
/** What is left at the end is a moment of its own when it is that long. */
const shortestMomentS = 0.5;
const lookAtNodesMs = 5_000;
/** A new host is looked up at most so often, however many viewers ask. */
const lookAgainMs = 1_000;
/** Viewers end at once; a thread that does not is broken. */
const endMs = 15_000;
/** Above this the master, which takes 200 requests a second from one address, would refuse some of them (they try again). */
const joinsPerSecond = 200;

/** @returns the exit code: 1 when too many viewers stalled. @throws UserError */
export async function runLoadtest(deps: LoadtestDeps): Promise<number> {
  const { print } = deps;
  const options = readLoadtestArguments(deps);
  if (options.report) await checkFolder(options.report.path);
  const signal = deps.stopSignal();
  const target = createClusterTarget(options);
  const nodes = await target.nodes();
  const run = randomName("loadtest");
  await target.tryAsStudent(`${run}-0`);
  const { viewers, rampS, durationS, threads } = options;
  print(
    `${viewers} viewers of ${options.className} from ${threads} ${threads === 1 ? "thread" : "threads"}: they come within ${rampS} s and stay for ${durationS} s. ` +
      `The cluster has ${nodes.length} ${nodes.length === 1 ? "slave" : "slaves"} with ${nodes.reduce((sum, node) => sum + node.max_connections, 0)} places.`,
  );
  if (viewers > joinsPerSecond && viewers / Math.max(1, rampS) > joinsPerSecond)
    print(
      `More than ${joinsPerSecond} viewers a second from one address: the master refuses some, who try again. A longer --ramp shows joins as they are.`,
    );
  const report = await simulate(options, { ...deps, target, run, signal });
  print(loadSummary(report));
  if (options.report) {
    const { path, format } = options.report;
    await writeReport(path, format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : loadPage(report));
    print(`  ${path}`);
  }
  return report.ok ? 0 : 1;
}

interface Simulation {
  readonly target: ClusterTarget;
  readonly run: string;
  readonly signal: AbortSignal;
  readonly progress: LoadtestDeps["progress"];
  readonly version: string;
}

async function simulate(options: LoadtestOptions, { target, run, signal, progress: stream, version }: Simulation): Promise<LoadReport> {
  const { viewers, rampS, durationS, threads, masterUrl, className, joinCode } = options;
  const startedAt = new Date();
  const startedMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  const totals = createLoadTotals(threads);
  const figures = emptyFigures();
  const progress = createLoadProgress({ stream, totalS: rampS + durationS, viewers });
  const broken = Promise.withResolvers<never>();
  const ranS = (): number => (performance.now() - startedMs) / 1_000;

  const watch = watchNodes(target, totals, (hosts) => tell({ kind: "hosts", hosts }));
  const running = Array.from({ length: threads }, (_, thread) => {
    const mine = Array.from({ length: viewers }, (__, index) => index).filter((index) => index % threads === thread);
    const task: WorkerTask = {
      masterUrl,
      className,
      joinCode,
      hosts: target.hosts(),
      viewers: mine.map((index) => ({ userId: `${run}-${index + 1}`, joinsAfterMs: (rampS * 1_000 * index) / viewers })),
    };
    const worker = new Worker(workerFile, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb } });
    const done = Promise.withResolvers<void>();
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "tick") totals.ticked(thread, message.tick);
      else if (message.kind === "unknown_host") watch.lookAgain();
      else {
        addFigures(figures, message.figures);
        done.resolve();
      }
    });
    worker.on("error", (error) => broken.reject(error));
    return { worker, done: done.promise };
  });
  function tell(message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    for (const { worker } of running) worker.postMessage(message);
  }

  let endTimer: NodeJS.Timeout | undefined;
  const moments = setInterval(() => progress.update(totals.closeMoment(ranS())), momentMs);
  try {
    await Promise.race([passed((rampS + durationS) * 1_000, signal), broken.promise]);
    const endedS = ranS();
    tell({ kind: "stop" });
    endTimer = setTimeout(() => broken.reject(new Error(`a thread of the load test did not end within ${endMs / 1_000} s`)), endMs);
    await Promise.race([Promise.all(running.map(({ done }) => done)), broken.promise]);
    clearInterval(moments);
    if (endedS - (totals.moments.at(-1)?.atS ?? 0) > shortestMomentS) progress.update(totals.closeMoment(ranS()));
    const { user, system } = process.cpuUsage(cpuAtStart);
    return loadReport({
      options,
      version,
      startedAt,
      endedEarly: signal.aborted,
      ranS: endedS,
      figures,
      totals,
      cpuS: (user + system) / 1e6,
    });
  } finally {
    clearInterval(moments);
    clearTimeout(endTimer);
    watch.stop();
    progress.stop();
    await Promise.all(running.map(({ worker }) => worker.terminate()));
  }
}

/** Asks the master for its nodes now and then; a master that is away may be a part of what is tested. */
function watchNodes(
  target: ClusterTarget,
  totals: LoadTotals,
  told: (hosts: readonly string[]) => void,
): { lookAgain(): void; stop(): void } {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let soon: NodeJS.Timeout | undefined;
  async function look(): Promise<void> {
    lookedMs = performance.now();
    try {
      totals.sawNodes(await target.nodes());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    told(target.hosts());
  }
  const timer = setInterval(() => void look(), lookAtNodesMs);
  void look();
  return {
    lookAgain() {
      soon ??= setTimeout(
        () => {
          soon = undefined;
          void look();
        },
        Math.max(0, lookAgainMs - (performance.now() - lookedMs)),
      );
    },
    stop() {
      clearInterval(timer);
      clearTimeout(soon);
    },
  };
}

function passed(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal?.aborted === true) end();
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Before the test: hours later it would be a pity. */
async function checkFolder(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

const notWritten = (path: string, cause: unknown): UserError =>
  new UserError(`The report cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`, { cause });
