// How many viewers `airclass loadtest` simulates with a core, beside the neutral generator that the other parts use.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadReport } from "../../src/capacity/load-report.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { benchAdminToken } from "./support/bench-cluster.ts";
import { otherCores } from "./support/cpu.ts";
import { findGenerator, runViewers } from "./support/hlsload.ts";
import { lessonName, startMeasuredCluster, tokenTarget } from "./support/measured-cluster.ts";
import { figure } from "./support/report.ts";

const program = join(import.meta.dirname, "../../src/cli.ts");

export async function benchLoadtest(context: BenchContext): Promise<PartResult> {
  const { closer, log, settings } = context;
  const viewers = settings.quick ? 50 : 400;
  const { rampS, windowS: durationS } = settings;
  const cluster = await startMeasuredCluster(context);
  const folder = await mkdtemp(join(tmpdir(), "airclass-bench-loadtest-"));
  closer.add("report", () => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "report.json");

  const command = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    program,
    "loadtest",
    `${cluster.masterUrl}/watch/${lessonName}`,
  ];
  const numbers = ["--viewers", viewers, "--ramp", rampS, "--duration", durationS, "--threads", 1, "--max-stalled-percent", 100].map(
    String,
  );
  const ran = await runProgram("taskset", ["-c", otherCores, ...command, ...numbers, "--report", file, "--admin-token", benchAdminToken], {
    timeoutMs: (rampS + durationS + 60) * 1_000,
    maxOutputBytes: 64 * 1_024,
  });
  if (ran.code !== 0) throw new Error(`the load test failed (${ran.code ?? ran.signal}): ${ran.stderr || ran.stdout}`);
  const ours = JSON.parse(await readFile(file, "utf8")) as LoadReport;
  log(`airclass loadtest: ${ours.viewers.played} viewers played, ${ours.generator.viewers_per_core} for each core`);

  const { target, done } = await tokenTarget(cluster)(viewers);
  const other = await runViewers({ viewers, rampS, durationS, lowLatency: true, target, serverPids: [] }, done);
  const { name } = await findGenerator();
  log(`${name}: ${other.generator_cpu_pct} % of a core`);
  return {
    figures: {
      viewers_per_core: figure(ours.generator.viewers_per_core, "viewers", {
        digits: 0,
        note: `at ${viewers} low-latency viewers, one thread`,
      }),
      viewers_per_core_of_other_generator: figure((viewers * 100) / other.generator_cpu_pct, "viewers", {
        digits: 0,
        note: `${name}; knows no moves between nodes and no token renewal`,
      }),
      playlists_per_viewer: figure((ours.mbps_per_viewer * ours.playlists_percent) / 100, "Mbit/s"),
      all_per_viewer: figure(ours.mbps_per_viewer, "Mbit/s"),
      stalled_viewers: figure(ours.viewers.stalled, "viewers", { digits: 0 }),
    },
    details: { ...ours, viewer_list: undefined, timeline: undefined, other },
  };
}
