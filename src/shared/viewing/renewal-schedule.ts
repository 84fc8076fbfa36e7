// When a player renews its token. Pure: times are arguments.

/** A token is renewed after this share of its life, so that a failed try leaves time for others. */
const renewAfterShare = 0.8;
/** Players of one class joined within seconds of each other: they spread over this share of the token's life. */
const spreadShare = 0.05;
/** Never sooner than this, whatever a server says. */
const leastMs = 1_000;

/** How long to wait, from the moment a token of `expiresInS` came, until it is renewed. `random` is in [0, 1). */
export function renewalDelayMs(expiresInS: number, random: number): number {
  const lifeMs = expiresInS * 1000;
  return Math.max(leastMs, lifeMs * (renewAfterShare - spreadShare * random));
}
