// Publishes one stream to an RTMP server over TCP, and notices within seconds when the server is gone, hangs or is too
// slow. Every failure is an event, none is thrown. Knows no gateway: who is published to, and what follows, is decided elsewhere.
import { connect } from "node:net";
import { urlHost } from "../net/url-host.ts";
import type { StreamMetadata } from "./link-frame.ts";
import { RtmpPublisherProtocol } from "./rtmp-publisher-protocol.ts";

export interface RtmpClientConfig {
  readonly host: string;
  readonly port: number;
  readonly app: string;
  /** Asked when the server is ready for it: `<name>?relay=…`. */
  readonly streamName: () => string;
  /** From the first packet to Publish.Start, ms. */
  readonly publishTimeoutMs: number;
  /** A server that says nothing for so long, not even an answer to a ping, hangs, ms. */
  readonly silenceTimeoutMs: number;
  /** More unsent bytes than that, and the server is too slow. What `allowUnsent` was told comes on top. */
  readonly maxUnsentBytes: number;
}

export interface RtmpClientEnd {
  /** `refused`: the server answered no. `lost`: connection failed or closed. `silent`, `slow`: given up from here. */
  readonly kind: "refused" | "lost" | "silent" | "slow";
  /** One sentence for the log. */
  readonly reason: string;
}

export interface RtmpClientEvents {
  accepted(): void;
  /** The server has read everything that was sent until `mark` was set. */
  acknowledged(mark: number): void;
  /** Once, last; not after `finish` and `destroy`. */
  ended(end: RtmpClientEnd): void;
}

export interface RtmpClient {
  metadata(metadata: StreamMetadata): void;
  /** `payload` is copied. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  /** A number that `acknowledged` reports when everything before it has been read; not negative. */
  mark(value: number): void;
  /** Frames that are sent at once, after a failover, may pile up: so many bytes more, until they have left. */
  allowUnsent(bytes: number): void;
  readonly unsentBytes: number;
  /** For how long the server has said nothing, ms; what this process stood still for counts as one ping interval at the most. */
  readonly silentMs: number;
  /** Ends as `silent`: the owner has heard elsewhere that the server hangs. */
  giveUp(): void;
  /** Unpublishes, sends what is written, closes. */
  finish(): void;
  destroy(): void;
}

const pingIntervalMs = 500;
/** Between two pings a server has nothing to say but answers. */
const maxReceivedPerInterval = 256 * 1024;
const maxUntickedMs = 200;
/** Beyond that, old answers tell nothing any more. */
const maxOpenPings = 64;
/** How long a server may take to read what `finish` left. */
const finishTimeoutMs = 5_000;

export function createRtmpClient(config: RtmpClientConfig, events: RtmpClientEvents): RtmpClient {
  const { host, port, app } = config;
  const socket = connect({ host, port, noDelay: true });
  const marks = new Map<number, number>();
  let pings = 0;
  let mark = -1;
  let silentMs = 0;
  let watchedSilenceMs = 0;
  let lastTickMs = performance.now();
  let heardMs = lastTickMs;
  let received = 0;
  let extraUnsent = 0;
  let over = false;
  let released = false;

  const protocol = new RtmpPublisherProtocol(
    { app, tcUrl: `rtmp://${urlHost(host)}:${port}/${app}` },
    {
      send,
      streamName: config.streamName,
      accepted() {
        clearTimeout(publishTimer);
        events.accepted();
      },
      refused: (reason) => end({ kind: "refused", reason }),
      pong(sentAs) {
        const marked = marks.get(sentAs);
        if (marked === undefined) return;
        // Older ones were answered before it or never will be.
        for (const ping of marks.keys()) if (ping <= sentAs) marks.delete(ping);
        if (marked >= 0) events.acknowledged(marked);
      },
    },
  );

  const publishTimer = setTimeout(
    () => end({ kind: "silent", reason: `no answer to publish within ${config.publishTimeoutMs} ms` }),
    config.publishTimeoutMs,
  );
  const pingTimer = setInterval(tick, pingIntervalMs);

  socket.on("connect", () => protocol.begin());
  socket.on("data", receive);
  socket.on("drain", () => {
    extraUnsent = 0;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => end({ kind: "lost", reason: error.code ?? error.message }));
  socket.on("end", () => end({ kind: "lost", reason: "the server closed the connection" }));
  socket.on("close", () => end({ kind: "lost", reason: "the connection was closed" }));

  function send(bytes: Buffer): void {
    if (socket.destroyed || socket.writableEnded) return;
    socket.write(bytes);
    const unsent = socket.writableLength;
    if (unsent > config.maxUnsentBytes + extraUnsent) end({ kind: "slow", reason: `${unsent} bytes wait to be sent` });
  }

  function receive(bytes: Buffer): void {
    silentMs = 0;
    watchedSilenceMs = 0;
    heardMs = performance.now();
    received += bytes.length;
    if (over) return;
    try {
      if (received > maxReceivedPerInterval) throw new Error("the server talks too much");
      protocol.receive(bytes);
    } catch (error) {
      end({ kind: "lost", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  function tick(): void {
    const now = performance.now();
    // When this process itself stood still, the server's answers may still lie unread in the socket.
    silentMs += Math.min(now - lastTickMs, 2 * pingIntervalMs);
    watchedSilenceMs += Math.min(now - Math.max(lastTickMs, heardMs), pingIntervalMs);
    lastTickMs = now;
    received = 0;
    if (silentMs > config.silenceTimeoutMs) return giveUp();
    pings += 1;
    marks.set(pings, mark);
    marks.delete(pings - maxOpenPings);
    if (!socket.connecting) protocol.ping(pings);
  }

  /** After this process itself stood still, there is less than two pings' time in it until the socket was read. */
  function silentForMs(): number {
    return watchedSilenceMs + Math.min(performance.now() - Math.max(lastTickMs, heardMs), maxUntickedMs);
  }

  function giveUp(): void {
    end({ kind: "silent", reason: `no sign of life for ${Math.round(Math.max(silentMs, silentForMs()))} ms` });
  }

  function stopTimers(): void {
    over = true;
    clearTimeout(publishTimer);
    clearInterval(pingTimer);
  }

  function end(why: RtmpClientEnd): void {
    if (over) return;
    stopTimers();
    socket.destroy();
    // Never within a call of the owner, who may be in the middle of sending.
    queueMicrotask(() => {
      if (!released) events.ended(why);
    });
  }

  return {
    metadata: (metadata) => protocol.metadata(metadata),
    media(type, timestampMs, payload) {
      if (!over) protocol.media(type, timestampMs, payload);
    },
    mark(value) {
      mark = value;
    },
    allowUnsent(bytes) {
      extraUnsent = bytes;
    },
    get unsentBytes() {
      return socket.destroyed ? 0 : socket.writableLength;
    },
    get silentMs() {
      return silentForMs();
    },
    giveUp,
    finish() {
      released = true;
      if (over) return;
      protocol.unpublish();
      stopTimers();
      socket.end();
      const late = setTimeout(() => socket.destroy(), finishTimeoutMs);
      socket.once("close", () => clearTimeout(late));
    },
    destroy() {
      released = true;
      stopTimers();
      socket.destroy();
    },
  };
}
