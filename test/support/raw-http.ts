// HTTP by hand on a TCP socket: for requests that no client library would send, and readers that do not read.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";

export interface RawConnection {
  readonly socket: Socket;
  /** All that came so far, as latin1. */
  received(): string;
  /** True once the other side has ended or reset the connection. */
  closed(): boolean;
}

/** Sends bytes and collects what comes; `reads: false` never takes a byte from the socket. */
export async function rawConnection(url: string, bytes: string | Buffer, { reads = true } = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = "";
  let closed = false;
  socket.on("close", () => {
    closed = true;
  });
  socket.on("error", () => {
    // A reset is an end like any other here; `closed` tells it.
  });
  if (reads) socket.on("data", (chunk) => (text = (text + chunk.toString("latin1")).slice(-65_536)));
  else socket.pause();
  await once(socket, "connect");
  socket.write(bytes);
  return { socket, received: () => text, closed: () => closed };
}
