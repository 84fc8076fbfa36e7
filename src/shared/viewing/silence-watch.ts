// Finds out what it means when nothing comes: a node that hangs, a node that is cut off from the stream, or a teacher
// who is away. Asks the nodes themselves; decides nothing about tokens.
import { timeLimit } from "../kernel/time-limit.ts";
import { createBackoff } from "../kernel/backoff.ts";
import { firstRendition, isAhead, reachOf, type Reach } from "./newest-part.ts";
import type { StreamRoute } from "./stream-route.ts";
import { withoutDirectives } from "./virtual-url.ts";

export interface SilenceWatchDeps {
  readonly route: StreamRoute;
  readonly fetcher: typeof fetch;
  readonly monotonicMs: () => number;
  readonly random: () => number;
}

export interface SilenceWatch {
  /** Looks whether another node has more than the present one, and moves there if so; not more often than is good. */
  lookElsewhere(): Promise<boolean>;
  stop(): void;
}

const checkEveryMs = 200;
/** A part comes every third of a second: after this the node is asked whether it is there at all. */
const silentMs = 1_200;
/** A node answers for a playlist that exists at once. */
const probeTimeoutMs = 1_000;
/** The node is there and has no media: after this, and as much again for some, others are asked. */
const dryMs = 3_000;
const lookBackoff = { minMs: 8_000, maxMs: 60_000 };

export function createSilenceWatch({ route, fetcher, monotonicMs, random }: SilenceWatchDeps): SilenceWatch {
  const backoff = createBackoff({ ...lookBackoff, random });
  const spreadDryMs = dryMs * (1 + random());
  let [probing, looking, stopped] = [false, false, false];
  let [lookAgainMs, quietUntilMs] = [0, 0];
  let [checkedMs, awakeSinceMs] = [monotonicMs(), Number.NEGATIVE_INFINITY];
  let playlistUrl: string | undefined;

  async function textOf(url: string, timeoutMs: number): Promise<{ status: number; text: string }> {
    try {
      const response = await fetcher(url, { cache: "no-store", signal: timeLimit(timeoutMs) });
      return { status: response.status, text: await response.text() };
    } catch {
      // No connection, or no answer in time: both are the answer to our question.
      return { status: 0, text: "" };
    }
  }

  /** The media playlist as it is now, at the node that `map` names. */
  async function reachAt(map: (virtualUrl: string) => string): Promise<{ status: number; reach: Reach | undefined }> {
    if (playlistUrl === undefined) {
      const { status, text } = await textOf(map(route.virtualUrl), probeTimeoutMs * 4);
      if (status !== 200) return { status, reach: undefined };
      playlistUrl = firstRendition(text, route.virtualUrl);
      if (playlistUrl === undefined) return { status, reach: undefined };
    }
    const { status, text } = await textOf(map(withoutDirectives(playlistUrl)), probeTimeoutMs * 4);
    return { status, reach: status === 200 ? reachOf(text) : undefined };
  }

  async function probe(): Promise<void> {
    const { url, sentTo } = route.resolve(withoutDirectives(playlistUrl ?? route.virtualUrl));
    const { status } = await textOf(url, probeTimeoutMs);
    if (stopped) return;
    quietUntilMs = monotonicMs() + silentMs;
    // 502 and 504 come from a proxy whose node is gone.
    if (status === 0 || status === 502 || status === 504) route.stalled(sentTo.nodeId);
  }

  async function lookElsewhere(): Promise<boolean> {
    if (looking || stopped || monotonicMs() < lookAgainMs) return false;
    looking = true;
    lookAgainMs = monotonicMs() + backoff.next();
    try {
      const candidate = await route.candidate();
      if (candidate === undefined || stopped) return false;
      const other = await reachAt((url) => route.resolveAt(url, candidate));
      // The present node is asked last: what comes in between is to its credit.
      const here = await reachAt((url) => route.resolve(url).url);
      if (stopped || !isAhead(other.reach, here.reach)) return false;
      route.adopt(candidate);
      return true;
    } finally {
      looking = false;
    }
  }

  function check(): void {
    const nowMs = monotonicMs();
    // While this did not run (a device that slept, a hidden page) nothing was heard of anybody.
    if (nowMs - checkedMs > silentMs) awakeSinceMs = nowMs;
    checkedMs = nowMs;
    playlistUrl = route.playlistUrl() ?? playlistUrl;
    const lastMediaMs = route.lastMediaMs();
    // Before the first media the player itself waits and asks.
    if (lastMediaMs === undefined || route.transfers === 0) return;
    const [mediaMs, answerMs] = [Math.max(lastMediaMs, awakeSinceMs), Math.max(route.lastAnswerMs(), awakeSinceMs)];
    if (nowMs - mediaMs < silentMs) backoff.reset();
    if (!probing && nowMs - answerMs > silentMs && nowMs > quietUntilMs) {
      probing = true;
      void probe().finally(() => {
        probing = false;
      });
    }
    if (nowMs - mediaMs > spreadDryMs) void lookElsewhere();
  }

  const timer = setInterval(check, checkEveryMs);
  return {
    lookElsewhere,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
