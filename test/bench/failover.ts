// What students notice when something fails: each fault again and again in a cluster with the default settings, a student's
// page in a real browser on each slave, a teacher at a gateway of its own. The times are those of frames that were shown.
// BENCH_FAULTS=drain,master_restart measures some of them only.
import { setTimeout as sleep } from "node:timers/promises";
import { launchBrowser, waitForPlaying } from "../support/browser.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { allCores, pin } from "./support/cpu.ts";
import { faults } from "./support/faults.ts";
import type { FaultResult } from "./support/faults.ts";
import { openFaultStage } from "./support/fault-stage.ts";
import type { FaultStage } from "./support/fault-stage.ts";
import { figure, percentile } from "./support/report.ts";
import type { Figure } from "./support/report.ts";

/** Before a fault, so that all play steadily. */
const settleMs = 4_000;

export async function benchFailover({ settings, closer, log }: BenchContext): Promise<PartResult> {
  // The students' browsers have machines of their own; here everything shares all cores.
  await pin(process.pid, allCores);
  let browser;
  try {
    browser = await launchBrowser();
  } catch (error) {
    return { figures: {}, skipped: [`failover: ${(error as Error).message}`] };
  }
  closer.add("browser", () => browser.close());
  const stage = await openFaultStage(browser);
  closer.add("cluster", () => stage.stop());
  const figures: Record<string, Figure> = {};
  const details: Record<string, unknown> = {};
  const chosen = process.env["BENCH_FAULTS"]?.split(",");
  for (const [name, fault] of Object.entries(faults)) {
    if (chosen?.includes(name) === false) continue;
    const results: FaultResult[] = [];
    for (let run = 0; run < settings.failoverRuns; run += 1) {
      await prepare(stage);
      results.push(await fault.run(stage));
      log(`${name}: ${JSON.stringify(results.at(-1))}`);
    }
    const affected = results.flatMap(({ affectedMs }) => affectedMs);
    const others = results.flatMap(({ othersMs }) => othersMs);
    for (const [who, samples, atMost] of [
      ["", affected, fault.atMostMs],
      ["_others", others, fault.othersAtMostMs],
    ] as const) {
      if (samples.length === 0) continue;
      figures[`${name}${who}_freeze_p50`] = figure(percentile(samples, 0.5), "ms", { digits: 0 });
      figures[`${name}${who}_freeze_p95`] = figure(percentile(samples, 0.95), "ms", { digits: 0, ...floorOf(atMost) });
      figures[`${name}${who}_freeze_max`] = figure(Math.max(...samples), "ms", { digits: 0 });
    }
    const { stallMs } = fault;
    if (stallMs !== undefined) {
      const stalls = [...affected, ...others].filter((freezeMs) => freezeMs > stallMs).length;
      figures[`${name}_stalls`] = figure(stalls, "stalls", { digits: 0, floor: { atMost: 0 }, note: `freezes over ${stallMs} ms` });
    }
    const cuts = results.reduce((sum, { publisherCuts }) => sum + publisherCuts, 0);
    figures[`${name}_publisher_cuts`] = figure(cuts, "connections", { digits: 0, floor: { atMost: 0 } });
    details[name] = results;
  }
  return { figures, details };
}

const floorOf = (atMost: number | undefined) => (atMost === undefined ? {} : { floor: { atMost } });

async function prepare(stage: FaultStage): Promise<void> {
  await stage.untilHealed();
  await stage.placePlayers();
  await sleep(settleMs);
  for (const { player } of stage.players) await waitForPlaying(player.page);
}
