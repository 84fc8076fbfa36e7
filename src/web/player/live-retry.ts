// When the picture by WebRTC is tried (again). Pure: time, phase and chance are arguments.
import { createBackoff } from "../../shared/kernel/backoff.ts";
import type { PlayerPhase } from "./player-state.ts";

export interface LiveRetry {
  /** Whether it is to be tried now, while `phase` is what the viewer sees of the class. @param nowMs monotonic */
  isDue(nowMs: number, phase: PlayerPhase): boolean;
  /** A try brought no picture. */
  failed(nowMs: number, phase: PlayerPhase): void;
  /** It played for `playedMs`, and does no more. */
  broke(nowMs: number, playedMs: number): void;
  /** Something has changed: no more waiting. */
  soon(): void;
  /** The viewer wants it: nothing that was counts. */
  chosen(): void;
}

/** Who has seen it live for so long may try again soon after it broke. */
const provenMs = 20_000;

/** @param random uniform in [0, 1) */
export function createLiveRetry(random: () => number): LiveRetry {
  const backoff = createBackoff({ minMs: 2_000, maxMs: 60_000, random });
  let atMs = 0;
  let wasInVain = false;

  const chosen = (): void => {
    backoff.reset();
    [atMs, wasInVain] = [0, false];
  };

  return {
    isDue(nowMs, phase) {
      // Before there was a class, nothing could come: that says nothing of the network.
      if (wasInVain && phase === "playing") chosen();
      // In a pause nobody looks, and while nothing comes by HLS there is nothing to be had by WebRTC either.
      return nowMs >= atMs && (phase === "playing" || phase === "connecting" || phase === "buffering");
    },
    failed(nowMs, phase) {
      wasInVain = phase !== "playing";
      atMs = nowMs + backoff.next();
    },
    broke(nowMs, playedMs) {
      if (playedMs > provenMs) backoff.reset();
      atMs = nowMs + backoff.next();
    },
    soon() {
      atMs = 0;
    },
    chosen,
  };
}
