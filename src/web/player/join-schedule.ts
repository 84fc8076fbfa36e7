// When a viewer who was not let in asks again. Pure: chance and the growing delay are arguments.
import type { TokenRefusal } from "../../shared/viewing/token-grant.ts";

/** A closed class is asked for rarely, for the rest of the day; its whole class must not come in one moment. */
const closedMs = { least: 15_000, spread: 15_000 } as const;
/** Whoever stands in the line comes as often as the master says, or loses the place. */
const lineMs = { least: 2_000, most: 8_000 } as const;

/**
 * @param backoffMs grows from try to try
 * @param random in [0, 1)
 * @returns ms until the next try
 */
export function joinDelayMs({ reason, retryAfterS, position }: TokenRefusal, backoffMs: number, random: number): number {
  if (reason === "class_closed") return closedMs.least + closedMs.spread * random;
  const toldMs = (retryAfterS ?? 0) * 1_000;
  if (position !== undefined) return Math.min(lineMs.most, Math.max(lineMs.least, toldMs)) * (1 + random / 4);
  // Retry-After is the same for all who were refused: the backoff spreads them.
  return toldMs + backoffMs;
}
