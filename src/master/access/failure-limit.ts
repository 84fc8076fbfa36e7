// How often strangers may guess, per sender and all together. When many senders guess at once, each of them gets fewer
// guesses, but nobody is kept out for what others do. Pure: time is given.
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import type { RateLimit } from "../../shared/net/rate-limiter.ts";

export interface FailureLimit {
  /** Seconds for which this sender has to wait; 0 when it may try. `nowMs` is monotonic. */
  waitS(sender: string, nowMs: number): number;
  failed(sender: string, nowMs: number): void;
}

export interface FailureLimits {
  /** Of one sender. */
  readonly perSender: RateLimit;
  /** Of all; beyond it `underAttack` holds for each sender. */
  readonly overall: RateLimit;
  readonly underAttack: RateLimit;
}

const everybody = "";

export function createFailureLimit(limits: FailureLimits): FailureLimit {
  const perSender = createRateLimiter(limits.perSender);
  const overall = createRateLimiter(limits.overall);
  const underAttack = createRateLimiter(limits.underAttack);
  return {
    waitS(sender, nowMs) {
      const own = perSender.waitS(sender, nowMs);
      return overall.waitS(everybody, nowMs) === 0 ? own : Math.max(own, underAttack.waitS(sender, nowMs));
    },
    failed(sender, nowMs) {
      perSender.take(sender, nowMs);
      overall.take(everybody, nowMs);
      underAttack.take(sender, nowMs);
    },
  };
}
