// A slave that was asked to stop goes without being missed: it says so, takes no new publishers, and lets its viewers and
// publishers go elsewhere first. Owns the waiting; who tells viewers and publishers to go is not its business.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { ClusterKnowledge } from "./cluster-knowledge.ts";

export interface Departure {
  /**
   * Resolves when nobody is left here, when there is no other node or no master that could take them, or when the time is
   * over. Calling it again changes nothing. Never rejects.
   */
  leave(): Promise<void>;
}

export interface DepartureDeps {
  readonly knowledge: Pick<ClusterKnowledge, "leave" | "othersRoutable">;
  /** Sends a heartbeat that says `leaving`; false when no master answers. */
  readonly refresh: () => Promise<boolean>;
  /** Who would miss this node now. Viewers count as long as they ask for something: see `Viewers.countRecent`. */
  readonly viewers: () => number;
  readonly publishers: () => number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info">;
  /** Default: what `docker stop` leaves, which kills after 10 s. */
  readonly withinMs?: number;
}

/** Older than this, a viewer's last request means that it has gone: players ask for something every two seconds at least. */
export const presentViewerMs = 2_500;
const defaultWithinMs = 8_000;
const pollMs = 100;
/** The master sees the node empty, and hands on its streams, no later than this. */
const reportMs = 1_000;

export function createDeparture(deps: DepartureDeps): Departure {
  const { knowledge, refresh, viewers, publishers, clock, logger, withinMs = defaultWithinMs } = deps;
  let leaving: Promise<void> | undefined;

  async function leave(): Promise<void> {
    const startedAtMs = clock.monotonicMs();
    const deadlineMs = startedAtMs + withinMs;
    const remainingMs = () => deadlineMs - clock.monotonicMs();
    knowledge.leave(startedAtMs, deadlineMs);
    if (viewers() + publishers() === 0) return;
    logger.info({ viewers: viewers(), publishers: publishers(), withinMs }, "this node is about to stop: viewers and publishers are moved");
    /** A master that hangs must not use up more than the time there is. */
    const report = () => Promise.race([refresh(), sleep(Math.max(0, remainingMs()), false, { ref: false })]);
    let answered = await report();
    let reportedMs = clock.monotonicMs();
    while (answered && knowledge.othersRoutable > 0 && remainingMs() > 0 && viewers() + publishers() > 0) {
      await sleep(Math.min(pollMs, Math.max(1, remainingMs())));
      if (clock.monotonicMs() - reportedMs < reportMs) continue;
      answered = await report();
      reportedMs = clock.monotonicMs();
    }
    logger.info({ viewers: viewers(), publishers: publishers(), tookMs: Math.round(withinMs - remainingMs()) }, "this node goes now");
  }

  return {
    leave() {
      leaving ??= leave();
      return leaving;
    },
  };
}
