// A teacher made of a test picture with the time of day in it, and a tone, published by ffmpeg over real RTMP.
import { childEnvironment, startChild } from "../shared/process/child.ts";
import type { Child } from "../shared/process/child.ts";
import { runProgram } from "../shared/process/run-program.ts";

/** Burned in where this ffmpeg can draw text and finds a font; the test picture has a counter of its own. */
const clockFilter =
  "drawtext=text='%{localtime\\:%H\\\\\\:%M\\\\\\:%S}':fontsize=72:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=16:x=(w-tw)/2:y=h-160";

async function canDrawClock(ffmpegPath: string): Promise<boolean> {
  const args = ["-v", "error", "-f", "lavfi", "-i", `color=size=320x180:duration=0.1,${clockFilter}`, "-f", "null", "-"];
  const { code } = await runProgram(ffmpegPath, args, { timeoutMs: 10_000, maxOutputBytes: 4_096 });
  return code === 0;
}

/** 1280×720, 30 frames/s, 1.6 Mbit/s, a keyframe every 2 s: what we ask teachers for. */
export async function startSyntheticTeacher(ffmpegPath: string, rtmpUrl: string): Promise<Child> {
  const picture = (await canDrawClock(ffmpegPath)) ? `testsrc2=size=1280x720:rate=30,${clockFilter}` : "testsrc=size=1280x720:rate=30";
  const args = [
    ["-hide_banner", "-loglevel", "error", "-nostdin"],
    ["-re", "-f", "lavfi", "-i", picture],
    ["-re", "-f", "lavfi", "-i", "sine=frequency=440:beep_factor=4:sample_rate=48000"],
    [
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-tune",
      "zerolatency",
      "-pix_fmt",
      "yuv420p",
      "-b:v",
      "1500k",
      "-maxrate",
      "1500k",
      "-bufsize",
      "1500k",
      "-g",
      "60",
    ],
    ["-af", "volume=-20dB", "-c:a", "aac", "-b:a", "96k", "-ac", "2"],
    ["-f", "flv", rtmpUrl],
  ].flat();
  return startChild({ command: ffmpegPath, args, stdio: ["ignore", "ignore", "inherit"], env: childEnvironment() });
}
