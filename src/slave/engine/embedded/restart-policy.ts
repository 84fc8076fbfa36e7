// When a failed ffmpeg is started again, and when it is given up. Pure.

export interface RestartState {
  /** When ffmpeg failed within the last minute, ms on a monotonic clock; oldest first. */
  readonly failedAtMs: readonly number[];
}

/** ffmpeg died, or hung and was killed. */
export type RestartEvent = "failed";

export type RestartEffect = { readonly kind: "restart"; readonly delayMs: number } | { readonly kind: "give_up" };

const maxRestartsPerMinute = 5;
const windowMs = 60_000;
const firstDelayMs = 50;

export const noFailures: RestartState = { failedAtMs: [] };

/** Restarts five times within a minute, after 50 ms, 100 ms, … 800 ms; the sixth failure is the last. */
export function stepRestart(state: RestartState, _event: RestartEvent, nowMs: number): { state: RestartState; effect: RestartEffect } {
  const recent = state.failedAtMs.filter((at) => nowMs - at < windowMs);
  const next = { failedAtMs: [...recent, nowMs] };
  if (recent.length >= maxRestartsPerMinute) return { state: next, effect: { kind: "give_up" } };
  return { state: next, effect: { kind: "restart", delayMs: firstDelayMs * 2 ** recent.length } };
}
