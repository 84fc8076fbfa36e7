// Answers MediaMTX's question who may do what: an HTTP server on loopback that decides from memory. MediaMTX asks one question
// at a time and all its paths wait for the answer, so nothing here waits for anybody.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listenError } from "../../../shared/net/listen-error.ts";
import type { AuthQuestion } from "./auth-rules.ts";
import { readAuthQuestion } from "./auth-rules.ts";

export interface AuthHook {
  /** What `authHTTPAddress` must be. */
  readonly url: string;
  /** Resolves when it answers. @throws UserError when the port is taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface AuthHookConfig {
  /** 0 takes a free one. */
  readonly port: number;
  /** Begins with `/`; what asks elsewhere is refused. */
  readonly path: string;
}

const host = "127.0.0.1";
const maxBodyBytes = 64 * 1024;
/** Of programs on this machine; MediaMTX asks on a new connection each time. */
const maxConnections = 256;
const requestTimeoutMs = 2_000;
/** Node looks after those times every half a minute only, by default. */
const checkEveryMs = 1_000;

/** @param decide true lets in; must not throw for what a stranger sends. */
export function createAuthHook({ port, path }: AuthHookConfig, decide: (question: AuthQuestion) => boolean): AuthHook {
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, connectionsCheckingInterval: checkEveryMs };
  const server = createServer(timeouts, (request, response) => {
    void answer(request, response);
  });
  server.maxConnections = maxConnections;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await statusFor(request);
    response.writeHead(status, { "content-length": 0, connection: "close" }).end();
  }

  async function statusFor(request: IncomingMessage): Promise<number> {
    if (request.method !== "POST" || request.url !== path) return 404;
    const body = await readBody(request);
    const question = body === undefined ? undefined : readAuthQuestion(body);
    if (!question) return 400;
    return decide(question) ? 204 : 401;
  }

  return {
    get url() {
      return `http://${host}:${(server.address() as AddressInfo | null)?.port ?? port}${path}`;
    },
    start() {
      return new Promise((resolve, reject) => {
        server.once("error", (error) => reject(listenError(error, { host, port, variable: "MEDIAMTX_HOOK_PORT" })));
        server.listen({ host, port, exclusive: true }, () => resolve());
      });
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Undefined when it is too long or does not come. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The connection broke; nobody waits for an answer.
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}
