// Runs the `airclass` command in a worker thread, see thread-node.ts. What the main thread may ask: to stand still, as after
// SIGSTOP (its sockets stay open and nobody serves them), and to end, as after SIGTERM.
import { parentPort, workerData } from "node:worker_threads";
import { setWrongClock } from "./wrong-clock.ts";

export interface ThreadData {
  /** Index 0: 1 while the thread is to stand still. */
  readonly pauseCell: Int32Array;
  readonly clockOffsetMs: number;
}

const { pauseCell, clockOffsetMs } = workerData as ThreadData;
if (clockOffsetMs !== 0) setWrongClock(clockOffsetMs);
parentPort?.on("message", (message: "pause" | "terminate") => {
  if (message === "pause") {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage("paused");
    Atomics.wait(pauseCell, 0, 1);
  } else process.emit("SIGTERM");
});
await import("../../src/cli.ts");
