// Takes new connections quickly. libuv accepts one connection per listening socket and turn of the event loop, so a
// class that joins at once would queue behind thousands of running viewers; several sockets on one port take several.
import { createServer } from "node:net";
import type { ListenOptions, Server, Socket } from "node:net";

export interface Acceptors {
  /** Opens the port and returns its number. @throws the system's error, for example EADDRINUSE. */
  listen(): Promise<number>;
  /** Takes no more; resolves when all connections have ended. */
  close(): Promise<void>;
}

export interface AcceptorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Over all sockets; may change. */
  readonly maxConnections: () => number;
  /** Asked for each connection beyond them: ends one that may go, or says false, and then the new one is closed at once. */
  readonly makeRoom: (newcomer: Socket) => boolean;
}

/** Measured with 300 connections at once and turns of 5 ms: 1.9 s with one socket, 0.27 s with eight. */
const listeningSockets = 8;
const backlog = 4_096;

/** @param server gets the connections of all sockets; it listens itself too. */
export function createAcceptors(server: Server, { host, port, maxConnections, makeRoom }: AcceptorOptions): Acceptors {
  const helpers: Server[] = [];
  let connections = 0;

  function admit(socket: Socket): void {
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
    if (connections > maxConnections() && !makeRoom(socket)) socket.destroy();
  }
  server.prependListener("connection", admit);

  return {
    async listen() {
      // Sockets that share a port share it with anybody's; so look first whether it is somebody's already.
      const found = await listenOn(createServer(), { host, port });
      await new Promise<void>((resolve, reject) => {
        found.server.close((error) => (error ? reject(error) : resolve()));
      });
      const options = { host, port: found.port, backlog, reusePort: true };
      try {
        await listenOn(server, options);
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        await listenOn(server, { host, port: found.port, backlog });
        return found.port;
      }
      for (let more = 1; more < listeningSockets; more += 1) {
        const helper = createServer({ noDelay: true }, (socket) => server.emit("connection", socket));
        helpers.push(helper);
        await listenOn(helper, options);
      }
      return found.port;
    },
    async close() {
      await Promise.all([server, ...helpers].map((each) => new Promise<void>((resolve) => void each.close(() => resolve()))));
    },
  };
}

function listenOn(server: Server, options: ListenOptions): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address ? address.port : (options.port ?? 0) });
    });
  });
}

/** Systems without SO_REUSEPORT that balances: one socket has to do. */
function isUnsupported(error: unknown): boolean {
  return ["ENOTSUP", "EINVAL", "ENOPROTOOPT"].includes((error as NodeJS.ErrnoException).code ?? "");
}
