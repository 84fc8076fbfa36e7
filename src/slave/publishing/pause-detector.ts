// Notices that this process stood still (SIGSTOP, a frozen container, a laptop that slept): whatever it holds is old then. Pure.

export interface PauseDetector {
  /** True when more time has passed since the last call than a running process lets pass. Call a few times per second. */
  stoodStill(nowMs: number, wallMs: number): boolean;
}

/** @param maxGapMs between two calls. */
export function createPauseDetector(maxGapMs: number, nowMs: number, wallMs: number): PauseDetector {
  let last = { nowMs, wallMs };
  return {
    stoodStill(nowMs, wallMs) {
      const gapMs = nowMs - last.nowMs;
      // The monotonic clock of Linux does not count while the machine sleeps. A wall clock that is set forward only makes us ask once.
      const sleptMs = wallMs - last.wallMs - gapMs;
      last = { nowMs, wallMs };
      return gapMs > maxGapMs || sleptMs > maxGapMs;
    },
  };
}
