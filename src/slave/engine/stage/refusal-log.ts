// Tells of publishers that were not let in, wherever that was decided: counted each, and logged so that somebody who tries keys
// does not fill the disk with lines. Decides nothing.
import type { Logger } from "../../../shared/logging/logger.ts";
import type { PublishRefusal } from "../../../shared/protocol/publish-refusals.ts";
import type { EngineObserver, PublishRequest } from "../engine.ts";

/** `reason` is one sentence that the teacher may see. */
export interface Refusal {
  readonly code: PublishRefusal;
  readonly reason: string;
}

export interface RefusalLog {
  /** @param protocol where it is not the slave's own RTMP. */
  tell(request: PublishRequest, refusal: Refusal, protocol?: string): void;
  /** Lines may be written again; call a few times per second. */
  tick(): void;
}

const maxLinesPerTick = 5;

export function createRefusalLog({ observer, logger }: { readonly observer: EngineObserver; readonly logger: Logger }): RefusalLog {
  let lines = 0;
  return {
    tell({ path, remoteAddress }, { code, reason }, protocol) {
      lines += 1;
      observer.publisherRefused(code);
      const level = lines > maxLinesPerTick ? "debug" : "info";
      logger[level]({ stream: path, remoteAddress, ...(protocol !== undefined && { protocol }), code, why: reason }, "publisher refused");
    },
    tick() {
      lines = 0;
    },
  };
}
