// A teacher whose picture shows the time at which it was taken, as a bar code that a page can read back: what lies between the two
// is the delay from glass to glass, encoder and decoder included, without trusting anybody's time stamps.
import { childEnvironment, startChild } from "../../../src/shared/process/child.ts";

const [width, height, framesPerS] = [320, 180, 30] as const;
const size = `${width}x${height}`;
const bits = 32;

/** Upper half: one bar per bit of the wall clock's lower 32 bits (ms), bright for 1. Lower half: the opposite, to know a torn or blurred picture. */
function drawClock(frame: Buffer, wallMs: number): void {
  const stamp = wallMs % 2 ** bits;
  for (let x = 0; x < width; x += 1) {
    const bit = Math.floor(stamp / 2 ** Math.floor((x * bits) / width)) % 2;
    frame[x] = bit === 1 ? 235 : 16;
    frame[(height / 2) * width + x] = bit === 1 ? 16 : 235;
  }
  for (let y = 1; y < height / 2; y += 1) {
    frame.copyWithin(y * width, 0, width);
    frame.copyWithin((height / 2 + y) * width, (height / 2) * width, (height / 2 + 1) * width);
  }
}

const words = (text: string): string[] => text.split(" ");

export interface ClockPublisher {
  stop(): Promise<void>;
}

/** Publishes it to an RTMP address, with a tone, a keyframe every 2 s, as OBS would. */
export function publishClock(url: string, ffmpegPath: string): ClockPublisher {
  const child = startChild({
    command: ffmpegPath,
    args: [
      ...words("-hide_banner -loglevel error"),
      // The sound has no clock of its own: it is made as far as there are pictures. Else what is ahead would be held back for ever.
      ...words("-thread_queue_size 8 -f lavfi -i sine=frequency=440:sample_rate=48000"),
      ...words(`-thread_queue_size 64 -probesize 32 -f rawvideo -pix_fmt gray -video_size ${size} -framerate ${framesPerS} -i pipe:0`),
      ...words("-map 1:v -map 0:a -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 1M -g 60"),
      ...words("-c:a aac -b:a 64k -flush_packets 1 -f flv"),
      url,
    ],
    stdio: ["pipe", "ignore", "inherit"],
    env: childEnvironment(),
  });
  const input = child.stdin;
  // ffmpeg has ended; `stop` waits for it.
  input?.on("error", () => undefined);
  const frame = Buffer.alloc(width * height);
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    // ffmpeg gives each the next 1/30 s, so there must be as many, also when this process was held up.
    if (((performance.now() - startedMs) * framesPerS) / 1_000 < sent || !input?.writable) return;
    sent += 1;
    drawClock(frame, Date.now());
    input.write(Buffer.from(frame));
  }, 4);
  return {
    async stop() {
      clearInterval(timer);
      await child.stop(2_000);
    },
  };
}

/**
 * Runs in the page: notes for each picture that is shown how old it is by its bar code, as `globalThis.benchDelaysMs`, and how many
 * could not be read.
 */
export const readClock = `(() => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [${width}, ${height}];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  globalThis.benchDelaysMs = [];
  globalThis.benchUnread = 0;
  const next = () => video.requestVideoFrameCallback((nowMs, { expectedDisplayTime }) => {
    next();
    context.drawImage(video, 0, 0, ${width}, ${height});
    const { data } = context.getImageData(0, 0, ${width}, ${height});
    const bright = (bit, y) => data[(y * ${width} + Math.floor((bit + 0.5) * ${width / bits})) * 4] > 128;
    let stamp = 0;
    for (let bit = ${bits - 1}; bit >= 0; bit -= 1) {
      const one = bright(bit, ${height / 4});
      if (one === bright(bit, ${(height * 3) / 4})) { globalThis.benchUnread += 1; return; }
      stamp = stamp * 2 + (one ? 1 : 0);
    }
    const shownMs = performance.timeOrigin + expectedDisplayTime;
    globalThis.benchDelaysMs.push(((shownMs % 2 ** ${bits}) - stamp + 2 ** ${bits}) % 2 ** ${bits});
  });
  next();
})()`;
