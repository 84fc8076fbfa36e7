// The RTMP door of a slave: publishers of the RTMP worker process become sources of the publish slots. Knows no stream.
import type { Logger } from "../../../shared/logging/logger.ts";
import type { RtmpLimits } from "../../../shared/rtmp/link-frame.ts";
import { createRtmpWorkerHost } from "../../../shared/rtmp/rtmp-worker-host.ts";
import type { WorkerMessage } from "../../../shared/rtmp/rtmp-worker-host.ts";
import type { EngineObserver } from "../engine.ts";
import type { PublishSlots, PublishSource } from "./publish-slots.ts";

export interface RtmpIngestConfig {
  readonly host: string;
  /** `0` turns it off; `"any"` takes a free port. */
  readonly port: number | "any";
  readonly limits: RtmpLimits;
}

export interface RtmpIngest {
  /** 0 when turned off, and while the worker does not run. */
  readonly port: number;
  /** Resolves when it listens. @throws UserError when the port is taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createRtmpIngest(
  { host, port, limits }: RtmpIngestConfig,
  { slots, observer, logger }: { readonly slots: PublishSlots; readonly observer: EngineObserver; readonly logger: Logger },
): RtmpIngest {
  /** By the worker's number of the session; a new worker reuses numbers. */
  const sources = new Map<number, PublishSource>();
  const worker =
    port === 0
      ? undefined
      : createRtmpWorkerHost(
          { host, port: port === "any" ? 0 : port, limits },
          {
            logger,
            events: {
              message: onMessage,
              lost() {
                for (const source of sources.values()) slots.left(source, "connection_lost");
                sources.clear();
              },
            },
          },
        );

  function onMessage(message: WorkerMessage): void {
    switch (message.kind) {
      case "publish": {
        const source = sourceOf(message);
        sources.set(message.session, source);
        void slots.decide(source);
        break;
      }
      case "misnamed":
        observer.publisherRefused("bad_name");
        break;
      case "media": {
        const source = sources.get(message.session);
        if (source) slots.packet(source, message.type, message.timestampMs, message.payload);
        break;
      }
      case "metadata": {
        const source = sources.get(message.session);
        if (source) slots.metadata(source, message.metadata);
        break;
      }
      case "end": {
        const source = sources.get(message.session);
        sources.delete(message.session);
        if (source) slots.left(source, message.why);
        break;
      }
    }
  }

  function sourceOf(message: Extract<WorkerMessage, { kind: "publish" }>): PublishSource {
    const { session, path, key, token, relay, remoteAddress } = message;
    const isMine = () => sources.get(session) === source;
    const source: PublishSource = {
      request: { path, key, token, relay, remoteAddress },
      allow() {
        if (isMine()) worker?.send({ kind: "allow", session });
      },
      refuse(reason) {
        if (!isMine()) return;
        sources.delete(session);
        worker?.send({ kind: "refuse", session, reason });
      },
      close() {
        if (!isMine()) return;
        sources.delete(session);
        worker?.send({ kind: "close", session });
      },
    };
    return source;
  }

  return {
    get port() {
      return worker?.port ?? 0;
    },
    async start() {
      await worker?.start();
    },
    async stop() {
      await worker?.stop();
    },
  };
}
