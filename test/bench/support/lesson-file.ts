// A recorded lesson of exactly the size the floors speak of, encoded once, so that publishing it costs nothing.
import { join } from "node:path";
import { runProgram } from "../../../src/shared/process/run-program.ts";

const lessonS = 20;
const keyframeEveryS = 2;
const framesPerS = 30;

/** 720p, 30 frames/s, 1.5 Mbit/s H.264 filled to a constant rate + 96 kbit/s AAC, a keyframe every 2 s. @returns the file. */
export async function encodeLesson(ffmpegPath: string, folder: string): Promise<string> {
  const file = join(folder, "lesson.flv");
  const args = [
    "-hide_banner -loglevel error -nostdin -y -f lavfi -i",
    `testsrc2=size=1280x720:rate=${framesPerS}`,
    "-f lavfi -i sine=frequency=440:sample_rate=48000",
    `-t ${lessonS} -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g ${keyframeEveryS * framesPerS}`,
    "-b:v 1500k -minrate 1500k -maxrate 1500k -bufsize 750k",
    "-c:a aac -b:a 96k -ac 2 -f flv",
  ];
  const { code, stderr } = await runProgram(ffmpegPath, [...args.join(" ").split(" "), file], {
    timeoutMs: 120_000,
    maxOutputBytes: 4_096,
  });
  if (code !== 0) throw new Error(`the lesson could not be encoded: ${stderr}`);
  return file;
}

/** Arguments of an ffmpeg that publishes the lesson in real time, again and again. @param output its format and address. */
export function publishLesson(file: string, output: readonly string[]): string[] {
  return ["-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", file, "-c", "copy", ...output];
}
