// Ports for nodes of tests. Files run side by side, and a node takes its port a moment after it was found free: so each process
// looks in a hundred of its own, below the ports that the system hands out and away from those that tests name.
import { freePort } from "../../src/demo/free-port.ts";

const blocks = 70;
const blockSize = 100;

/** @param taken ports that this test has been given already */
export function testPort(taken: Set<number>): Promise<number> {
  const first = 25_000 + (process.pid % blocks) * blockSize;
  return freePort(first + Math.floor(Math.random() * (blockSize - 3)), taken);
}
