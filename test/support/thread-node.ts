// A node in a worker thread of the test's own process: quick to start, and can be killed and paused like a process.
// Its children (RTMP worker, ffmpeg) are processes as ever.
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { childEnvironment } from "../../src/shared/process/child.ts";
import type { ThreadData } from "./airclass-thread.ts";
import { endsWithin } from "./cluster-node.ts";
import type { StartNode } from "./cluster-node.ts";

const program = fileURLToPath(new URL("airclass-thread.ts", import.meta.url));

export const startThreadNode: StartNode = ({ role, env, clockOffsetMs, netns }) => {
  if (netns !== undefined) throw new Error("a thread cannot be in a network namespace of its own");
  const pauseCell = new Int32Array(new SharedArrayBuffer(4));
  const workerData: ThreadData = { pauseCell, clockOffsetMs };
  const ffmpeg = process.env["FFMPEG_PATH"];
  const worker = new Worker(program, {
    argv: [role],
    // Its logger writes to the file descriptor itself, past the thread's stdout: quiet unless asked for.
    env: childEnvironment({
      ...(ffmpeg === undefined ? {} : { FFMPEG_PATH: ffmpeg }),
      ...env,
      LOG_LEVEL: process.env["TEST_LOG_LEVEL"] ?? "silent",
    }),
    stdout: true,
    stderr: true,
    workerData,
  });
  let log = "";
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  let failed: Error | undefined;
  worker.on("error", (error: Error) => {
    failed = error;
    log += `${error.stack ?? error.message}\n`;
  });
  const ended = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));

  function resume(): void {
    Atomics.store(pauseCell, 0, 0);
    Atomics.notify(pauseCell, 0);
  }
  return {
    pid: undefined,
    ended,
    async kill() {
      await worker.terminate();
      await ended;
    },
    async pause() {
      Atomics.store(pauseCell, 0, 1);
      const paused = new Promise<void>((resolve) => void worker.once("message", () => resolve()));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage("pause");
      await paused;
    },
    resume,
    async terminate(timeoutMs = 20_000) {
      resume();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage("terminate");
      try {
        await endsWithin(ended, timeoutMs, `the ${role}`);
      } finally {
        await worker.terminate();
      }
      if (failed) throw new Error(`the ${role} failed`, { cause: failed });
    },
    log: () => log,
  };
};
