import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { readMasterCredential } from "../../shared/tokens/master-credential.ts";
import { answerHeader, signAnswer } from "../../shared/tokens/node-credential.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import { createAskSlave } from "./slave-question.ts";

const { request: key } = deriveClusterKeys("a secret of the cluster");
const { request: forgedKey } = deriveClusterKeys("the secret of an attacker");
const question = { ask: "viewers", path: "live/math" } as const;

async function startSlave(t: TestContext, listener: RequestListener): Promise<NodeInfo> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { nodeId: "slave-1", host: "127.0.0.1", apiPort: (server.address() as AddressInfo).port, tls: false } as NodeInfo;
}

const ask = createAskSlave({ key, clock: { wallMs: () => Date.now() }, timeoutMs: 500 });

/** As a slave that answers `text`, signed by `signingKey`. */
const answering =
  (text: string, signingKey = key, status = 200): RequestListener =>
  (request, response) => {
    const credential = (request.headers.authorization ?? "").slice("Bearer ".length);
    const id = readMasterCredential(key, credential, { nodeId: "slave-1", ...question }, Date.now());
    if (id !== undefined) response.setHeader(answerHeader, signAnswer(signingKey, id, text));
    response.writeHead(status).end(text);
  };

test("a slave's answer is believed when it was made for this question with our secret", async (t) => {
  const urls: (string | undefined)[] = [];
  const slave = await startSlave(t, (request, response) => {
    urls.push(`${request.method} ${request.url}`);
    answering("the viewers")(request, response);
  });
  assert.equal(await ask(slave, question), "the viewers");
  assert.deepEqual(urls, ["GET /api/viewers?path=live%2Fmath"]);
});

test("no answer: forged, unsigned, refused, too large, hanging, half of it, nobody there, no port", async (t) => {
  const unsigned: RequestListener = (_, response) => response.end("the viewers");
  const slaves = [
    await startSlave(t, answering("the viewers", forgedKey)),
    await startSlave(t, unsigned),
    await startSlave(t, answering("the viewers", key, 401)),
    await startSlave(t, answering("x".repeat(9 * 1024 * 1024))),
    await startSlave(t, () => undefined),
    await startSlave(t, (_, response) => void response.writeHead(200, { "content-length": "100" }).write("half")),
  ];
  const gone = { ...slaves[0]!, apiPort: 1 };
  const portless = { ...slaves[0]!, apiPort: 0 };
  for (const [index, slave] of [...slaves, gone, portless].entries()) assert.equal(await ask(slave, question), undefined, `case ${index}`);
});
