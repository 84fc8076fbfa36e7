// Tells a device that slept from one that is merely busy. Pure: both clocks are arguments.

export interface WakeGap {
  /**
   * Called once a second while the device is awake.
   * @returns how long nothing ran, in ms, when that was longer than a device that is awake can be busy; else undefined.
   */
  tick(wallMs: number, monotonicMs: number): number | undefined;
}

/** A tick that is so late comes from a device that slept, a page that was frozen, or a hidden page whose timers are held back. */
const awakeMs = 5_000;

/** On most systems the monotonic clock stands while the device sleeps, and only the clock on the wall goes on. */
export function createWakeGap(wallMs: number, monotonicMs: number): WakeGap {
  let [lastWallMs, lastMonotonicMs] = [wallMs, monotonicMs];
  return {
    tick(nowWallMs, nowMonotonicMs) {
      const gapMs = Math.max(nowWallMs - lastWallMs, nowMonotonicMs - lastMonotonicMs);
      [lastWallMs, lastMonotonicMs] = [nowWallMs, nowMonotonicMs];
      return gapMs > awakeMs ? gapMs : undefined;
    },
  };
}
