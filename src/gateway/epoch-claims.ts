// Asks the master for the epochs of this gateway's connections to slaves, and keeps the reports naming what is being
// claimed. Knows no relays; without an answer in time, its owner takes the next number that it knows of.
import type { EpochAnswer } from "../shared/protocol/cluster-messages.ts";
import type { ViewKeeper } from "./view-keeper.ts";

export interface GatewayClaims {
  /** The master's answer; undefined when it has none in time. Never rejects. */
  claim(path: string): Promise<EpochAnswer | undefined>;
  /** The path stays in reports until what this returns is called (once). */
  hold(path: string): () => void;
  /** For the report. */
  paths(): string[];
}

/** A class stands still meanwhile; inside the master it is a function call. */
const answerWithinMs = 300;

export function createGatewayClaims(cluster: Pick<ViewKeeper, "ask">): GatewayClaims {
  const holds = new Map<symbol, string>();

  function hold(path: string): () => void {
    const mine = Symbol(path);
    holds.set(mine, path);
    return () => void holds.delete(mine);
  }

  return {
    hold,
    async claim(path) {
      const release = hold(path);
      try {
        const view = await cluster.ask(answerWithinMs);
        return view?.epochs?.find((answer) => answer.path === path);
      } finally {
        release();
      }
    },
    paths: () => [...new Set(holds.values())],
  };
}
