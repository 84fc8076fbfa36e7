// How often strangers may guess at one thing, per sender and all together. When many senders guess at once, each of them gets
// fewer guesses, but nobody is kept out for what others do. Pure: time is given.
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import type { RateLimit } from "../../shared/net/rate-limiter.ts";

export interface FailureLimit {
  /**
   * Seconds for which this sender has to wait; 0 when it may try. `nowMs` is monotonic.
   * @param target what is guessed at, where there are several: each is limited by itself.
   */
  waitS(sender: string, nowMs: number, target?: string): number;
  failed(sender: string, nowMs: number, target?: string): void;
}

export interface FailureLimits {
  /** Of one sender. */
  readonly perSender: RateLimit;
  /** Of all of a target; beyond it `underAttack` holds for each sender. */
  readonly overall: RateLimit;
  readonly underAttack: RateLimit;
}

export function createFailureLimit(limits: FailureLimits): FailureLimit {
  const perSender = createRateLimiter(limits.perSender);
  const overall = createRateLimiter(limits.overall);
  const underAttack = createRateLimiter(limits.underAttack);
  return {
    waitS(sender, nowMs, target = "") {
      const key = `${sender} ${target}`;
      const own = perSender.waitS(key, nowMs);
      return overall.waitS(target, nowMs) === 0 ? own : Math.max(own, underAttack.waitS(key, nowMs));
    },
    failed(sender, nowMs, target = "") {
      const key = `${sender} ${target}`;
      perSender.take(key, nowMs);
      overall.take(target, nowMs);
      underAttack.take(key, nowMs);
    },
  };
}
