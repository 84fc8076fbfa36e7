// Ports for nodes of tests. Files run side by side, clusters in one file too, and a node takes its port only a moment after it was
// found free, or again after it was killed: so each process has a block of ports that it says are its own by listening at the
// first one, and gives the others in turn. Below the ports that the system hands out.
import { createServer } from "node:net";
import type { Server } from "node:net";

const lowest = 25_000;
const blockSize = 150;
const blocks = Math.floor((32_768 - lowest) / blockSize);

let block: Promise<number> | undefined;
let given = 0;

/** A free port that nobody else gets, in this process not before some 150 others were given. @throws when none is free */
export async function testPort(): Promise<number> {
  block ??= claimBlock();
  const first = await block;
  for (let tries = 1; tries < blockSize; tries += 1) {
    const port = first + 1 + (given % (blockSize - 1));
    given += 1;
    const server = await listenAt(port);
    if (!server) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`none of the ports from ${first} to ${first + blockSize - 1} is free`);
}

async function claimBlock(): Promise<number> {
  for (let tries = 0; tries < blocks; tries += 1) {
    const first = lowest + ((process.pid + tries) % blocks) * blockSize;
    const server = await listenAt(first);
    if (!server) continue;
    // Held until this process ends, and no reason for it to go on.
    server.unref();
    return first;
  }
  throw new Error("all blocks of ports are claimed by other tests");
}

/** Undefined when the port is taken. */
function listenAt(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => resolve(server));
  });
}
