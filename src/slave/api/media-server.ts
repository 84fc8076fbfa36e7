// The viewers' port: HTTP/1.1, or HTTPS with HTTP/2 where there is a certificate. Bounds what a client can hold.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { Http2SecureServer, ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import { listenError } from "../../shared/http/http-server.ts";
import type { TlsFiles } from "../../shared/http/tls.ts";
import { createAcceptors } from "./acceptors.ts";

export interface MediaServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  /** Viewers that the node takes; a viewer has up to six connections. */
  readonly maxConnections: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface MediaServer {
  /** @throws UserError when the port is taken. Returns the port. */
  start(): Promise<number>;
  /** Takes no new connections, lets running responses finish, at the longest for `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** A reader that takes nothing for so long loses its connection; blocked requests wait less (3 × target duration). */
const stalledReaderMs = 20_000;
const headersTimeoutMs = 10_000;
/** While stopping: connections whose last response has ended are looked for this often. */
const idleSweepMs = 100;
const connectionsPerViewer = 6;
/** A player asks for a playlist and a part per rendition at a time; 100 is what RFC 9113 §6.5.2 calls the least. */
const maxStreamsPerConnection = 100;
const spareConnections = 1_000;

export function createMediaServer({ host, port, tls, maxConnections, handle }: MediaServerOptions): MediaServer {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let stopping = false;
  const server: Server = tls ? secureServer(tls, serve) : plainServer(serve);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const acceptors = createAcceptors(server, { host, port, maxConnections: maxConnections * connectionsPerViewer + spareConnections });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setTimeout(stalledReaderMs, () => socket.destroy());
  });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // The last answer on this connection: whoever polls would else keep the server from closing.
    if (stopping) response.shouldKeepAlive = false;
    handle(request, response);
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
  };
}

function plainServer(handle: MediaServerOptions["handle"]): Server {
  return createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: headersTimeoutMs, keepAliveTimeout: stalledReaderMs, noDelay: true },
    handle,
  );
}

function secureServer(tls: TlsFiles, handle: MediaServerOptions["handle"]): Http2SecureServer {
  const settings = { maxConcurrentStreams: maxStreamsPerConnection };
  const server = createSecureServer({ ...tls, allowHTTP1: true, settings }, (request, response) => {
    // Requests over HTTP/1.1 come here too, and they have no stream: their socket's timeout is all.
    if (request.httpVersionMajor === 2) response.stream.setTimeout(stalledReaderMs, () => response.stream.close());
    // Node's compatibility API: the parts of IncomingMessage and ServerResponse that the handler uses are the same.
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  // A client that speaks nonsense ends its own connection, nothing else.
  server.on("sessionError", () => {});
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}
