// Runs a short program to its end and collects what it says, within bounds of time and size.
import { childEnvironment, startChild } from "./child.ts";
import type { ChildExit } from "./child.ts";

export interface ProgramResult extends ChildExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** @param options.maxOutputBytes what comes after it, per stream, is thrown away. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly maxOutputBytes: number },
): Promise<ProgramResult> {
  const child = startChild({ command, args, stdio: ["ignore", "pipe", "pipe"], env: childEnvironment() });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < options.maxOutputBytes) output[name] += text.slice(0, options.maxOutputBytes - output[name].length);
    });
  }
  const timer = setTimeout(() => child.signal("SIGKILL"), options.timeoutMs);
  const exit = await child.exited;
  clearTimeout(timer);
  return { ...exit, ...output };
}
