// Keeps one MediaMTX running and known: has it started as a child, or watches one that somebody else started, and finds it again
// after it crashed, hung or was restarted. Knows no streams.
import { isDeepStrictEqual } from "node:util";
import { createBackoff, reconnectBackoff } from "../../../shared/kernel/backoff.ts";
import { attachMediaMtx, readConfiguration } from "./attach-mediamtx.ts";
import { launchMediaMtx } from "./launch-mediamtx.ts";
import type { LaunchDeps, MediaMtxChild } from "./launch-mediamtx.ts";
import type { MediaMtxSettings } from "./mediamtx-config.ts";
import type { RunningMediaMtx } from "./running-mediamtx.ts";

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

export interface MediaMtxProcessDeps extends LaunchDeps {
  /** It runs, as another one than before: nobody publishes there yet. */
  readonly started: () => void;
  /** It is gone, and every session with it. */
  readonly lost: () => void;
  /** It runs, and is not to be used as it is configured now: what came in there is to go. Before `lost`. */
  readonly unfit: (server: RunningMediaMtx) => void;
}

const watchEveryMs = 1_000;
/** Then one that is a child is ended and started again; each question may take two seconds. */
const maxUnanswered = 2;
const healthyAfterMs = 10_000;

export function createMediaMtxProcess(launch: MediaMtxLaunch, deps: MediaMtxProcessDeps): MediaMtxProcess {
  const { logger } = deps;
  const backoff = createBackoff(reconnectBackoff);
  const stopping = new AbortController();
  let child: MediaMtxChild | undefined;
  let running: RunningMediaMtx | undefined;
  let launching: Promise<void> | undefined;
  let watchTimer: NodeJS.Timeout | undefined;
  let restartTimer: NodeJS.Timeout | undefined;
  let unanswered = 0;
  /** Why one that somebody else runs is not used, as it was last told. */
  let unusedWhy: string | undefined;

  const isStopping = (): boolean => stopping.signal.aborted;

  function begin(found: RunningMediaMtx): void {
    if (isStopping()) return;
    running = found;
    unanswered = 0;
    unusedWhy = undefined;
    deps.started();
  }

  function lose(): void {
    if (!running) return;
    running = undefined;
    deps.lost();
  }

  async function launchOnce(): Promise<void> {
    if (launch.kind === "attached") return begin(await attachMediaMtx(launch.apiUrl, deps));
    const launched = await launchMediaMtx(launch.program, launch.settings, deps, stopping.signal);
    child = launched.child;
    void watchEnd(launched.child);
    begin(launched.running);
  }

  async function watchEnd(mine: MediaMtxChild): Promise<void> {
    const healthy = setTimeout(() => backoff.reset(), healthyAfterMs).unref();
    const { exit, lastWords } = await mine.exited;
    clearTimeout(healthy);
    if (child !== mine) return;
    child = undefined;
    lose();
    if (isStopping()) return;
    logger.error({ exit, lastWords: lastWords.slice(-1_000) }, "MediaMTX ended; it is started again");
    relaunchLater();
  }

  function relaunchLater(): void {
    restartTimer = setTimeout(() => {
      launching = launchOnce();
      launching.catch((error: unknown) => {
        if (isStopping()) return;
        logger.error({ err: error }, "MediaMTX could not be started again");
        relaunchLater();
      });
    }, backoff.next());
  }

  /** Asks whether it is still the same one, and answers at all. */
  async function watch(): Promise<void> {
    const watched = running;
    if (!watched) {
      // A child is brought back by its end.
      if (launch.kind === "attached") await reattach();
      return;
    }
    try {
      const { started } = await watched.api.info();
      if (running !== watched) return;
      if (started === watched.startedAt) {
        if (launch.kind === "attached") await recheck(watched, launch.apiUrl);
        unanswered = 0;
        return;
      }
      logger.warn("MediaMTX was restarted");
      lose();
      if (launch.kind === "attached") await reattach();
    } catch (error) {
      if (running !== watched) return;
      unanswered += 1;
      if (unanswered < maxUnanswered) return;
      logger.error({ err: error }, "MediaMTX does not answer");
      lose();
      void child?.end();
    }
  }

  /** @throws MediaMtxApiError */
  async function recheck(watched: RunningMediaMtx, apiUrl: string): Promise<void> {
    const { addresses, complaints } = await readConfiguration(watched.api, apiUrl, deps.hookUrl);
    if (running !== watched || (complaints.length === 0 && isDeepStrictEqual(addresses, watched.addresses))) return;
    logger.error({ complaints, addresses }, "MediaMTX was configured anew; it is not used until it is as mediamtx.yml says");
    deps.unfit(watched);
    lose();
  }

  async function reattach(): Promise<void> {
    try {
      await launchOnce();
      logger.info("MediaMTX is there again");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger[why === unusedWhy ? "debug" : "warn"]({ err: error }, "MediaMTX is not used yet");
      unusedWhy = why;
    }
  }

  function watchLater(): void {
    if (isStopping()) return;
    watchTimer = setTimeout(() => void watch().finally(watchLater), watchEveryMs);
  }

  return {
    get running() {
      return running;
    },
    get pid() {
      return child?.pid;
    },
    async start() {
      launching = launchOnce();
      await launching;
      watchLater();
    },
    async stop() {
      stopping.abort();
      clearTimeout(watchTimer);
      clearTimeout(restartTimer);
      running = undefined;
      // A start that failed was told to whoever started.
      await Promise.allSettled([launching]);
      const ending = child;
      child = undefined;
      await ending?.end();
    },
  };
}
