// A teacher for tests: ffmpeg with a test picture and a tone, in real time.
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { ChildExit } from "../../src/shared/process/child.ts";

export interface Publisher {
  readonly pid: number;
  /** Settles when ffmpeg ends; `stderr` says what it complained of. */
  readonly exited: Promise<ChildExit & { stderr: string }>;
  stop(): Promise<void>;
}

export const testFfmpeg = process.env["FFMPEG_PATH"] ?? "ffmpeg";

const picture = ["-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30"];
const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-b:v", "600k", "-g", "60"];
const audio = ["-c:a", "aac", "-b:a", "64k"];

/** @param args instead of the usual inputs and codecs: everything between `ffmpeg` and `-f flv`. */
export function startPublisher(url: string, args: readonly string[] = []): Publisher {
  const media = args.length > 0 ? args : [...picture, ...tone, ...video, ...audio];
  const command = ["-hide_banner", "-loglevel", "error", "-nostdin", ...media, "-f", "flv", url];
  const child = startChild({ command: testFfmpeg, args: command, stdio: ["ignore", "ignore", "pipe"], env: childEnvironment() });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-4_096);
  });
  return {
    pid: child.pid ?? -1,
    exited: child.exited.then((exit) => ({ ...exit, stderr })),
    stop: async () => void (await child.stop(2_000)),
  };
}
