// What metered-slave.ts writes down of each window, a JSON line each.

export const windowMs = 1_000;

/**
 * How often each answer is counted and timed in a window with metrics: what they cost is less than windows differ by
 * themselves, so as much more is measured and divided again. Node warns of more listeners than ten for one event.
 */
export const timesObserved = 8;

export interface MeteredWindow {
  /** Answers were counted and timed. */
  readonly observed: boolean;
  /** Unix ms. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Of all threads of the slave's process. */
  readonly cpuUs: number;
  readonly answers: number;
}

/** What metrics add to the CPU per answer, as a share of it, once for each pair of neighbours. @param windows in order. */
export function addedShares(windows: readonly MeteredWindow[]): number[] {
  const shares: number[] = [];
  for (let index = 1; index < windows.length; index += 1) {
    const [one, other] = [windows[index - 1], windows[index]];
    if (!one || !other || one.observed === other.observed || one.answers === 0 || other.answers === 0) continue;
    const [on, off] = one.observed ? [one, other] : [other, one];
    shares.push((on.cpuUs / on.answers / (off.cpuUs / off.answers) - 1) / timesObserved);
    // Each window belongs to one pair.
    index += 1;
  }
  return shares;
}
