// A question that is put at most once in a while, however many want its answer: a flood at one door is none at the next.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/**
 * Whoever calls gets the answer to a question that is put after the call: all who come before it share it.
 * @param minIntervalMs between two questions; the first is put at once.
 */
export function createRationed<Answer>(
  ask: () => Promise<Answer>,
  { minIntervalMs, clock }: { readonly minIntervalMs: number; readonly clock: Pick<Clock, "monotonicMs"> },
): () => Promise<Answer> {
  let upcoming: Promise<Answer> | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  async function askInTime(): Promise<Answer> {
    await sleep(Math.max(0, lastMs + minIntervalMs - clock.monotonicMs()), undefined, { ref: false });
    // Who comes from here on may know of something newer than this answer.
    upcoming = undefined;
    lastMs = clock.monotonicMs();
    return ask();
  }

  return () => (upcoming ??= askInTime());
}
