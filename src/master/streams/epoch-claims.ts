// Who may become the origin of a stream, and as which epoch, when slaves and gateways ask: the first one gets a number and
// a few seconds, who comes meanwhile is told who has it. Does not decide who the origin is: epochs do.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { EpochAnswer } from "../../shared/protocol/cluster-messages.ts";
import type { EpochLedger } from "./epoch-ledger.ts";
import type { StreamDirectory } from "./stream-directory.ts";

export interface EpochClaims {
  /**
   * Answers the claims of one report; call it for a report without any too: what is not claimed any more is free for others.
   * @param relayed streams of teachers whom this gateway carries already, and under which epoch (0: none yet). Their claims
   * are never refused, and each gets a number of its own: a failover must not wait for anybody.
   */
  answer(claimant: string, claims: readonly string[], relayed?: ReadonlyMap<string, number>): EpochAnswer[];
  /** What this node held is free: it left, or is another process now. */
  left(claimant: string): void;
}

export interface EpochClaimsDeps {
  readonly ledger: EpochLedger;
  readonly directory: Pick<StreamDirectory, "highestEpochOf" | "originOf">;
  readonly clock: Clock;
}

interface Hold {
  readonly holder: string;
  readonly epoch: number;
  readonly untilMs: number;
}

/** From being let in to the first media, and the report of it; longer than a slave waits for its publisher's first media. */
const heldForMs = 6_000;
/** More claims at once are granted without being held. */
const maxHolds = 2_000;

export function createEpochClaims({ ledger, directory, clock }: EpochClaimsDeps): EpochClaims {
  const holds = new Map<string, Hold>();
  const nobody: ReadonlyMap<string, number> = new Map();

  /** Until its holder's stream is heard of as live: from then on whoever comes sees that it advances. */
  function isHeld(path: string, { epoch, untilMs }: Hold, nowMs: number): boolean {
    const origin = directory.originOf(path);
    const isLive = origin?.state === "live" && origin.msn >= 0 && origin.epoch >= epoch;
    return nowMs < untilMs && !isLive;
  }

  function sweep(nowMs: number, isOver: (path: string, hold: Hold) => boolean): void {
    for (const [path, hold] of holds) if (!isHeld(path, hold, nowMs) || isOver(path, hold)) holds.delete(path);
  }

  function answerOne(claimant: string, path: string, relayedAs: number | undefined, nowMs: number): EpochAnswer | undefined {
    if (directory.originOf(path)?.nodeId === claimant) return undefined;
    const hold = holds.get(path);
    const highest = Math.max(directory.highestEpochOf(path), relayedAs ?? 0);
    if (hold && relayedAs === undefined) {
      if (hold.holder !== claimant) return { path, held_by: hold.holder };
      // The same claim in one more report.
      if (hold.epoch > highest) return { path, epoch: hold.epoch };
    }
    const epoch = ledger.grant(path, highest, nowMs);
    if (hold || holds.size < maxHolds) holds.set(path, { holder: claimant, epoch, untilMs: nowMs + heldForMs });
    return { path, epoch };
  }

  return {
    answer(claimant, claims, relayed = nobody) {
      const nowMs = clock.monotonicMs();
      const wanted = new Set(claims);
      sweep(nowMs, (path, { holder }) => holder === claimant && !wanted.has(path) && !relayed.has(path));
      return [...wanted].flatMap((path) => answerOne(claimant, path, relayed.get(path), nowMs) ?? []);
    },
    left: (claimant) => sweep(clock.monotonicMs(), (_, { holder }) => holder === claimant),
  };
}
