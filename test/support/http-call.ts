// One HTTP request over an agent's kept connections, with a deadline for the whole answer.
import { request } from "node:http";
import type { Agent, IncomingHttpHeaders } from "node:http";

export interface HttpCall {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** From the call to the last byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Nothing, or not all of it, came in time. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** @throws NoAnswer, or Error for a connection that fails, ends early or is too slow; a status is never an error. */
export function httpCall({ method, url, agent, headers, body, timeoutMs, signal }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = body ? { "content-length": body.length } : {};
    const call = request(url, { method, agent, headers: { ...headers, ...length }, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
      response.once("error", failed);
    });
    const timer = setTimeout(() => call.destroy(new NoAnswer(`no answer within ${timeoutMs} ms`)), timeoutMs);
    function failed(error: Error): void {
      clearTimeout(timer);
      reject(error);
    }
    call.once("error", failed);
    call.end(body);
  });
}
