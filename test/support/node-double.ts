// Stands before a real slave as a second address of it, and can fail like a machine: die, hang, refuse, or ask to be left.
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface NodeDouble {
  readonly nodeId: string;
  readonly url: string;
  /** Media requests that reached it. */
  readonly requests: number;
  /** `refuse`: 403 to everything; `hang`: takes requests and answers nothing; `advise`: serves, and asks viewers to move. */
  behave(mode: "serve" | "hang" | "refuse" | "advise"): void;
  /** As a machine that loses its power behind a router that says so: all connections break, new ones are refused. */
  die(): Promise<void>;
}

export async function startNodeDouble(nodeId: string, slaveUrl: string): Promise<NodeDouble> {
  const { hostname, port } = new URL(slaveUrl);
  let mode: "serve" | "hang" | "refuse" | "advise" = "serve";
  let requests = 0;

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request;
    const onward = sendRequest({ hostname, port, method, path: url, headers }, (answer) => {
      if (mode === "hang") return;
      const isPlaylist = (url ?? "").includes(".m3u8");
      const advice = mode === "advise" && isPlaylist ? { "airclass-advice": "move" } : {};
      const exposed = `${answer.headers["access-control-expose-headers"] ?? ""}, airclass-advice`;
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...advice, "access-control-expose-headers": exposed });
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    requests += 1;
    if (mode === "hang") return;
    if (mode === "refuse") response.writeHead(403, { "access-control-allow-origin": "*" }).end();
    else forward(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    nodeId,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    behave(next) {
      mode = next;
    },
    async die() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
