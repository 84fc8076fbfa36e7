// Many viewers: runs the hlsload generator where it is found (HLSLOAD, or beside the clone), else our own small simulation.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Percentiles } from "../../../src/capacity/load-report.ts";
import { runProgram } from "../../../src/shared/process/run-program.ts";
import { otherCores } from "./cpu.ts";

export interface ViewerLoad {
  readonly viewers: number;
  readonly rampS: number;
  readonly durationS: number;
  readonly lowLatency: boolean;
  /** Where each viewer gets its `hls_url`, or the one playlist that all play. */
  readonly target: { readonly tokenUrl: string } | { readonly playlistUrl: string };
  /** The server's processes, to be measured over the same window. */
  readonly serverPids: readonly number[];
}

/** The fields of hlsload's JSON that are used here. */
export interface ViewerReport {
  readonly viewers: number;
  readonly duration_s: number;
  readonly requests_per_s: number;
  readonly mbit_per_s: number;
  readonly playlists: number;
  readonly segments: number;
  readonly parts: number;
  readonly errors: { readonly total: number };
  readonly stalled_viewers: number;
  readonly never_played: number;
  readonly late_segments: number;
  readonly underrun_viewers: number;
  readonly playlist_ms: Percentiles;
  readonly blocking_reload_ms: Percentiles;
  readonly segment_ms: Percentiles;
  readonly part_ms: Percentiles;
  readonly live_edge_s: Percentiles;
  readonly server_cpu_pct: number;
  readonly server_rss_mb: number;
  readonly generator_cpu_pct: number;
  readonly generator_saturated: boolean;
}

const simulation = fileURLToPath(new URL("./viewer-simulation.ts", import.meta.url));

/** @returns the command of the generator, and its name for the report. */
export async function findGenerator(): Promise<{ name: string; command: readonly string[] }> {
  const wanted = process.env["HLSLOAD"];
  if (wanted !== undefined && wanted !== "") return { name: "hlsload", command: [wanted] };
  const beside = join(import.meta.dirname, "../../../../shared/tools/hlsload");
  const found = await access(beside).then(
    () => true,
    () => false, // not there, which is usual
  );
  if (found) return { name: "hlsload", command: [beside] };
  return { name: "own simulation", command: [process.execPath, "--disable-warning=ExperimentalWarning", simulation] };
}

/** Runs viewers on the other cores and measures the server meanwhile. @param done afterwards, whatever comes of it. */
export async function runViewers(load: ViewerLoad, done: () => Promise<void>): Promise<ViewerReport> {
  try {
    return await run(load);
  } finally {
    await done();
  }
}

async function run(load: ViewerLoad): Promise<ViewerReport> {
  const { command } = await findGenerator();
  const args = ["--viewers", String(load.viewers), "--ramp", String(load.rampS), "--duration", String(load.durationS), "--json"];
  if (load.lowLatency) args.push("--ll");
  if (load.serverPids.length > 0) args.push("--pid", load.serverPids.join(","));
  if ("tokenUrl" in load.target) args.push("--token-url", load.target.tokenUrl);
  else args.push(load.target.playlistUrl);
  const timeoutMs = (load.rampS + load.durationS + 30) * 1_000;
  const result = await runProgram("taskset", ["-c", otherCores, ...command, ...args], { timeoutMs, maxOutputBytes: 64 * 1_024 });
  if (result.code !== 0) throw new Error(`the load generator failed (${result.code ?? result.signal}): ${result.stderr || result.stdout}`);
  return JSON.parse(result.stdout) as ViewerReport;
}

/** Nobody's picture stood still, nothing was refused, everybody got media. */
export function isSmooth(report: ViewerReport): boolean {
  return report.stalled_viewers === 0 && report.underrun_viewers === 0 && report.never_played === 0 && report.errors.total === 0;
}
