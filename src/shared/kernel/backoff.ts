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

export function createBackoff({ minMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let attempt = 0;
  return {
    next() {
      const ceilingMs = Math.min(maxMs, minMs * 2 ** attempt);
      if (ceilingMs < maxMs) attempt += 1;
      return ceilingMs * (0.5 + random() / 2);
    },
    reset() {
      attempt = 0;
    },
  };
}
