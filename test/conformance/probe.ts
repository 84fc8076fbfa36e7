// Runs ffprobe over bytes: do they decode, and is the first picture a keyframe?
import { spawn } from "node:child_process";

export interface ProbeResult {
  /** What ffprobe complained about, empty when all decoded. */
  readonly errors: string;
  readonly frames: number;
  /** Undefined without video. */
  readonly firstVideoIsKey: boolean | undefined;
}

const timeoutMs = 20_000;

/** @throws Error when ffprobe (FFPROBE_PATH, else in PATH) cannot be started. */
export function probe(bytes: Buffer): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const args = ["-v", "error", "-f", "mp4", "-show_entries", "frame=media_type,key_frame", "-of", "csv=p=0", "-i", "pipe:0"];
    const child = spawn(process.env["FFPROBE_PATH"] ?? "ffprobe", args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let [out, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.stdin.on("error", () => {
      // ffprobe may stop reading early; what it says on stderr and its exit code decide.
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const frames = out.split("\n").filter((line) => line !== "");
      const firstVideo = frames.find((line) => line.startsWith("video"));
      const failure = code === 0 ? "" : `ffprobe ended with ${code ?? signal}`;
      resolve({
        errors: [errors.trim(), failure].filter((text) => text !== "").join("; "),
        frames: frames.length,
        firstVideoIsKey: firstVideo === undefined ? undefined : firstVideo.startsWith("video,1"),
      });
    });
    child.stdin.end(bytes);
  });
}
