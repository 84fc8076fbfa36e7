// Starts the RTMP worker process and keeps it running: after a crash a new one listens on the same port.
// Passes messages both ways, and tells the worker that this process runs; knows no streams.
import { fileURLToPath } from "node:url";
import type { Duplex } from "node:stream";
import { createBackoff, reconnectBackoff } from "../kernel/backoff.ts";
import type { Logger } from "../logging/logger.ts";
import { listenError } from "../net/listen-error.ts";
import { childEnvironment, startChild } from "../process/child.ts";
import type { Child } from "../process/child.ts";
import { aliveEveryMs, createFrameReader, encodeControl } from "./link-frame.ts";
import type { FromWorker, MediaFrame, ToWorker, WorkerConfig } from "./link-frame.ts";

export type WorkerMessage = Exclude<FromWorker, { kind: "listening" | "listen_failed" | "log" }> | MediaFrame;

export interface RtmpWorkerHost {
  /** Port of the running worker; 0 before `start`. */
  readonly port: number;
  /** Process id, for tests and diagnosis; undefined while none runs. */
  readonly pid: number | undefined;
  /** Resolves when the worker listens. @throws UserError when the port is taken or may not be used. */
  start(): Promise<void>;
  send(message: Exclude<ToWorker, { kind: "listen" | "alive" }>): void;
  stop(): Promise<void>;
}

export interface RtmpWorkerEvents {
  message(message: WorkerMessage): void;
  /** The worker died, and every session with it. */
  lost(): void;
}

/** The worker's file next to this one: `.ts` from the sources, `.js` from a build. */
const workerFile = fileURLToPath(new URL(`./rtmp-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
/** A worker that ran so long was well; the next crash is restarted quickly again. */
const healthyAfterMs = 10_000;
const startTimeoutMs = 15_000;

export function createRtmpWorkerHost(
  config: WorkerConfig,
  { events, logger }: { readonly events: RtmpWorkerEvents; readonly logger: Logger },
): RtmpWorkerHost {
  const backoff = createBackoff(reconnectBackoff);
  let child: Child | undefined;
  let link: Duplex | undefined;
  let port = config.port;
  let stopped = false;
  let restartTimer: NodeJS.Timeout | undefined;
  let aliveTimer: NodeJS.Timeout | undefined;

  function launch(): Promise<void> {
    const started = startChild({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", workerFile],
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      env: childEnvironment(),
    });
    child = started;
    const listening = Promise.withResolvers<void>();
    let lastWords = "";
    started.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-2_000);
    });
    const timer = setTimeout(() => listening.reject(new Error("The RTMP process did not start in time")), startTimeoutMs);
    const healthyTimer = setTimeout(() => backoff.reset(), healthyAfterMs);
    if (started.pid !== undefined) {
      link = started.pipe(3);
      readLink(started, link, listening);
      link.write(encodeControl({ kind: "listen", config: { ...config, port } }));
    }
    void watchEnd();
    return listening.promise;

    async function watchEnd(): Promise<void> {
      const exit = await started.exited;
      clearTimeout(timer);
      clearTimeout(healthyTimer);
      const words = lastWords.trim() || exit.error?.message || exit.signal || `code ${exit.code}`;
      listening.reject(new Error(`The RTMP process ended: ${words}`));
      if (child !== started) return;
      child = undefined;
      link = undefined;
      if (stopped) return;
      logger.error({ exit, lastWords }, "the RTMP process ended; it is started again");
      events.lost();
      relaunchLater();
    }
  }

  function readLink(started: Child, pipe: Duplex, listening: PromiseWithResolvers<void>): void {
    const read = createFrameReader((message) => {
      switch (message.kind) {
        case "listening":
          port = message.port;
          listening.resolve();
          break;
        case "listen_failed":
          listening.reject(
            listenError(Object.assign(new Error(message.message), { code: message.code }), {
              host: config.host,
              port,
              variable: "RTMP_PORT",
            }),
          );
          break;
        case "log":
          logger[message.level]({ remoteAddress: message.remoteAddress }, `RTMP: ${message.message}`);
          break;
        case "publish":
        case "misnamed":
        case "metadata":
        case "media":
        case "end":
          if (child === started) events.message(message);
          break;
        case "listen":
        case "alive":
        case "allow":
        case "refuse":
        case "close":
          // These go the other way.
          break;
      }
    });
    pipe.on("data", (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        logger.error({ err: error }, "the RTMP process sent something unreadable; it is restarted");
        started.signal("SIGKILL");
      }
    });
    pipe.on("error", (error) => logger.debug({ err: error }, "the pipe to the RTMP process broke; its end follows"));
  }

  function relaunchLater(): void {
    restartTimer = setTimeout(() => {
      launch().catch((error: unknown) => {
        if (stopped) return;
        logger.error({ err: error }, "the RTMP process could not be started again");
        // One that runs but does not listen must go too; its end brings the next try.
        child?.signal("SIGKILL");
      });
    }, backoff.next());
  }

  return {
    get port() {
      return child ? port : 0;
    },
    get pid() {
      return child?.pid;
    },
    async start() {
      const first = launch();
      const failed = child;
      aliveTimer = setInterval(() => {
        // A worker that takes nothing needs no more of these.
        if (link?.writable && !link.writableNeedDrain) link.write(encodeControl({ kind: "alive" }));
      }, aliveEveryMs);
      try {
        await first;
      } catch (error) {
        stopped = true;
        clearInterval(aliveTimer);
        clearTimeout(restartTimer);
        await failed?.stop(0);
        throw error;
      }
    },
    send(message) {
      if (link?.writable) link.write(encodeControl(message));
    },
    async stop() {
      stopped = true;
      clearInterval(aliveTimer);
      clearTimeout(restartTimer);
      await child?.stop(1_000);
    },
  };
}
