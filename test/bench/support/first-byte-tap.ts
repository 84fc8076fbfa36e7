// Sits between a publisher and the slave and notes when the publisher's first byte passes: ffmpeg's own start is not ours to measure.
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface FirstByteTap {
  readonly port: number;
  /** `performance.now()` at the first byte of the first publisher; undefined before. */
  readonly firstByteMs: number | undefined;
  stop(): void;
}

export async function startFirstByteTap(toPort: number): Promise<FirstByteTap> {
  let firstByteMs: number | undefined;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (publisher) => {
    const slave = connect({ port: toPort, host: "127.0.0.1", noDelay: true });
    publisher.once("data", () => {
      firstByteMs ??= performance.now();
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
