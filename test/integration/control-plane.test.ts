// Masters and slaves that do not trust each other: wrong secrets, forged and replayed requests, clocks that are off.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import type { Clock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import type { ProblemDocument } from "../../src/shared/protocol/problems.ts";
import type { NodesView, NodeView } from "../../src/shared/protocol/nodes.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { answerHeader, signAnswer, signCredential } from "../../src/shared/tokens/node-credential.ts";
import { startCluster } from "../support/cluster.ts";
import { clusterSecret } from "../support/master-environment.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf } from "../support/playlist-reader.ts";

/** A logger whose lines can be read. */
function capturedLogger() {
  const stream = new PassThrough();
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return { logger: createLogger("info", { role: "slave" }, stream as unknown as NodeJS.WriteStream), lines: () => text };
}

/** A clock whose wall time is off. */
const clockOff = (byMs: number): Clock => ({ monotonicMs: () => performance.now(), wallMs: () => Date.now() + byMs });

async function nodesOf(cluster: Cluster): Promise<NodeView[]> {
  return ((await (await cluster.fetch("/cluster/nodes")).json()) as NodesView).nodes;
}

describe("the control plane", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "0.5" } });
  });
  after(() => cluster?.stop());

  const keys = deriveClusterKeys(clusterSecret);
  const statsOf = (nodeId: string) => JSON.stringify({ node_id: nodeId, stats: { connections: 10_000, cpu: 1, memory: 1 } });

  async function post(path: string, body: string, credential?: string): Promise<string> {
    const response = await fetch(`${cluster.masterUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }) },
      body,
    });
    const text = await response.text();
    return response.ok ? "200" : `${response.status} ${(JSON.parse(text) as ProblemDocument).code}`;
  }

  const sign = (nodeId: string, body: string, { key = keys.credential, path = "/cluster/stats", atMs = Date.now() } = {}) =>
    signCredential(key, { nodeId, method: "POST", path, body }, atMs).credential;

  test("nobody speaks for a real slave: forged, replayed, stale and borrowed credentials change nothing", async () => {
    const body = statsOf("slave-1");
    const forged = deriveClusterKeys("another secret of another cluster").credential;
    const intruder = statsOf("slave-1");
    const table: [string, string | undefined, string][] = [
      ["no credential", undefined, "401 credential_invalid"],
      ["garbage", "garbage", "401 credential_invalid"],
      ["the secret itself", clusterSecret.replaceAll(" ", "-"), "401 credential_invalid"],
      ["another secret", sign("slave-1", body, { key: forged }), "401 credential_invalid"],
      ["another node's", sign("intruder", body), "403 credential_wrong_node"],
      ["for another path", sign("slave-1", body, { path: "/cluster/register" }), "401 credential_invalid"],
      ["for another body", sign("slave-1", statsOf("slave-1").replace("10000", "1")), "401 credential_invalid"],
      ["an old one", sign("slave-1", body, { atMs: Date.now() - 300_000 }), "401 clock_skew"],
    ];
    for (const [what, credential, expected] of table) assert.equal(await post("/cluster/stats", intruder, credential), expected, what);

    const once = sign("slave-1", body);
    assert.equal(await post("/cluster/stats", body, once), "200");
    assert.equal(await post("/cluster/stats", body, once), "401 credential_replayed");
    assert.equal(await post("/cluster/stats", statsOf("slave-1").replace("10000", "20000"), once), "401 credential_invalid");
    await eventually("the slave's own number is back", async () => (await nodesOf(cluster))[0]?.current_connections === 0);
    assert.deepEqual(
      (await nodesOf(cluster)).map(({ node_id: id }) => id),
      ["slave-1"],
    );
  });

  test("a heartbeat carries what the machine is doing", async () => {
    await eventually("a sample was taken and reported", async () => ((await nodesOf(cluster))[0]?.memory_usage ?? 0) > 0);
    const [node] = await nodesOf(cluster);
    assert.ok(node && node.memory_usage <= 100 && node.cpu_usage >= 0 && node.cpu_usage <= 100, JSON.stringify(node));
    assert.equal(typeof node.bandwidth_mbps, "number");
  });

  test("a slave with another CLUSTER_SECRET keeps trying, says why once, and stays out", async () => {
    const { logger, lines } = capturedLogger();
    const secret = "the secret of another cluster";
    const stranger = await cluster.addSlave({ NODE_ID: "stranger", CLUSTER_SECRET: secret }, { logger });
    await eventually("it says why", () => lines().includes("CLUSTER_SECRET"));
    const said = () =>
      lines()
        .split("\n")
        .filter((line) => line.includes("CLUSTER_SECRET")).length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(said(), 1, "not once per attempt");
    assert.doesNotMatch(lines(), new RegExp(secret));
    assert.equal(((await (await fetch(`${stranger.apiUrl}/health`)).json()) as { status: string }).status, "registering");
    assert.ok((await nodesOf(cluster)).every(({ node_id: id }) => id !== "stranger"));
    await stranger.stop();
  });

  for (const minutes of [10, -10]) {
    test(`a slave whose clock is ${minutes} minutes off registers by itself, and its viewers' tokens are good`, async () => {
      const nodeId = `clock${minutes}`;
      const slave = await cluster.addSlave({ NODE_ID: nodeId }, { clock: clockOff(minutes * 60_000) });
      await eventually("it is healthy", async () =>
        (await nodesOf(cluster)).some(({ node_id: id, status }) => id === nodeId && status === "healthy"),
      );
      const lesson = await cluster.createClass(`clock${minutes}`);
      const index = cluster.slaves.indexOf(slave);
      await cluster.publish(lesson, { slave: index, whenWatchable: false });
      const exclude = cluster.slaves.filter((other) => other !== slave).map((other) => other.nodeId);
      const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path, exclude });
      await eventually("it can be watched", async () => (await addressesOf(url)).part !== "");
      const addresses = await addressesOf(url);
      for (const address of [addresses.playlist, addresses.init, addresses.part]) assert.equal((await fetch(address)).status, 200);
      await slave.stop();
    });
  }

  test("an answer that was not made with our secret is not obeyed", async () => {
    const forged = deriveClusterKeys("the secret of an attacker").credential;
    const orders = {
      now_ms: Date.now() + 86_400_000,
      overload_policy: "reject",
      draining: true,
      class_grants: { version: "evil", classes: [{ name: "math", stream_key_hash: "x".repeat(43) }] },
    };
    const answer = { status: "registered", node_id: "victim", orders };
    const answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = [
      (_, response) => response.end(JSON.stringify(answer)),
      (_, response) => response.setHeader(answerHeader, "garbage").end(JSON.stringify(answer)),
      (request, response) => {
        const [, claims = ""] = (request.headers.authorization ?? "").split(".");
        const { jti } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { jti: string };
        const body = JSON.stringify(answer);
        response.setHeader(answerHeader, signAnswer(forged, jti, body)).end(body);
      },
      // Another request's answer, although made with the right secret.
      (_, response) => {
        const body = JSON.stringify(answer);
        response.setHeader(answerHeader, signAnswer(keys.credential, "another-request", body)).end(body);
      },
      (_, response) => response.writeHead(302, { location: `${cluster.masterUrl}/cluster/register` }).end(),
      (_, response) => response.end("x".repeat(100)),
      (_, response) => response.writeHead(200).end(),
    ];
    let asked = 0;
    const fake = createServer((request, response) => {
      const next = answers[asked % answers.length];
      asked += 1;
      request.resume();
      request.on("end", () => next?.(request, response));
    }).listen(0, "127.0.0.1");
    await once(fake, "listening");
    const address = fake.address();
    assert.ok(typeof address === "object" && address);
    const { logger, lines } = capturedLogger();
    const victim = await cluster.addSlave({ NODE_ID: "victim", MASTER_URL: `http://127.0.0.1:${address.port}` }, { logger });
    try {
      await eventually("each answer was given", () => asked > answers.length);
      assert.match(lines(), /not made with our CLUSTER_SECRET/);
      assert.doesNotMatch(lines(), /"registered"/);
      assert.equal(((await (await fetch(`${victim.apiUrl}/health`)).json()) as { status: string }).status, "registering");
    } finally {
      await victim.stop();
      fake.close();
      fake.closeAllConnections();
    }
  });

  test("who pretends to be the master cannot turn a slave's clock, and with it the end of tokens", async () => {
    // The slave has two masters; the second, an attacker's, answers with a Date of tomorrow whenever the first is away.
    const fake = createServer((request, response) => {
      request.resume();
      response.writeHead(401, { date: new Date(Date.now() + 86_400_000).toUTCString(), "content-type": "application/problem+json" });
      response.end(JSON.stringify({ code: "clock_skew", title: "The clocks differ" }));
    }).listen(0, "127.0.0.1");
    await once(fake, "listening");
    const address = fake.address();
    assert.ok(typeof address === "object" && address);
    const { logger, lines } = capturedLogger();
    const urls = `${cluster.masterUrl},http://127.0.0.1:${address.port}`;
    const slave = await cluster.addSlave({ NODE_ID: "two-masters", MASTER_URL: urls, HEARTBEAT_INTERVAL: "0.3" }, { logger });
    try {
      await eventually("it is registered", async () => (await nodesOf(cluster)).some(({ node_id: id }) => id === "two-masters"));
      const lesson = await cluster.createClass("tomorrow");
      await cluster.publish(lesson, { slave: cluster.slaves.indexOf(slave), whenWatchable: false });
      const exclude = cluster.slaves.filter((other) => other !== slave).map((other) => other.nodeId);
      let url = "";
      await eventually("it can be watched", async () => {
        url = (await cluster.token({ user_id: "kim", path: lesson.path, exclude })).hls_url;
        return (await fetch(url)).ok;
      });
      await cluster.stopMaster();
      await eventually("the attacker has answered", () => lines().includes("clock_skew"));
      assert.equal((await fetch(url)).status, 200);
      await cluster.restartMaster();
      await eventually("it is back at its master", () => lines().includes("the master answers again"));
    } finally {
      await slave.stop();
      fake.close();
      fake.closeAllConnections();
    }
  });
});
