// A reverse proxy as a school's: `/n/<node_id>/…` to that slave, everything else to the master. It overwrites
// X-Forwarded-For, as one must that others are to trust.
import { createServer, request as sendRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Door {
  readonly url: string;
  /** Paths that were asked for, without queries, with what asked: a node (bearer header) or a viewer. */
  readonly requests: readonly { readonly path: string; readonly bearer: boolean }[];
  /** Where a node's media port is. */
  route(nodeId: string, hlsUrl: string): void;
  stop(): Promise<void>;
}

/** @param clientAddress what it says of everybody. */
export async function startDoor(masterUrl: string, clientAddress: string): Promise<Door> {
  const nodes = new Map<string, string>();
  const requests: Door["requests"][number][] = [];

  function targetOf(path: string): string | undefined {
    const [, node] = /^\/n\/([^/]+)\//.exec(path) ?? [];
    return node === undefined ? masterUrl : nodes.get(node);
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "/", headers } = request;
    const path = url.split("?")[0] ?? "";
    requests.push({ path, bearer: headers.authorization !== undefined });
    const target = targetOf(path);
    if (target === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { hostname, port } = new URL(target);
    const options = { hostname, port, method, path: url, headers: { ...headers, "x-forwarded-for": clientAddress } };
    const onward = sendRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    route: (nodeId, hlsUrl) => void nodes.set(nodeId, hlsUrl),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
