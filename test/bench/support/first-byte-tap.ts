// Sits between a publisher and the slave and notes when the publisher's first byte passes: ffmpeg's own start is not ours to measure.
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface FirstByteTap {
  readonly port: number;
  /** `performance.now()` at the first byte (or the one asked for) of the first publisher; undefined before. */
  readonly firstByteMs: number | undefined;
  stop(): void;
}

/** @param fromByte the first that counts: what comes before is no media yet. */
export async function startFirstByteTap(toPort: number, fromByte = 1): Promise<FirstByteTap> {
  let firstByteMs: number | undefined;
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (publisher) => {
    const slave = connect({ port: toPort, host: "127.0.0.1", noDelay: true });
    publisher.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= fromByte) firstByteMs ??= performance.now();
    });
    publisher.pipe(slave).pipe(publisher);
    for (const [one, other] of [
      [publisher, slave],
      [slave, publisher],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()); // Either end may go first; the other follows.
      one.once("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    get firstByteMs() {
      return firstByteMs;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The same for a protocol over UDP, of one publisher. */
export async function startFirstDatagramTap(toPort: number, fromByte = 1): Promise<FirstByteTap> {
  let firstByteMs: number | undefined;
  let [bytes, publisherPort] = [0, 0];
  const [outside, inside] = [createSocket("udp4"), createSocket("udp4")];
  outside.on("message", (datagram, { port }) => {
    publisherPort = port;
    bytes += datagram.length;
    if (bytes >= fromByte) firstByteMs ??= performance.now();
    inside.send(datagram, toPort, "127.0.0.1");
  });
  inside.on("message", (datagram) => outside.send(datagram, publisherPort, "127.0.0.1"));
  for (const socket of [outside, inside]) await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: outside.address().port,
    get firstByteMs() {
      return firstByteMs;
    },
    stop() {
      outside.close();
      inside.close();
    },
  };
}
