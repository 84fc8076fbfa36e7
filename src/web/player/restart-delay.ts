// When a player that got nothing tries again. Pure.

/** Those whom a node has answered in one moment do not come back in one. */
const spreadMs = 200;

/**
 * A node keeps the question for a stream that nobody publishes for 3 s: what grows is the time from try to try, so that whoever
 * waits for the teacher asks again at once, and hardly misses the beginning.
 * @param backoffMs grows from try to try
 * @param triedMs since the last try began
 * @param random in [0, 1)
 * @returns ms until the next try
 */
export function restartDelayMs(backoffMs: number, triedMs: number, random: number): number {
  return Math.max(spreadMs * random, backoffMs - triedMs);
}
