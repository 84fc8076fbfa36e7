// Plays one stream from an RTMP server over TCP. Every failure is an event, none is thrown. Knows no engine: what is played,
// and what follows its end, is decided elsewhere.
import { connect } from "node:net";
import { urlHost } from "../net/url-host.ts";
import type { StreamMetadata } from "./link-frame.ts";
import { RtmpPlayerProtocol } from "./rtmp-player-protocol.ts";

export interface RtmpPlayerConfig {
  readonly host: string;
  readonly port: number;
  readonly app: string;
  /** `<name>?<query>`. */
  readonly streamName: string;
  /** From the first packet to the first media, ms; and how long media may stay away then. */
  readonly silenceTimeoutMs: number;
}

export interface RtmpPlayerEvents {
  metadata(metadata: StreamMetadata): void;
  /** `payload` is reused for the next message: copy or write it before returning. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  /** Once, last; not after `destroy`. */
  ended(reason: string): void;
}

export interface RtmpPlayer {
  destroy(): void;
}

export function createRtmpPlayer(config: RtmpPlayerConfig, events: RtmpPlayerEvents): RtmpPlayer {
  const { host, port, app } = config;
  const socket = connect({ host, port, noDelay: true });
  let over = false;
  const silence = setTimeout(() => end(`no media for ${config.silenceTimeoutMs} ms`), config.silenceTimeoutMs);
  const protocol = new RtmpPlayerProtocol({ app, tcUrl: `rtmp://${urlHost(host)}:${port}/${app}` }, config.streamName, {
    send(bytes) {
      if (!socket.destroyed) socket.write(bytes);
    },
    refused: (reason) => end(`refused: ${reason}`),
    accepted() {},
    metadata: (metadata) => events.metadata(metadata),
    media(type, timestampMs, payload) {
      silence.refresh();
      if (!over) events.media(type, timestampMs, payload);
    },
  });

  socket.on("connect", () => protocol.begin());
  socket.on("data", (bytes: Buffer) => {
    if (over) return;
    try {
      protocol.receive(bytes);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
    }
  });
  socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  socket.on("end", () => end("the server closed the connection"));
  socket.on("close", () => end("the connection was closed"));

  function end(reason: string): void {
    if (over) return;
    over = true;
    clearTimeout(silence);
    socket.destroy();
    // Never within a call of the owner.
    queueMicrotask(() => events.ended(reason));
  }

  return {
    destroy() {
      over = true;
      clearTimeout(silence);
      socket.destroy();
    },
  };
}
