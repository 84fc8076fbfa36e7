// Token buckets per key, pure and bounded: how much a sender may do before it has to wait. Does not know what is limited.
import { setNewest } from "../kernel/bounded-map.ts";

export interface RateLimit {
  /** How many at once. */
  readonly burst: number;
  /** How many come back per second. */
  readonly perSecond: number;
  /** Senders remembered; beyond it the one not seen for longest is forgotten (it starts with a full bucket again). */
  readonly maxKeys?: number;
}

export interface RateLimiter {
  /** Seconds to wait when the bucket is empty; 0 when not. Takes nothing. `nowMs` is monotonic. */
  waitS(key: string, nowMs: number): number;
  /** Takes one; seconds to wait when there was none. */
  take(key: string, nowMs: number): number;
}

interface Bucket {
  level: number;
  atMs: number;
}

export function createRateLimiter({ burst, perSecond, maxKeys = 10_000 }: RateLimit): RateLimiter {
  /** Least recently used first. */
  const buckets = new Map<string, Bucket>();

  function levelAt(bucket: Bucket | undefined, nowMs: number): number {
    return bucket ? Math.min(burst, bucket.level + ((nowMs - bucket.atMs) / 1000) * perSecond) : burst;
  }

  const waitFor = (level: number) => (level >= 1 ? 0 : (1 - level) / perSecond);

  return {
    waitS: (key, nowMs) => waitFor(levelAt(buckets.get(key), nowMs)),
    take(key, nowMs) {
      const level = levelAt(buckets.get(key), nowMs);
      const wait = waitFor(level);
      setNewest(buckets, key, { level: wait > 0 ? level : level - 1, atMs: nowMs }, maxKeys);
      return wait;
    },
  };
}
