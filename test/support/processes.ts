// The real `airclass` command in processes of its own, for what an in-process cluster cannot show: signals, exit codes,
// stopped processes. Nothing survives the test runner: each command ends with its stdin.
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { ChildExit } from "../../src/shared/process/child.ts";

export const airclassBin = fileURLToPath(new URL("../../bin/airclass", import.meta.url));

export interface AirclassProcess {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Standard output and error so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** To the command itself and not to its children, as a terminal's or a container's signal would come to it. */
  signal(signal: NodeJS.Signals): void;
  /** What happens when the process that started it goes. */
  closeStdin(): void;
  /** SIGTERM, and SIGKILL after 15 s. Idempotent. */
  stop(): Promise<ChildExit>;
}

/** @param env on top of PATH and the like; nothing of the tests' own environment. */
export function startAirclass(
  args: readonly string[],
  env: Record<string, string> = {},
  { command = airclassBin }: { command?: string } = {},
): AirclassProcess {
  const ffmpeg = process.env["FFMPEG_PATH"];
  const child = startChild({
    command,
    args,
    stdio: ["pipe", "pipe", "pipe"],
    env: childEnvironment({ ...(ffmpeg === undefined ? {} : { FFMPEG_PATH: ffmpeg }), AIRCLASS_STOP_WITH_STDIN: "1", ...env }),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  return {
    pid,
    exited: child.exited,
    output,
    signal: (signal) => void process.kill(pid, signal),
    closeStdin: () => void child.stdin?.end(),
    async stop() {
      // A stopped process does not see SIGTERM before it goes on.
      child.signal("SIGCONT");
      return child.stop(15_000);
    },
  };
}

/** Runs a command to its end. */
export async function runAirclass(
  args: readonly string[],
  env: Record<string, string> = {},
  options: { command?: string } = {},
): Promise<ChildExit & { stdout: string; stderr: string }> {
  const process = startAirclass(args, env, options);
  const exit = await process.exited;
  return { ...exit, ...process.output };
}

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine (Linux: /proc), zombies left out. */
async function listProcesses(): Promise<ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<ProcessInfo | undefined> => {
      try {
        const [stat, command] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile(`/proc/${pid}/cmdline`, "utf8")]);
        // The name in parentheses may hold anything; state and parent follow its last one.
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return state === "Z" ? undefined : { pid: Number(pid), parent: Number(parent), command: command.replaceAll("\0", " ") };
      } catch {
        return undefined; // It ended while we looked.
      }
    }),
  );
  return found.filter((info) => info !== undefined);
}

/** Children, their children and so on. */
export async function descendantsOf(pid: number): Promise<ProcessInfo[]> {
  const all = await listProcesses();
  const found: ProcessInfo[] = [];
  const parents = new Set([pid]);
  for (let grown = true; grown;) {
    const more = all.filter((info) => parents.has(info.parent) && !parents.has(info.pid));
    for (const info of more) parents.add(info.pid);
    found.push(...more);
    grown = more.length > 0;
  }
  return found;
}

/** Those of `pids` that still run. */
export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const all = new Set((await listProcesses()).map(({ pid }) => pid));
  return pids.filter((pid) => all.has(pid));
}
