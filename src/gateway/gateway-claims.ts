// Asks the master for the epochs of this gateway's connections to slaves, and keeps the reports naming what is being
// claimed. Knows no relays; without an answer in time, its owner takes the next number that it knows of.
import { setImmediate as afterThisRound } from "node:timers/promises";
import type { EpochAnswer } from "../shared/protocol/cluster-messages.ts";
import type { GatewayView } from "../shared/protocol/gateway-messages.ts";
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

  let upcoming: Promise<GatewayView | undefined> | undefined;

  /** A slave that dies takes many teachers with it: they are asked for together. */
  async function askTogether(): Promise<GatewayView | undefined> {
    await afterThisRound();
    upcoming = undefined;
    return cluster.ask(answerWithinMs);
  }

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
        upcoming ??= askTogether();
        const view = await upcoming;
        return view?.epochs?.find((answer) => answer.path === path);
      } finally {
        release();
      }
    },
    paths: () => [...new Set(holds.values())],
  };
}
