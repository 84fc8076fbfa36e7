// The viewers' port: HTTP/1.1, or HTTPS with HTTP/2 where there is a certificate. Bounds what a client can hold.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { Http2SecureServer, ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import type { TlsFiles } from "../../shared/http/tls.ts";
import { listenError } from "../../shared/net/listen-error.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { createAcceptors } from "./acceptors.ts";
import { createConnectionShares } from "./connection-shares.ts";

/** Who has shown a good token, or `stranger`. */
export type Caller = "viewer" | "follower" | "stranger";

export interface MediaServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  /** Viewers that the node takes; a viewer has up to six connections. */
  readonly maxConnections: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Caller;
  /** Each connection of such a peer may carry anybody's request: none of them is one viewer's. Nobody by default. */
  readonly isProxy?: (address: string | undefined) => boolean;
  /** How long a connection may take nothing or be idle. */
  readonly stalledReaderMs: number;
}

export interface MediaServer {
  /** @throws UserError when the port is taken. Returns the port. */
  start(): Promise<number>;
  /** Takes no new connections, lets running responses finish, at the longest for `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Open ones. */
  readonly connections: number;
}

const headersTimeoutMs = 10_000;
/** While stopping: connections whose last response has ended are looked for this often. */
const idleSweepMs = 100;
const connectionsPerViewer = 6;
/** A player asks for a playlist and a part per rendition at a time; 100 is what RFC 9113 §6.5.2 calls the least. */
const maxStreamsPerConnection = 100;
const spareConnections = 1_000;
/** Connections of other nodes, beside those of viewers: each blocked request of theirs has its own. */
const maxFollowerConnections = 4_096;

export function createMediaServer(options: MediaServerOptions): MediaServer {
  const { host, port, tls, maxConnections, handle, isProxy = () => false, stalledReaderMs } = options;
  const sockets = new Set<Socket>();
  /** Connections that have not shown a good token, oldest first: they must not keep viewers out. */
  const strangers = new Map<unknown, { readonly socket: Socket; readonly sender: string }>();
  /** Connections of other nodes: not counted among those of viewers, so that no number of viewers keeps a copy from being made. */
  const followers = new Set<unknown>();
  /** Connections that have shown a viewer's token. */
  const viewers = createConnectionShares<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let stopping = false;
  const server: Server = tls ? secureServer(tls, serve, stalledReaderMs) : plainServer(serve, stalledReaderMs);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const acceptors = createAcceptors(server, {
    host,
    port,
    maxConnections: () => maxConnections * connectionsPerViewer + spareConnections + followers.size,
    makeRoom,
  });
  server.on("connection", (socket: Socket) => {
    const key = connectionKey(socket);
    const sender = senderOf(socket.remoteAddress ?? "");
    sockets.add(socket);
    // It is neither sent away as a stranger nor made to give to others: that would end a request of anybody's. What its
    // clients may have at once is bounded where they are known: by token.
    if (isProxy(socket.remoteAddress)) {
      socket.once("close", () => {
        sockets.delete(socket);
        followers.delete(key);
      });
      return;
    }
    strangers.set(key, { socket, sender });
    socket.once("close", () => {
      sockets.delete(socket);
      if (strangers.get(key)?.socket === socket) strangers.delete(key);
      viewers.delete(sender, socket);
      followers.delete(key);
    });
  });

  /** Below TLS a request has another socket than the connection, and only the addresses are the same. */
  function connectionKey(socket: Socket): unknown {
    return tls ? `${socket.remoteAddress} ${socket.remotePort}` : socket;
  }

  function makeRoom(newcomer: Socket): boolean {
    for (const [key, oldest] of strangers) {
      strangers.delete(key);
      oldest.socket.destroy();
      return true;
    }
    const given = viewers.yieldTo(senderOf(newcomer.remoteAddress ?? ""));
    given?.destroy();
    return given !== undefined;
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // The last answer on this connection: whoever polls would else keep the server from closing.
    if (stopping) response.shouldKeepAlive = false;
    const caller = handle(request, response);
    if (caller === "stranger") return;
    const key = connectionKey(request.socket);
    const newcomer = strangers.get(key);
    strangers.delete(key);
    if (caller === "follower" && followers.size < maxFollowerConnections && !request.socket.destroyed) followers.add(key);
    else if (newcomer) viewers.add(newcomer.sender, newcomer.socket);
  }

  /** Connections on which nothing is running; HTTP/2 is told not to begin anything new. */
  function closeIdle(): void {
    if ("closeIdleConnections" in server) (server as { closeIdleConnections(): void }).closeIdleConnections();
    for (const session of sessions) if (!session.closed) session.close();
  }

  return {
    async start() {
      try {
        return await acceptors.listen();
      } catch (error) {
        throw listenError(error, { host, port, variable: "HLS_PORT" });
      }
    },
    async stop(graceMs) {
      const closed = acceptors.close();
      stopping = true;
      closeIdle();
      const sweep = setInterval(closeIdle, idleSweepMs);
      const deadline = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
    },
    get connections() {
      return sockets.size;
    },
  };
}

// `timeout` is what a connection may be idle, also between requests and while its peer takes nothing. Not a timer on the
// socket: HTTP/2 reads below it, so that it would end connections in full use.

function plainServer(handle: (request: IncomingMessage, response: ServerResponse) => void, stalledReaderMs: number): Server {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: headersTimeoutMs, keepAliveTimeout: stalledReaderMs, noDelay: true },
    handle,
  );
  server.timeout = stalledReaderMs;
  return server;
}

function secureServer(
  tls: TlsFiles,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  stalledReaderMs: number,
): Http2SecureServer {
  const settings = { maxConcurrentStreams: maxStreamsPerConnection };
  const server = createSecureServer({ ...tls, allowHTTP1: true, settings, handshakeTimeout: headersTimeoutMs }, (request, response) => {
    // Requests over HTTP/1.1 come here too, and they have no stream: their connection's timeout is all.
    if (request.httpVersionMajor === 2) response.stream.setTimeout(stalledReaderMs, () => response.stream.close());
    // Node's compatibility API: the parts of IncomingMessage and ServerResponse that the handler uses are the same.
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  // For connections of either version. (`timeout` is there, but @types/node knows it of HTTP/1 only.)
  server.setTimeout(stalledReaderMs);
  // A client that speaks nonsense ends its own connection, nothing else.
  server.on("sessionError", () => {});
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}
