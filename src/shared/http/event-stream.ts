// Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html) to many readers: what is sent to several
// of them is written as the same bytes. A reader that takes too little loses its connection; nobody waits for it. Does not know
// what is sent, nor who may read. Why not @fastify/sse: docs/decisions/0020-live-figures.md.
import type { FastifyReply } from "fastify";
import type { HttpServer } from "./http-server.ts";

/** One or several events as they go over the wire; made once for all readers. */
export type EventBytes = Buffer;

/** @param data goes as JSON, so on one line. */
export function eventBytes(event: string, data: unknown): EventBytes {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

export interface EventReader {
  send(bytes: EventBytes): void;
  /** Asks `mayStay` now. */
  recheck(): void;
  /** Idempotent. */
  end(): void;
}

export interface ReaderHooks {
  /** Asked with every comment, every 15 s, and with `recheck`: false ends the stream, because its reader has signed out or lost its right. */
  readonly mayStay: () => boolean;
  /** Called once, whoever ended it. */
  readonly ended: () => void;
}

export interface EventStreams {
  /** How many readers there are. */
  readonly size: number;
  /** Whether there is no room for another one. */
  readonly full: boolean;
  /** Asks `mayStay` of all readers now: somebody has lost a right. */
  recheck(): void;
  /** Sends the head of the answer; from then on `reply` is ours. Headers that hooks have set (CORS) go with it. */
  open(reply: FastifyReply, hooks: ReaderHooks): EventReader;
}

export interface EventStreamLimits {
  readonly maxReaders?: number;
  /** With more bytes than this waiting for it in this process, a reader gets nothing more and is cut off. */
  readonly maxWaitingBytes?: number;
  /** Between two comments, which keep proxies from ending what looks idle (the door of docker-compose.yml: after 60 s). */
  readonly commentEveryMs?: number;
}

/** After which browsers come again when a stream has ended. A restarted master is back by then, and not all come at once. */
const retryMs = 1_500;
const opening = Buffer.from(`retry: ${retryMs}\n\n`);
const comment = Buffer.from(": still here\n\n");

/** Ends all streams before `app` closes, so that nothing waits for them. */
export function createEventStreams(
  app: HttpServer,
  { maxReaders = 200, maxWaitingBytes = 1024 * 1024, commentEveryMs = 15_000 }: EventStreamLimits = {},
): EventStreams {
  const readers = new Set<EventReader>();
  app.addHook("preClose", async () => {
    for (const reader of readers) reader.end();
  });

  function open(reply: FastifyReply, { mayStay, ended }: ReaderHooks): EventReader {
    // HTTP/1.1 and HTTP/2 alike.
    const { raw, request } = reply;
    let isOver = false;
    const timer = setInterval(() => {
      recheck();
      send(comment);
    }, commentEveryMs);
    timer.unref();

    function isWelcome(): boolean {
      try {
        return mayStay();
      } catch (error) {
        // Who it is cannot be found out now: whoever may read comes again by himself.
        request.log.info({ err: error }, "a reader of live figures could not be asked for its right");
        return false;
      }
    }

    function recheck(): void {
      if (!isOver && !isWelcome()) end();
    }

    function finish(): void {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      readers.delete(reader);
      ended();
    }

    function send(bytes: EventBytes): void {
      if (isOver) return;
      if (raw.writableLength <= maxWaitingBytes) return void raw.write(bytes);
      request.log.info({ waitingBytes: raw.writableLength }, "a reader of live figures is too slow: its connection is ended");
      finish();
      raw.destroy();
    }

    function end(): void {
      if (isOver) return;
      finish();
      raw.end();
      // Of one that does not read, nothing more is waited for.
      if (raw.writableLength > 0 && !raw.writableFinished) setTimeout(() => raw.destroy(), 1_000).unref();
    }

    const reader: EventReader = { send, recheck, end };
    readers.add(reader);
    raw.on("close", finish);
    // A connection that broke: `close` follows.
    raw.on("error", (error) => request.log.debug({ err: error }, "the connection of a reader of live figures broke"));
    reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // nginx would collect events into larger pieces.
      "x-accel-buffering": "no",
    });
    raw.write(opening);
    return reader;
  }

  return {
    get size() {
      return readers.size;
    },
    get full() {
      return readers.size >= maxReaders;
    },
    recheck() {
      for (const reader of readers) reader.recheck();
    },
    open,
  };
}
