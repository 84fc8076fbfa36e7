// Those who want to publish by RTMP: each connection of the RTMP process as something to answer, once, for as long as it is there.
// Knows no streams.
import type { Logger } from "../logging/logger.ts";
import type { MediaFrame, PublisherEnd, StreamMetadata, WorkerConfig } from "./link-frame.ts";
import { createRtmpWorkerHost } from "./rtmp-worker-host.ts";
import type { WorkerMessage } from "./rtmp-worker-host.ts";

type PublishMessage = Extract<WorkerMessage, { kind: "publish" }>;

/** One connection. It is told apart by its identity. What it is answered when it is gone has no effect. */
export interface RtmpPublisher {
  readonly request: {
    readonly path: string;
    readonly key: string | undefined;
    readonly token: string | undefined;
    readonly relay: string | undefined;
    readonly remoteAddress: string;
  };
  /** Media may come. */
  allow(): void;
  refuse(reason: string): void;
  /** Cuts it off at once, also when its peer is long gone. */
  close(): void;
}

export interface RtmpPublisherEvents {
  asks(publisher: RtmpPublisher): void;
  /** Somebody was refused in the RTMP process: what was asked for is no stream. */
  misnamed(): void;
  media(publisher: RtmpPublisher, frame: Pick<MediaFrame, "type" | "timestampMs" | "payload">): void;
  metadata(publisher: RtmpPublisher, metadata: StreamMetadata): void;
  /** It is gone, and not by `refuse` or `close`. */
  left(publisher: RtmpPublisher, why: PublisherEnd): void;
}

export interface RtmpPublishers {
  /** 0 while the RTMP process does not run. */
  readonly port: number;
  /** Resolves when it listens. @throws UserError when the port is taken or may not be used. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createRtmpPublishers(
  config: WorkerConfig,
  { events, logger }: { readonly events: RtmpPublisherEvents; readonly logger: Logger },
): RtmpPublishers {
  /** By the RTMP process's number of the session; a new process reuses numbers. */
  const publishers = new Map<number, RtmpPublisher>();
  const worker = createRtmpWorkerHost(config, {
    logger,
    events: {
      message: onMessage,
      lost() {
        const gone = [...publishers.values()];
        publishers.clear();
        for (const publisher of gone) events.left(publisher, "connection_lost");
      },
    },
  });

  function onMessage(message: WorkerMessage): void {
    if (message.kind === "misnamed") return events.misnamed();
    if (message.kind === "publish") {
      const publisher = publisherOf(message);
      publishers.set(message.session, publisher);
      return events.asks(publisher);
    }
    const publisher = publishers.get(message.session);
    if (!publisher) return;
    switch (message.kind) {
      case "media":
        return events.media(publisher, message);
      case "metadata":
        return events.metadata(publisher, message.metadata);
      case "end":
        publishers.delete(message.session);
        return events.left(publisher, message.why);
    }
  }

  function publisherOf({ session, path, key, token, relay, remoteAddress }: PublishMessage): RtmpPublisher {
    const isThere = () => publishers.get(session) === publisher;
    const publisher: RtmpPublisher = {
      request: { path, key, token, relay, remoteAddress },
      allow() {
        if (isThere()) worker.send({ kind: "allow", session });
      },
      refuse(reason) {
        if (!isThere()) return;
        publishers.delete(session);
        worker.send({ kind: "refuse", session, reason });
      },
      close() {
        if (!isThere()) return;
        publishers.delete(session);
        worker.send({ kind: "close", session });
      },
    };
    return publisher;
  }

  return {
    get port() {
      return worker.port;
    },
    start: () => worker.start(),
    stop: () => worker.stop(),
  };
}
