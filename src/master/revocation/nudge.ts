// Tells slaves that there is news, so that they ask for it now and not with their next heartbeat. What the news is, they learn
// from the answer. A slave that cannot be reached gets it a few seconds later all the same.
import type { Logger } from "../../shared/logging/logger.ts";
import { inParallel } from "../../shared/kernel/in-parallel.ts";
import type { AskableNodes, AskSlave } from "./slave-question.ts";

export interface Nudge {
  /** These nodes, or all of them. Returns at once; who is nudged again meanwhile is nudged once more. */
  (nodeIds?: Iterable<string>): void;
}

export interface NudgeDeps {
  readonly nodes: AskableNodes;
  readonly ask: AskSlave;
  readonly logger: Logger;
}

/** 200 slaves that all hang are through in 10 s; those that answer, in milliseconds. */
const atOnce = 32;

export function createNudge({ nodes, ask, logger }: NudgeDeps): { readonly nudge: Nudge; readonly stop: () => Promise<void> } {
  let pending = new Set<string>();
  let running: Promise<void> | undefined;
  let stopped = false;

  async function nudgePending(): Promise<void> {
    // What belongs to one change of the master comes in one turn.
    await Promise.resolve();
    while (pending.size > 0) {
      const wanted = pending;
      pending = new Set();
      const reachable = nodes.list().filter(({ info, liveness }) => wanted.has(info.nodeId) && liveness !== "offline");
      await inParallel(reachable, atOnce, async ({ info }) => {
        if (stopped || (await ask(info, { ask: "nudge", path: undefined })) !== undefined) return;
        logger.debug({ peer: info.nodeId }, "node could not be told that there is news; its next heartbeat brings it");
      });
    }
    running = undefined;
  }

  return {
    nudge(nodeIds) {
      if (stopped) return;
      for (const nodeId of nodeIds ?? nodes.list().map(({ info }) => info.nodeId)) pending.add(nodeId);
      running ??= nudgePending();
    },
    async stop() {
      stopped = true;
      pending.clear();
      await running;
    },
  };
}
