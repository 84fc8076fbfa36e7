// Hands out the epochs of origins: for one stream, never the same number twice. Knows neither who asks nor who is the
// origin; the highest epoch that anybody has reported is given to it.
import { setNewest } from "../../shared/kernel/bounded-map.ts";

export interface EpochLedger {
  /** A number above `highestKnown` and above every one that was given for this path. @param nowMs monotonic. */
  grant(path: string, highestKnown: number, nowMs: number): number;
}

export interface EpochLedgerConfig {
  /**
   * Monotonic ms until which numbers may be under way that a master of before a restart has given: written down nowhere,
   * and not in a report yet. -Infinity where there was none.
   */
  readonly unreportedUntilMs: number;
}

/**
 * More than a master can have given one stream without one of them being reported. To write each grant to the disk before it
 * is answered would be exact too, and would put a disk into every failover; leaving out some numbers costs nothing.
 */
const unreportedAtMost = 100;
/** Streams whose numbers are remembered: what was used of older ones is in reports. */
const maxPaths = 10_000;

export function createEpochLedger({ unreportedUntilMs }: EpochLedgerConfig): EpochLedger {
  /** Least recently given first. */
  const given = new Map<string, number>();

  return {
    grant(path, highestKnown, nowMs) {
      const last = given.get(path);
      const gap = last === undefined && nowMs < unreportedUntilMs ? unreportedAtMost : 0;
      const epoch = Math.max(highestKnown, last ?? 0) + gap + 1;
      setNewest(given, path, epoch, maxPaths);
      return epoch;
    },
  };
}
