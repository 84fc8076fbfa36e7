// Keeps one MediaMTX running and known: starts it as a child, or watches one that somebody else started, and finds it again
// after it crashed, hung or was restarted. Knows no streams.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { createBackoff, reconnectBackoff } from "../../../shared/kernel/backoff.ts";
import { UserError } from "../../../shared/kernel/user-error.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import type { Child } from "../../../shared/process/child.ts";
import { freeLoopbackPorts } from "./free-loopback-ports.ts";
import { loggableWords } from "./loggable-words.ts";
import { requireVersion } from "./locate-mediamtx.ts";
import { isWebrtcPath } from "./media-paths.ts";
import { createMediaMtxApi, MediaMtxApiError } from "./mediamtx-api.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";
import { addressesFrom, complaintsAbout, environmentOf } from "./mediamtx-config.ts";
import type { MediaMtxAddresses, MediaMtxSettings } from "./mediamtx-config.ts";
import { startFailure } from "./start-failure.ts";

export interface RunningMediaMtx {
  readonly api: MediaMtxApi;
  readonly addresses: MediaMtxAddresses;
}

export type MediaMtxLaunch =
  | { readonly kind: "child"; readonly program: string; readonly settings: MediaMtxSettings }
  /** @param apiUrl of one that runs already. */
  | { readonly kind: "attached"; readonly apiUrl: string };

export interface MediaMtxProcess {
  /** Undefined while none runs. */
  readonly running: RunningMediaMtx | undefined;
  /** Of a MediaMTX that was started here, for tests and diagnosis. */
  readonly pid: number | undefined;
  /** Resolves when it runs. @throws UserError for what the operator can mend. */
  start(): Promise<void>;
  /** Idempotent; resolves when it is gone, or let go of. */
  stop(): Promise<void>;
}

export interface MediaMtxProcessDeps {
  readonly logger: Logger;
  /** Value of `Authorization` for its API. */
  readonly authorization: string;
  /** Where it asks who may do what. */
  readonly hookUrl: string;
  /** It runs, as another one than before: nobody publishes there yet. */
  readonly started: () => void;
  /** It is gone, and every session with it. */
  readonly lost: () => void;
}

