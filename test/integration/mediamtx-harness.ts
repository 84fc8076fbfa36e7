// MediaMTX as operators and strangers meet it: programs against its ports, and ones that were started by somebody else.
import { fileURLToPath } from "node:url";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { Child } from "../../src/shared/process/child.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { testFfmpeg } from "../support/publisher.ts";

export const shippedFile = fileURLToPath(new URL("../../mediamtx.yml", import.meta.url));
const ffprobe = process.env["FFPROBE_PATH"] ?? "ffprobe";

/** MediaMTX as an operator starts it. @param environment what the operator changes, as MTX_ variables. */
export function startMediaMtx(environment: Readonly<Record<string, string>>, file = shippedFile): Child {
  const child = startChild({
    command: process.env["MEDIAMTX_PATH"] ?? "mediamtx",
    args: [file],
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment({ ...environment }),
  });
  child.stdout?.resume();
  child.stderr?.resume();
  return child;
}

/** What a reader gets: names of the codecs, or what it was told. */
export async function readCodecs(url: string, ...options: string[]): Promise<{ readonly codecs: string[]; readonly complaint: string }> {
  const args = ["-v", "error", ...options, "-show_entries", "stream=codec_name,has_b_frames", "-of", "csv=p=0", url];
  const { stdout, stderr } = await runProgram(ffprobe, args, { timeoutMs: 15_000, maxOutputBytes: 10_000 });
  return { codecs: stdout.split("\n").filter((line) => line !== ""), complaint: stderr };
}

/** Whether ffmpeg gets a byte of media. */
export async function canRead(url: string, ...options: string[]): Promise<boolean> {
  const args = ["-v", "error", "-nostdin", ...options, "-i", url, "-t", "0.1", "-f", "null", "-"];
  const { code } = await runProgram(testFfmpeg, args, { timeoutMs: 15_000, maxOutputBytes: 10_000 });
  return code === 0;
}

/** `protocol address:port` of everything that a process listens on. */
export async function listenersOf(pid: number): Promise<string[]> {
  const { stdout } = await runProgram("ss", ["-lntupH"], { timeoutMs: 5_000, maxOutputBytes: 1_000_000 });
  return stdout
    .split("\n")
    .filter((line) => line.includes(`pid=${pid},`))
    .map((line) => {
      const [protocol = "", , , , address = ""] = line.split(/\s+/);
      return `${protocol} ${address}`;
    })
    .toSorted();
}
