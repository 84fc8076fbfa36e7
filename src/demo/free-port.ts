// Finds ports for the demo: the usual ones where they are free.
import { createServer } from "node:net";

/** The first free port of `wanted`, else any. Another program may take it in between; then the role says so. */
export async function freePort(wanted: number, taken: Set<number>): Promise<number> {
  for (const port of [wanted, wanted + 1, wanted + 2, 0]) {
    if (port !== 0 && taken.has(port)) continue;
    const found = await tryPort(port);
    if (found === undefined || taken.has(found)) continue;
    taken.add(found);
    return found;
  }
  return freePort(0, taken);
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}