const configurationFile = fileURLToPath(new URL("../../../../mediamtx.yml", import.meta.url));
const guardFile = fileURLToPath(new URL(`./mediamtx-guard${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
const startTimeoutMs = 15_000;
const startPollMs = 30;
const watchEveryMs = 1_000;
/** Then one that is a child is ended and started again; each question may take two seconds. */
const maxUnanswered = 2;
const healthyAfterMs = 10_000;
const maxPortTries = 3;

export function createMediaMtxProcess(launch: MediaMtxLaunch, deps: MediaMtxProcessDeps): MediaMtxProcess {
  const { logger, authorization, hookUrl } = deps;
  const backoff = createBackoff(reconnectBackoff);
  let child: Child | undefined;
  let running: (RunningMediaMtx & { readonly startedAt: string }) | undefined;
  let stopped = false;
  let watchTimer: NodeJS.Timeout | undefined;
  let restartTimer: NodeJS.Timeout | undefined;
  let unanswered = 0;
  /** Process id of MediaMTX itself. */
  let guardedPid: number | undefined;

  function begin(api: MediaMtxApi, addresses: MediaMtxAddresses, startedAt: string): void {
    running = { api, addresses, startedAt };
    unanswered = 0;
    deps.started();
  }

  function lose(): void {
    if (!running) return;
    running = undefined;
    deps.lost();
  }

  async function launchChild(program: string, settings: MediaMtxSettings, triesLeft: number): Promise<void> {
    const [apiPort, metrics, rtmp, rtsp, webrtc] = await freeLoopbackPorts(5);
    const local = (port: number | undefined) => `127.0.0.1:${port}`;
    const addresses = { api: local(apiPort), metrics: local(metrics), rtmp: local(rtmp), rtsp: local(rtsp), webrtc: local(webrtc) };
    const env = childEnvironment(environmentOf(settings, addresses, hookUrl));
    const started = startChild({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", guardFile, program, configurationFile],
      stdio: ["pipe", "pipe", "pipe"],
      env,
    });
    child = started;
    let lastWords = "";
    guardedPid = undefined;
    for (const output of [started.stdout, started.stderr]) {
      if (!output) continue;
      createInterface({ input: output }).on("line", (printed) => {
        const line = loggableWords(printed);
        lastWords = `${lastWords}${line}\n`.slice(-4_000);
        guardedPid ??= readGuardedPid(line);
        if (line.trim() !== "") logger.debug(`MediaMTX: ${line.slice(0, 500)}`);
      });
    }
    // Its end is told by `exited`.
    started.stdin?.on("error", () => undefined);
    const ended = started.exited.then(() => "ended" as const);
    const api = createMediaMtxApi({ url: `http://${addresses.api}`, authorization });
    const startedAt = await Promise.race([ended, untilAnswer(api)]);
    if (startedAt === "ended" || startedAt === undefined) {
      child = undefined;
      await end(started);
      // Another program took one of the ports that were free a moment ago.
      if (
        triesLeft > 0 &&
        Object.values(addresses).some((address) => lastWords.includes(address)) &&
        lastWords.includes("already in use")
      ) {
        return launchChild(program, settings, triesLeft - 1);
      }
      throw startFailure(lastWords, settings);
    }
    void watchEnd(started, () => lastWords);
    begin(api, addressesFrom(await api.globalConfig(), addresses.api), startedAt);
    const healthy = setTimeout(() => backoff.reset(), healthyAfterMs).unref();
    void started.exited.then(() => clearTimeout(healthy));
  }

  async function untilAnswer(api: MediaMtxApi): Promise<string | undefined> {
    const deadlineMs = performance.now() + startTimeoutMs;
    while (performance.now() < deadlineMs) {
      try {
        return (await api.info()).started;
      } catch (error) {
        if (!(error instanceof MediaMtxApiError) || error.status !== undefined) throw error;
      }
      await sleep(startPollMs);
    }
    return undefined;
  }

  async function watchEnd(started: Child, lastWords: () => string): Promise<void> {
    const exit = await started.exited;
    if (child !== started) return;
    child = undefined;
    // Its guard was killed: without it nobody would end it.
    if (exit.signal !== undefined) killGuarded();
    lose();
    if (stopped) return;
    logger.error({ exit, lastWords: lastWords().slice(-1_000) }, "MediaMTX ended; it is started again");
    relaunchLater();
  }

  function killGuarded(): void {
    if (guardedPid === undefined) return;
    try {
      process.kill(guardedPid, "SIGKILL");
    } catch (error) {
      // It ended before: what was wanted is already so.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  function relaunchLater(): void {
    restartTimer = setTimeout(() => {
      launchOnce().catch((error: unknown) => {
        if (stopped) return;
        logger.error({ err: error }, "MediaMTX could not be started again");
        relaunchLater();
      });
    }, backoff.next());
  }

  async function attach(apiUrl: string): Promise<void> {
    const api = createMediaMtxApi({ url: apiUrl, authorization });
    try {
      const { version, started } = await api.info();
      requireVersion(version, `MEDIAMTX_API=${apiUrl}`);
      const config = await api.globalConfig();
      const pathNames = [...(await api.pathConfigs()).keys()];
      const complaints = complaintsAbout(config, pathNames, { hookUrl });
      if (complaints.length > 0) {
        throw new UserError(`The MediaMTX at ${apiUrl} is not configured as mediamtx.yml says: ${complaints.join("; ")}`);
      }
      // Sources that a slave before this start gave to streams: whoever knew of them is gone.
      for (const name of pathNames) if (isWebrtcPath(name)) await api.removePath(name);
      begin(api, addressesFrom(config, new URL(apiUrl).host), started);
    } catch (error) {
      if (!(error instanceof MediaMtxApiError)) throw error;
      const mend =
        error.status === 401
          ? `its authHTTPAddress must be ${hookUrl}`
          : "start it with mediamtx.yml, or leave MEDIAMTX_API out so that the slave starts one";
      throw new UserError(`MEDIAMTX_API=${apiUrl}: ${error.message}; ${mend}`, { cause: error });
    }
  }

  function launchOnce(): Promise<void> {
    return launch.kind === "child" ? launchChild(launch.program, launch.settings, maxPortTries) : attach(launch.apiUrl);
  }

  /** Asks whether it is still the same one, and answers at all. */
  async function watch(): Promise<void> {
    const watched = running;
    if (!watched) {
      // A child is brought back by its end.
      if (launch.kind === "attached") await reattach(launch.apiUrl);
      return;
    }
    try {
      const { started } = await watched.api.info();
      if (running !== watched) return;
      unanswered = 0;
      if (started === watched.startedAt) return;
      logger.warn("MediaMTX was restarted");
      lose();
      if (launch.kind === "attached") await reattach(launch.apiUrl);
    } catch (error) {
      if (running !== watched) return;
      unanswered += 1;
      if (unanswered < maxUnanswered) return;
      logger.error({ err: error }, "MediaMTX does not answer");
      lose();
      const hanging = child;
      if (hanging) void end(hanging);
    }
  }

  async function reattach(apiUrl: string): Promise<void> {
    try {
      await attach(apiUrl);
      logger.info("MediaMTX is there again");
    } catch (error) {
      logger.debug({ err: error }, "MediaMTX is not there yet");
    }
  }

  function watchLater(): void {
    watchTimer = setTimeout(() => {
      void watch().finally(() => {
        if (!stopped) watchLater();
      });
    }, watchEveryMs);
  }

  /** The guard ends MediaMTX when its input ends, and itself then. */
  async function end(ending: Child): Promise<void> {
    ending.stdin?.end();
    const late = setTimeout(() => void ending.stop(0), 4_000);
    await ending.exited;
    clearTimeout(late);
  }

  return {
    get running() {
      return running;
    },
    get pid() {
      return child ? guardedPid : undefined;
    },
    async start() {
      await launchOnce();
      watchLater();
    },
    async stop() {
      stopped = true;
      clearTimeout(watchTimer);
      clearTimeout(restartTimer);
      const ending = child;
      child = undefined;
      running = undefined;
      if (ending) await end(ending);
    },
  };
}

/** What the guard says first. */
function readGuardedPid(line: string): number | undefined {
  const pid = Number(/^guarded (\d+)$/.exec(line)?.[1] ?? 0);
  return pid > 1 ? pid : undefined;
}
