// Whether a master that has just started knows its cluster: all nodes of before have come back, or had two heartbeats' time.
// Until then what is missing is not gone. Pure; time comes in as an argument (monotonic ms).

export interface Settling {
  /** A node has reported. */
  back(nodeId: string): void;
  settled(now: number): boolean;
}

/**
 * @param expected nodes that were in the cluster when the master was last alive.
 * @param gaveUp called once, when the time is over, with those that did not come back.
 */
export function createSettling(expected: Iterable<string>, untilMs: number, gaveUp: (missing: readonly string[]) => void): Settling {
  const missing = new Set(expected);
  return {
    back: (nodeId) => void missing.delete(nodeId),
    settled(now) {
      if (missing.size > 0 && now < untilMs) return false;
      const lost = [...missing];
      missing.clear();
      if (lost.length > 0) gaveUp(lost);
      return true;
    },
  };
}
