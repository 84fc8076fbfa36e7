// After this process stood still, asks whether the world went on without it before anything of it goes out. Owns a ticker
// and the questions; knows no streams.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { createPauseDetector } from "./pause-detector.ts";

export interface PauseFence {
  /** Call before anything goes out: a timer may come later than the media that waited with it. */
  look(): void;
  /** True from a pause on until it is known that nothing happened, or nobody can say. */
  readonly up: boolean;
  stop(): void;
}

export interface PauseFenceDeps {
  readonly confirm: () => Promise<"confirmed" | "unknown">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly paused: () => void;
  /** What was heard meanwhile has been told. */
  readonly over: () => void;
}

const tickMs = 100;
/** Longer than a full garbage collection or a busy machine takes, shorter than what makes a gateway go elsewhere (2 s). */
const maxGapMs = 1_500;
const askAgainMs = 250;

export function createPauseFence({ confirmWithinMs = 2_000 }: { readonly confirmWithinMs?: number }, deps: PauseFenceDeps): PauseFence {
  const { clock, logger } = deps;
  const detector = createPauseDetector(maxGapMs, clock.monotonicMs(), clock.wallMs());
  /** Which pause is being asked about; undefined when none. */
  let current: symbol | undefined;

  function look(): void {
    if (!detector.stoodStill(clock.monotonicMs(), clock.wallMs())) return;
    const mine = Symbol("pause");
    current = mine;
    deps.paused();
    void lift(mine);
  }

  function isCurrent(pause: symbol): boolean {
    return current === pause;
  }

  async function lift(mine: symbol): Promise<void> {
    logger.warn("this process stood still; what it holds goes out when no newer origin is known of");
    const deadline = sleep(confirmWithinMs, "late" as const, { ref: false });
    let answer: "confirmed" | "unknown" | "late";
    do {
      answer = await Promise.race([ask(), deadline]);
      if (answer === "unknown") await Promise.race([sleep(askAgainMs, undefined, { ref: false }), deadline]);
    } while (answer === "unknown" && isCurrent(mine));
    // Another pause came meanwhile, with questions of its own.
    if (!isCurrent(mine)) return;
    if (answer === "late") logger.warn("nobody could say whether there is a newer origin; this node goes on");
    current = undefined;
    deps.over();
  }

  async function ask(): Promise<"confirmed" | "unknown"> {
    try {
      return await deps.confirm();
    } catch (error) {
      logger.warn({ err: error }, "nobody could be asked for newer origins");
      return "unknown";
    }
  }

  const ticker = setInterval(look, tickMs).unref();
  return {
    look,
    get up() {
      return current !== undefined;
    },
    stop() {
      clearInterval(ticker);
      current = undefined;
    },
  };
}
