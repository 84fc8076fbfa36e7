// How late this process's timers are: when its one thread is busy, everybody waits for at least that long.
import type { Clock } from "../kernel/clock.ts";
import type { MetricSet } from "./metric-set.ts";

export interface EventLoopLag {
  /** Idempotent. */
  stop(): void;
}

/** Often enough for minutes' percentiles, seldom enough to cost nothing. A block longer than this is one sample: its whole length. */
const intervalMs = 100;

/** Observes until it is stopped; does not keep the process alive. */
export function createEventLoopLag(metrics: MetricSet, clock: Clock): EventLoopLag {
  const observe = metrics.histogram("airclass_event_loop_lag_seconds");
  let dueMs = clock.monotonicMs() + intervalMs;
  const timer = setInterval(() => {
    const now = clock.monotonicMs();
    observe(Math.max(0, now - dueMs) / 1_000);
    // Node counts an interval from when its callback began.
    dueMs = now + intervalMs;
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
