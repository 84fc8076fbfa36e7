// How long to wait before the next try: doubling delays with jitter. Knows nothing of timers.

export interface BackoffOptions {
  /** First delay, before jitter. */
  readonly minMs: number;
  /** Upper bound of every delay. */
  readonly maxMs: number;
  /** Uniform in [0, 1); a test passes a literal. */
  readonly random?: () => number;
}

export interface Backoff {
  /** The delay before the next try in ms: min, 2·min, 4·min … ≤ max, each drawn from its upper half so that many clients spread. */
  next(): number;
  /** Call after a success: the next delay is short again. */
  reset(): void;
}

/** Every reconnect of the product waits 100 ms, then twice as long each time, to 5 s. */
export const reconnectBackoff = { minMs: 100, maxMs: 5_000 } as const;

/** The delay after `failures` (0, 1, 2 …) in ms: `minMs` doubled for each, at most `maxMs`, drawn from its upper half. @param random uniform in [0, 1). */
export function backoffDelayMs({ minMs, maxMs }: Pick<BackoffOptions, "minMs" | "maxMs">, failures: number, random: number): number {
  return Math.min(maxMs, minMs * 2 ** failures) * (0.5 + random / 2);
}

export function createBackoff({ minMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let failures = 0;
  return {
    next() {
      const delayMs = backoffDelayMs({ minMs, maxMs }, failures, random());
      if (minMs * 2 ** failures < maxMs) failures += 1;
      return delayMs;
    },
    reset() {
      failures = 0;
    },
  };
}
