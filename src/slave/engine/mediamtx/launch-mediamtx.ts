// Starts one MediaMTX below its guard, with mediamtx.yml and addresses of its own, and tells when it answers and when it ended.
// Starts none again.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../../shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import type { ChildExit } from "../../../shared/process/child.ts";
import { freeLoopbackPorts } from "./free-loopback-ports.ts";
import { loggableWords } from "./loggable-words.ts";
import { createMediaMtxApi, MediaMtxApiError } from "./mediamtx-api.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";
import { addressesFrom, environmentOf } from "./mediamtx-config.ts";
import type { MediaMtxAddresses, MediaMtxSettings } from "./mediamtx-config.ts";
import type { MediaMtxAccess, RunningMediaMtx } from "./running-mediamtx.ts";
import { startFailure } from "./start-failure.ts";

export interface MediaMtxChild {
  /** Of MediaMTX itself, not of its guard. */
  readonly pid: number | undefined;
  /** Settles when it is gone, with what it printed last. */
  readonly exited: Promise<{ readonly exit: ChildExit; readonly lastWords: string }>;
  /** Resolves when it is gone. */
  end(): Promise<void>;
}

export interface LaunchedMediaMtx {
  readonly running: RunningMediaMtx;
  readonly child: MediaMtxChild;
}

export interface LaunchDeps extends MediaMtxAccess {
  readonly logger: Logger;
}

const configurationFile = fileURLToPath(new URL("../../../../mediamtx.yml", import.meta.url));
const guardFile = fileURLToPath(new URL(`./mediamtx-guard${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
const startTimeoutMs = 15_000;
const startPollMs = 30;
const maxPortTries = 4;
/** The guard waits 1.5 s for MediaMTX. */
const endWithinMs = 4_000;
const keptWords = 4_000;

/**
 * Resolves when it answers. Nothing of one that did not begin is left.
 * @param signal ends it at once, also while it begins. @throws UserError for what the operator can mend
 */
export async function launchMediaMtx(
  program: string,
  settings: MediaMtxSettings,
  { logger, authorization, hookUrl }: LaunchDeps,
  signal: AbortSignal,
): Promise<LaunchedMediaMtx> {
  for (let tries = 1; ; tries += 1) {
    const addresses = await freeAddresses();
    signal.throwIfAborted();
    const child = startGuarded(program, environmentOf(settings, addresses, hookUrl), logger);
    const end = (): void => void child.end();
    signal.addEventListener("abort", end);
    try {
      const api = createMediaMtxApi({ url: `http://${addresses.api}`, authorization });
      const startedAt = await untilAnswer(api, child);
      if (startedAt !== undefined) {
        return { running: { api, addresses: addressesFrom(await api.globalConfig(), addresses.api), startedAt }, child };
      }
    } catch (error) {
      await child.end();
      throw error;
    } finally {
      signal.removeEventListener("abort", end);
    }
    await child.end();
    signal.throwIfAborted();
    const { lastWords } = await child.exited;
    if (tries >= maxPortTries || !isPortTaken(lastWords, addresses)) throw startFailure(lastWords, settings);
  }
}

async function freeAddresses(): Promise<MediaMtxAddresses> {
  const [api, metrics, rtmp, rtsp, webrtc] = await freeLoopbackPorts(5);
  const local = (port: number | undefined) => `127.0.0.1:${port}`;
  return { api: local(api), metrics: local(metrics), rtmp: local(rtmp), rtsp: local(rtsp), webrtc: local(webrtc) };
}

/** Another program took one of the ports that were free a moment ago. */
function isPortTaken(lastWords: string, addresses: MediaMtxAddresses): boolean {
  return lastWords.includes("already in use") && Object.values(addresses).some((address: string) => lastWords.includes(address));
}

function startGuarded(program: string, environment: Readonly<Record<string, string>>, logger: Logger): MediaMtxChild {
  const guard = startChild({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", guardFile, program, configurationFile],
    stdio: ["pipe", "pipe", "pipe"],
    env: childEnvironment({ ...environment }),
  });
  let lastWords = "";
  let pid: number | undefined;
  for (const output of [guard.stdout, guard.stderr]) {
    if (!output) continue;
    createInterface({ input: output }).on("line", (printed) => {
      const line = loggableWords(printed);
      lastWords = `${lastWords}${line}\n`.slice(-keptWords);
      pid ??= readGuardedPid(line);
      if (line.trim() !== "") logger.debug(`MediaMTX: ${line.slice(0, 500)}`);
    });
  }
  // Its end is told by `exited`.
  guard.stdin?.on("error", () => undefined);
  const exited = untilGone();

  async function untilGone(): Promise<{ readonly exit: ChildExit; readonly lastWords: string }> {
    const exit = await guard.exited;
    // The guard was killed: without it nobody would end MediaMTX.
    if (exit.signal !== undefined && pid !== undefined) kill(pid, logger);
    return { exit, lastWords };
  }

  return {
    get pid() {
      return pid;
    },
    exited,
    async end() {
      // The guard ends MediaMTX when its input ends, and itself then.
      guard.stdin?.end();
      const late = setTimeout(() => void guard.stop(0), endWithinMs);
      await exited;
      clearTimeout(late);
    },
  };
}

/** When it was started, as it says itself; undefined when it ended, or took too long. */
async function untilAnswer(api: MediaMtxApi, { exited }: MediaMtxChild): Promise<string | undefined> {
  let hasEnded = false;
  void exited.then(() => (hasEnded = true));
  const isHopeful = () => !hasEnded;
  for (const deadlineMs = performance.now() + startTimeoutMs; isHopeful() && performance.now() < deadlineMs; await sleep(startPollMs)) {
    try {
      return (await api.info()).started;
    } catch (error) {
      if (!(error instanceof MediaMtxApiError) || error.status !== undefined) throw error;
    }
  }
  return undefined;
}

/** What the guard says first. */
function readGuardedPid(line: string): number | undefined {
  const pid = Number(/^guarded (\d+)$/.exec(line)?.[1] ?? 0);
  return pid > 1 ? pid : undefined;
}

function kill(pid: number, logger: Logger): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended before: what was wanted is already so.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") logger.error({ err: error, pid }, "MediaMTX could not be ended");
  }
}
