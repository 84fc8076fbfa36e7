// When would the picture of a player have stood still? Follows the arrival of parts and the media that is buffered. Pure.

export interface PlayClock {
  /** A part arrived. @param durationMs of its media. */
  arrived(nowMs: number, durationMs: number): void;
  /** The longest time that the picture stood so far, also if it stands at `nowMs`; 0 before the first part. */
  longestFreezeMs(nowMs: number): number;
  /** The longest time without a new part. */
  longestGapMs(nowMs: number): number;
  /** Forgets what was, and measures from now on. */
  restart(nowMs: number): void;
}

/** What players hold back from the live edge: 3 parts (RFC 8216bis, PART-HOLD-BACK). More that arrives at once is played late, not long. */
const maxBufferMs = 1_000;

export function createPlayClock(): PlayClock {
  let dryAtMs: number | undefined;
  let lastMs = 0;
  let [freezeMs, gapMs] = [0, 0];
  return {
    arrived(nowMs, durationMs) {
      if (dryAtMs !== undefined) {
        freezeMs = Math.max(freezeMs, nowMs - dryAtMs);
        gapMs = Math.max(gapMs, nowMs - lastMs);
      }
      lastMs = nowMs;
      dryAtMs = Math.min(Math.max(dryAtMs ?? nowMs, nowMs) + durationMs, nowMs + maxBufferMs);
    },
    longestFreezeMs: (nowMs) => (dryAtMs === undefined ? 0 : Math.max(freezeMs, nowMs - dryAtMs)),
    longestGapMs: (nowMs) => (dryAtMs === undefined ? 0 : Math.max(gapMs, nowMs - lastMs)),
    restart(nowMs) {
      freezeMs = 0;
      gapMs = 0;
      lastMs = Math.max(lastMs, nowMs);
    },
  };
}
