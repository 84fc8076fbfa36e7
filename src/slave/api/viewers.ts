// Who watches: one viewer per token (jti) seen lately. Time is an argument; bounded.

interface Viewer {
  readonly path: string;
  lastSeenMs: number;
}

export interface Viewers {
  /** Notes a request of a token. */
  seen(jti: string, path: string, nowMs: number): void;
  has(jti: string): boolean;
  /** Viewers within the window. */
  count(nowMs: number): number;
  /** Viewers by stream path. */
  countByPath(nowMs: number): ReadonlyMap<string, number>;
  /** Tokens first seen whose report is not acknowledged yet; give the result back to `acknowledge`. */
  activated(): readonly string[];
  acknowledge(reported: readonly string[]): void;
}

/** More activations between two heartbeats than this are reported in the next ones; the message has a bound. */
const maxActivated = 20_000;

/** @param windowMs how long after its last request a token still counts: max(3 × segment duration, 10 s). */
export function createViewers(windowMs: number): Viewers {
  // Oldest first: a seen viewer moves to the end, so that expiry looks only at those that have expired.
  const viewers = new Map<string, Viewer>();
  const unreported = new Set<string>();

  function expire(nowMs: number): void {
    for (const [jti, viewer] of viewers) {
      if (nowMs - viewer.lastSeenMs <= windowMs) return;
      viewers.delete(jti);
    }
  }

  return {
    seen(jti, path, nowMs) {
      const known = viewers.get(jti);
      if (known) {
        // Moving costs two map operations; once a second is precise enough for a window of seconds.
        if (nowMs - known.lastSeenMs < 1_000) return;
        viewers.delete(jti);
        known.lastSeenMs = nowMs;
        viewers.set(jti, known);
        return;
      }
      viewers.set(jti, { path, lastSeenMs: nowMs });
      unreported.add(jti);
      expire(nowMs);
    },
    has: (jti) => viewers.has(jti),
    count(nowMs) {
      expire(nowMs);
      return viewers.size;
    },
    countByPath(nowMs) {
      expire(nowMs);
      const counts = new Map<string, number>();
      for (const { path } of viewers.values()) counts.set(path, (counts.get(path) ?? 0) + 1);
      return counts;
    },
    activated: () => [...unreported].slice(0, maxActivated),
    acknowledge(reported) {
      for (const jti of reported) unreported.delete(jti);
    },
  };
}
