// Which readers on the media server's list are no session of ours: opened by a request that was given up, or by somebody who got
// around the door. Pure.

export interface StrangerWatch {
  /**
   * @param unknown ids on the list that belong to no session, as it was at `nowMs` (monotonic).
   * @param openingSinceMs when the oldest session was asked for that is not answered yet: the media server lists it already. Infinity: none.
   * @returns those that are to be ended.
   */
  step(unknown: readonly string[], openingSinceMs: number, nowMs: number): string[];
}

export function createStrangerWatch(): StrangerWatch {
  /** Since when each is listed. */
  let known: ReadonlyMap<string, number> = new Map();
  return {
    step(unknown, openingSinceMs, nowMs) {
      const before = known;
      known = new Map(unknown.map((id) => [id, before.get(id) ?? nowMs]));
      // What was listed before the oldest of them was asked for is none of them.
      return unknown.filter((id) => openingSinceMs > (before.get(id) ?? Infinity));
    },
  };
}
