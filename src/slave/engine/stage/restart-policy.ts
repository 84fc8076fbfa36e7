// When ffmpeg is started again, after a failure or for other media, and when a stream is given up. Pure.

export interface RestartState {
  /** Restarts asked for within the last minute, ms on a monotonic clock; oldest first. */
  readonly askedAtMs: readonly number[];
}

export type RestartEffect = { readonly kind: "restart"; readonly delayMs: number } | { readonly kind: "give_up" };

const maxRestartsPerMinute = 5;
const windowMs = 60_000;
const firstDelayMs = 50;

export const noRestarts: RestartState = { askedAtMs: [] };

/** Restarts five times within a minute, after 50 ms, 100 ms, … 800 ms; the sixth is given up. */
export function stepRestart(state: RestartState, nowMs: number): { state: RestartState; effect: RestartEffect } {
  const recent = state.askedAtMs.filter((at) => nowMs - at < windowMs);
  const next = { askedAtMs: [...recent, nowMs] };
  if (recent.length >= maxRestartsPerMinute) return { state: next, effect: { kind: "give_up" } };
  return { state: next, effect: { kind: "restart", delayMs: firstDelayMs * 2 ** recent.length } };
}
