// Which core a process runs on, and what it uses: /proc and taskset, so Linux only. Knows nothing of what is measured.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { runProgram } from "../../../src/shared/process/run-program.ts";
import { descendantsOf } from "../../support/processes.ts";

/** What is measured has a core to itself; the load and everything else share the others. */
export const serverCore = "0";
export const cores = availableParallelism();
export const otherCores = cores > 1 ? `1-${cores - 1}` : "0";
export const allCores = `0-${cores - 1}`;

export interface ProcessUse {
  /** User and system time since it started. */
  readonly cpuS: number;
  readonly rssMb: number;
}

/** Ticks per second of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerS = 100;

async function statFields(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1");
  // The name may contain spaces and parentheses; the fields after it do not (proc(5)).
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** @throws when the process has ended. */
export async function processUse(pid: number): Promise<ProcessUse> {
  const fields = await statFields(pid);
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  const rssKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  return { cpuS: (Number(fields[11]) + Number(fields[12])) / ticksPerS, rssMb: rssKb / 1_024 };
}

/** All threads of a process to these cores ("0", "1-3"). */
export async function pin(pid: number, cores: string): Promise<void> {
  const { code, stderr } = await runProgram("taskset", ["-a", "-p", "-c", cores, String(pid)], { timeoutMs: 5_000, maxOutputBytes: 4_096 });
  if (code !== 0) throw new Error(`taskset: ${stderr}`);
}

/** The process alone on the server core, its children elsewhere. */
export async function pinMainProcess(pid: number): Promise<void> {
  await pin(pid, serverCore);
  for (const child of await descendantsOf(pid)) await pin(child.pid, otherCores);
}

/** Percent of one core that each of the processes used during `windowS`. */
export async function measureUse(pids: readonly number[], windowS: number): Promise<{ cpuPercent: number; rssMb: number }[]> {
  const before = await Promise.all(pids.map(processUse));
  const startMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, windowS * 1_000));
  const elapsedS = (performance.now() - startMs) / 1_000;
  const after = await Promise.all(pids.map(processUse));
  return after.map(({ cpuS, rssMb }, index) => ({ cpuPercent: ((cpuS - (before[index]?.cpuS ?? 0)) / elapsedS) * 100, rssMb }));
}
