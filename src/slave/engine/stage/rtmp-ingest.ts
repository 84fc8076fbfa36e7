// The RTMP door of a slave: publishers of the RTMP process as sources of the publish slots. Knows no stream.
import type { Logger } from "../../../shared/logging/logger.ts";
import type { RtmpLimits } from "../../../shared/rtmp/link-frame.ts";
import { createRtmpPublishers } from "../../../shared/rtmp/rtmp-publishers.ts";
import type { EngineObserver } from "../engine.ts";
import type { PublishSlots } from "./publish-slots.ts";

export interface RtmpIngestConfig {
  readonly host: string;
  /** `0` turns it off; `"any"` takes a free port. */
  readonly port: number | "any";
  readonly limits: RtmpLimits;
}

export interface RtmpIngest {
  /** 0 when turned off, and while the RTMP process does not run. */
  readonly port: number;
  /** Resolves when it listens. @throws UserError when the port is taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createRtmpIngest(
  { host, port, limits }: RtmpIngestConfig,
  { slots, observer, logger }: { readonly slots: PublishSlots; readonly observer: EngineObserver; readonly logger: Logger },
): RtmpIngest {
  if (port === 0) return { port: 0, start: () => Promise.resolve(), stop: () => Promise.resolve() };
  return createRtmpPublishers(
    { host, port: port === "any" ? 0 : port, limits },
    {
      logger,
      events: {
        asks: (publisher) => void slots.decide(publisher),
        misnamed: () => observer.publisherRefused("bad_name"),
        media: (publisher, { type, timestampMs, payload }) => slots.packet(publisher, type, timestampMs, payload),
        metadata: (publisher, metadata) => slots.metadata(publisher, metadata),
        left: (publisher, why) => slots.left(publisher, why),
      },
    },
  );
}
