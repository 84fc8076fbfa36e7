// Tells the origin before that it was replaced, until it has understood: one that was paused, or cut off from the master,
// hears it from here as soon as it answers anybody. Knows no log.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../shared/logging/logger.ts";
import type { Source } from "./who-to-follow.ts";
import { maxMultivariantBytes, multivariantFile } from "./copy-session.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface EpochAnnouncer {
  /** Runs behind the scenes; a second call for the same stream ends the first. */
  announce(path: string, former: Source): void;
  stop(): void;
}

export interface EpochAnnouncerDeps {
  /** A client whose requests carry the stream's highest epoch. */
  readonly connect: (path: string, former: Source) => UpstreamClient;
  readonly highestEpoch: (path: string) => number;
  readonly logger: Pick<Logger, "info">;
}

const everyMs = 1_000;
/** A machine that was away for longer registers with the master before it does anything else. */
const maxTries = 600;

export function createEpochAnnouncer({ connect, highestEpoch, logger }: EpochAnnouncerDeps): EpochAnnouncer {
  const running = new Map<string, AbortController>();

  async function run(path: string, former: Source, { signal }: AbortController): Promise<void> {
    for (let tries = 0; tries < maxTries && !signal.aborted; tries += 1) {
      if (await hasUnderstood(path, former)) {
        logger.info({ stream: path, peer: former.nodeId }, "the origin before knows that it was replaced");
        return;
      }
      await sleep(everyMs, undefined, { ref: false });
    }
  }

  async function hasUnderstood(path: string, former: Source): Promise<boolean> {
    let client: UpstreamClient | undefined;
    try {
      client = connect(path, former);
      const { status, log } = await client.get(multivariantFile, { maxBytes: maxMultivariantBytes });
      return status === 404 || (log !== undefined && log.epoch >= highestEpoch(path));
    } catch {
      return false; // Away, paused or gone, or its address is none: the reason to try again.
    } finally {
      client?.close();
    }
  }

  return {
    announce(path, former) {
      running.get(path)?.abort();
      const controller = new AbortController();
      running.set(path, controller);
      void run(path, former, controller).finally(() => {
        if (running.get(path) === controller) running.delete(path);
      });
    },
    stop() {
      for (const controller of running.values()) controller.abort();
    },
  };
}
