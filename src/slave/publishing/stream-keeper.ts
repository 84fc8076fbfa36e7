// Ends what should no longer be carried: publishers whose class, key or token is gone, and streams that nobody
// has published or watched for long. Owns no timer; it is called after each answer of the master.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { classNameOf } from "../../shared/protocol/names.ts";

export interface StreamKeeper {
  sweep(): void;
}

export interface StreamKeeperDeps {
  readonly streams: { list(): readonly { path: string; state: "live" | "waiting" | "closed" }[]; remove(path: string): boolean };
  readonly engine: { publishers(): readonly { path: string }[]; disconnect(path: string, why: string): boolean };
  readonly gate: { isStillAllowed(path: string): boolean };
  readonly isClass: (name: string) => boolean;
  /** Copies of other nodes' streams are let go of by replication. */
  readonly isReplica: (path: string) => boolean;
  /** Told before a stream is removed (Origins.forget). */
  readonly forget: (path: string) => void;
  readonly viewersByPath: () => ReadonlyMap<string, number>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A break between two lessons, with a margin; whoever watches keeps a stream for as long as they do. */
const keepWaitingMs = 15 * 60_000;

export function createStreamKeeper(deps: StreamKeeperDeps): StreamKeeper {
  const { streams, engine, gate, isClass, isReplica, forget, viewersByPath, clock, logger } = deps;
  const unusedSinceMs = new Map<string, number>();

  function letGo(path: string, why: string): void {
    logger.info({ stream: path, why }, "stream is let go of");
    forget(path);
    streams.remove(path);
    unusedSinceMs.delete(path);
  }

  return {
    sweep() {
      for (const { path } of engine.publishers()) {
        if (!gate.isStillAllowed(path)) engine.disconnect(path, "the stream key or the class is no longer valid");
      }
      const viewers = viewersByPath();
      const nowMs = clock.monotonicMs();
      for (const { path, state } of streams.list()) {
        if (!isClass(classNameOf(path))) letGo(path, "its class was deleted");
        else if (state === "live" || isReplica(path) || viewers.has(path)) unusedSinceMs.delete(path);
        else if (nowMs - (unusedSinceMs.get(path) ?? nowMs) > keepWaitingMs) letGo(path, "nobody publishes or watches it");
        else if (!unusedSinceMs.has(path)) unusedSinceMs.set(path, nowMs);
      }
    },
  };
}
