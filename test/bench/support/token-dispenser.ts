// Fetches one real token per viewer from the master before the load starts, and hands them out to the load generator:
// so that what is measured is the slave, not the master's rate limits.
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** The master limits each address (3,000 at once); loopback has many. */
const tokensPerAddress = 2_000;
const atOnce = 32;

export interface TokenDispenser {
  /** POST here gives `{hls_url}`, a token of its own for each call. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startTokenDispenser(masterUrl: string, lesson: string, count: number): Promise<TokenDispenser> {
  const answers = await fetchTokens(masterUrl, lesson, count);
  let next = 0;
  const server = createServer((incoming, response) => {
    incoming.resume();
    const body = answers[next % answers.length] ?? "";
    next += 1;
    response.writeHead(200, ["content-type", "application/json", "content-length", String(Buffer.byteLength(body))]);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function fetchTokens(masterUrl: string, lesson: string, count: number): Promise<string[]> {
  const answers: string[] = [];
  for (let from = 0; from < count; from += tokensPerAddress) {
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce, localAddress: `127.0.0.${2 + from / tokensPerAddress}` });
    let number = from;
    const end = Math.min(count, from + tokensPerAddress);
    const work = async (): Promise<void> => {
      while (number < end) {
        number += 1;
        answers.push(await post(`${masterUrl}/api/token`, JSON.stringify({ user_id: `viewer-${number}`, class: lesson }), agent));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    agent.destroy();
  }
  return answers;
}

function post(url: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode} ${text}`))));
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
