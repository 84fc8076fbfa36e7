// The two clocks of the product. Pure code takes `now` as an argument; only edges hold a Clock.

/** A source of time. Durations and deadlines use `monotonicMs`; what people or other machines read uses `wallMs`. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back, not even when the wall clock is set. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallMs(): number;
}

/** The clock of this process. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
