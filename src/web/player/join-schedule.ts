// When a viewer who was not let in asks again. Pure: chance and the growing delay are arguments.
import type { TokenRefusal } from "../../shared/viewing/token-grant.ts";

/**
 * A closed class is asked for soon at first (it was ended by mistake, or between two lessons), then rarely for the rest of the day;
 * its whole class must not come in one moment. 1,000 open pages are 67 requests a second, of 200 that the master takes.
 */
const closedMs = { first: 4_000, least: 10_000, spread: 10_000 } as const;
/** `backoffMs` at which a closed class is asked for as rarely as it ever is. */
const closedSettledMs = 4_000;
/** Whoever stands in the line comes as often as the master says, or loses the place. */
const lineMs = { least: 2_000, most: 8_000 } as const;

/**
 * @param backoffMs grows from try to try
 * @param random in [0, 1)
 * @returns ms until the next try
 */
export function joinDelayMs({ reason, retryAfterS, position }: TokenRefusal, backoffMs: number, random: number): number {
  if (reason === "class_closed") {
    if (backoffMs < closedSettledMs) return closedMs.first + closedMs.first * random;
    return closedMs.least + closedMs.spread * random;
  }
  const toldMs = (retryAfterS ?? 0) * 1_000;
  if (position !== undefined) return Math.min(lineMs.most, Math.max(lineMs.least, toldMs)) * (1 + random / 4);
  // Retry-After is the same for all who were refused: the backoff spreads them.
  return toldMs + backoffMs;
}
