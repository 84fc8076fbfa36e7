// Asks a slave something on its API port, with a credential of the master, and believes only an answer that was made with our
// CLUSTER_SECRET. One socket per question; nothing is tried again.
import type { KeyObject } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock } from "../../shared/kernel/clock.ts";
import { signMasterCredential } from "../../shared/tokens/master-credential.ts";
import type { MasterQuestion } from "../../shared/tokens/master-credential.ts";
import { answerHeader, isAnswerGenuine } from "../../shared/tokens/node-credential.ts";
import type { NodeInfo, RegisteredNode } from "../registry/registered-node.ts";

/** The answer's text; undefined when there is none in time, none with success, or none of this cluster. Never rejects. */
export type AskSlave = (info: NodeInfo, question: Omit<MasterQuestion, "nodeId">) => Promise<string | undefined>;

/** Whom may be asked: nodes of the cluster, and after a restart those of before that have not come back yet. */
export interface AskableNodes {
  list(): readonly Pick<RegisteredNode, "info" | "liveness">[];
}

/** On a school's network it takes milliseconds; a teacher waits for it. */
const defaultTimeoutMs = 1_500;
/** 5,000 viewers with the longest names are about 3 MB. */
const maxAnswerBytes = 8 * 1024 * 1024;

const requests = { viewers: { method: "GET", path: "/api/viewers" }, nudge: { method: "POST", path: "/api/nudge" } } as const;

/** @param options.key `deriveClusterKeys().request`. */
export function createAskSlave({
  key,
  clock,
  timeoutMs = defaultTimeoutMs,
}: {
  readonly key: KeyObject;
  readonly clock: Pick<Clock, "wallMs">;
  readonly timeoutMs?: number;
}): AskSlave {
  return async ({ nodeId, host, apiPort, tls }, question) => {
    if (apiPort === 0) return undefined;
    const { credential, id } = signMasterCredential(key, { nodeId, ...question }, clock.wallMs());
    const { method, path } = requests[question.ask];
    const query = question.path === undefined ? "" : `?path=${encodeURIComponent(question.path)}`;
    // The certificate names the address of viewers, which need not be this one; the answer proves where it comes from.
    const options = { host, port: apiPort, method, path: `${path}${query}`, agent: false, rejectUnauthorized: false };
    try {
      const headers = { authorization: `Bearer ${credential}`, "content-length": "0" };
      const request = (tls ? httpsRequest : httpRequest)({ ...options, headers, signal: AbortSignal.timeout(timeoutMs) });
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.once("response", resolve).on("error", reject).end();
      });
      const text = await readText(response);
      const isSuccess = response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
      const signature = response.headers[answerHeader];
      return isSuccess && typeof signature === "string" && isAnswerGenuine(key, signature, id, text) ? text : undefined;
    } catch {
      return undefined; // A slave that cannot be asked is one that did not answer: the caller says which.
    }
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
