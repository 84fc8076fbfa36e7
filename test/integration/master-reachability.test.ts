// Nodes that viewers or gateways cannot reach: asked at once, suspect when they do not answer, and whoever was there moves.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import jwt from "jsonwebtoken";
import type { GatewayView } from "../../src/shared/protocol/gateway-messages.ts";
import type { TokenClaims } from "../../src/shared/protocol/viewer-token.ts";
import { eventually } from "../support/eventually.ts";
import { addNode, callAsNode, heartbeat, startMaster } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const claimsOf = (token: string) => jwt.decode(token) as TokenClaims;

/** What the master asks: answers, says no, or only takes the connection. */
async function startHealth(t: TestContext) {
  let asked = 0;
  let behaviour: "answers" | "fails" | "hangs" = "answers";
  const server = createServer((_request, response) => {
    asked += 1;
    if (behaviour !== "hangs") response.writeHead(behaviour === "answers" ? 200 : 500).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    from(now: typeof behaviour) {
      behaviour = now;
      asked = 0;
    },
  };
}

const refresh = (master: TestMaster, token: string, body?: unknown) =>
  master.call<{ token: string; node_id: string; code?: string }>("POST", "/api/token/refresh", body, { authorization: `Bearer ${token}` });

/** Viewers of slave-1, and slave-2 to go to. */
async function setUp(t: TestContext, health: Awaited<ReturnType<typeof startHealth>>, behaviour: Parameters<typeof health.from>[0]) {
  const apiPort = health.port;
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1", { host: "127.0.0.1", api_port: apiPort, follows: true });
  const tokens: string[] = [];
  for (const user of ["kim", "lee", "kim"]) tokens.push((await master.join({ user_id: user, class: "math" })).body.token);
  await addNode(master, "slave-2", { host: "127.0.0.1", api_port: apiPort, follows: true });
  const [kim = "", lee = "", kimAgain = ""] = tokens;
  await eventually("both have been seen to answer", () => health.asked() >= 2);
  health.from(behaviour);
  return { master, kim, lee, kimAgain };
}

test("two viewers say that they cannot reach a node that hangs: it is suspect at once, and back with its next heartbeat", async (t) => {
  const health = await startHealth(t);
  const { master, kim, lee, kimAgain } = await setUp(t, health, "hangs");
  const moved = await refresh(master, kim, { exclude: ["slave-1"] });
  assert.equal(moved.body.node_id, "slave-2", moved.text);
  await refresh(master, kimAgain, { exclude: ["slave-1"] });
  assert.equal(health.asked(), 0, "one person with two windows is one viewer");
  assert.equal((await refresh(master, lee, { exclude: ["slave-1"] })).body.node_id, "slave-2");
  await eventually("it is suspect", async () => (await master.nodeView("slave-1"))?.status === "suspect");
  assert.equal(health.asked(), 1);
  for (let round = 0; round < 5; round += 1) assert.equal((await master.join({ user_id: "new", class: "math" })).body.node_id, "slave-2");
  assert.equal((await heartbeat(master, "slave-1")).body.status, "healthy");
});

test("a node that answers, whatever it answers, stays; the report of somebody who is not its viewer is none", async (t) => {
  const health = await startHealth(t);
  const { master, kim, lee } = await setUp(t, health, "fails");
  const there = (await refresh(master, kim, { exclude: ["slave-1"] })).body.token;
  // Viewers of slave-2 exclude slave-1 as well: that is their wish, and says nothing of slave-1.
  await refresh(master, there, { exclude: ["slave-1"] });
  for (const token of [`${lee}x`, "x"]) assert.equal((await refresh(master, token, { exclude: ["slave-1"] })).body.code, "token_invalid");
  assert.equal(health.asked(), 0);
  await refresh(master, lee, { exclude: ["slave-1"] });
  await eventually("it is asked", () => health.asked() === 1);
  // Asked again only after two seconds, however many say so.
  for (let round = 0; round < 20; round += 1) await refresh(master, lee, { exclude: ["slave-1"] });
  assert.equal(health.asked(), 1);
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

test("a gateway's word is enough; the head of a stream moves to a copy, and the epoch of the lost one is not forgotten", async (t) => {
  const health = await startHealth(t);
  const { master } = await setUp(t, health, "hangs");
  const stream = { path: "live/math", state: "live", epoch: 1, msn: 9, part: 0, viewers: 0 } as const;
  await heartbeat(master, "slave-1", { streams: [{ ...stream, role: "origin", epoch: 2 }] });
  const replica = { ...stream, role: "replica", upstream: "slave-1" } as const;
  assert.equal((await heartbeat(master, "slave-2", { streams: [replica] })).body.streams[0]?.node_id, "slave-1");
  await callAsNode(master, {
    nodeId: "gateway-1",
    method: "POST",
    path: "/cluster/gateway",
    body: { node_id: "gateway-1", rtmp_port: 1935, relays: [], failed_nodes: ["slave-1", "nobody"] },
  });
  await eventually("it is suspect", async () => (await master.nodeView("slave-1"))?.status === "suspect");
  const asked = await callAsNode<GatewayView>(master, {
    nodeId: "gateway-1",
    method: "POST",
    path: "/cluster/gateway",
    body: { node_id: "gateway-1", rtmp_port: 1935, relays: [], claims: ["live/math"] },
  });
  assert.deepEqual(
    asked.body.nodes.map(({ node_id: nodeId, answers }) => [nodeId, answers]),
    [
      ["slave-1", false],
      ["slave-2", true],
    ],
  );
  assert.deepEqual(asked.body.epochs, [{ path: "live/math", epoch: 3 }], "above that of the lost one");
  const [head] = (await heartbeat(master, "slave-2", { streams: [replica] })).body.streams;
  assert.deepEqual([head?.node_id, head?.role, head?.epoch, head?.highest_epoch], ["slave-2", "replica", 1, 2]);
  assert.equal((await master.asAdmin("GET", "/api/classes/math")).body["live"], false);
  const view = await master.asAdmin("GET", "/cluster/streams/live/math/replicas");
  assert.deepEqual([view.body["origin"], view.body["epoch"], (view.body["replicas"] as unknown[]).length], [null, 2, 1]);
});

test("refresh: never to an excluded node; a session says where its viewer is now", async (t) => {
  const health = await startHealth(t);
  const { master, kim } = await setUp(t, health, "answers");
  const { jti } = claimsOf(kim);
  const kept = await refresh(master, kim, { exclude: ["slave-2"] });
  assert.deepEqual([kept.body.node_id, claimsOf(kept.body.token).jti], ["slave-1", jti]);
  assert.equal((await refresh(master, kim, {})).body.node_id, "slave-1");
  const none = await refresh(master, kim, { exclude: ["slave-1", "slave-2"] });
  assert.deepEqual([none.status, none.body.code], [503, "no_node"]);
  assert.match(none.headers.get("retry-after") ?? "", /^\d+$/);

  const moved = await refresh(master, kim, { exclude: ["slave-1"] });
  const movedJti = claimsOf(moved.body.token).jti;
  assert.equal((await master.nodeView("slave-1"))?.reserved, 2, "its place there is free");
  await heartbeat(master, "slave-2", { connections: 1, activated: [movedJti] });
  const session = await master.asAdmin("GET", `/cluster/sessions/${jti}`);
  const { jti: asked, current_jti: current, node_id: node, moves, state } = session.body;
  assert.deepEqual([asked, current, node, moves, state], [jti, movedJti, "slave-2", 1, "active"]);
  assert.equal((await master.asAdmin("GET", `/cluster/sessions/${movedJti}`)).body["moves"], 0);

  for (const body of [
    { exclude: ["../x"] },
    { exclude: "slave-1" },
    { exclude: Array.from({ length: 65 }, (_, index) => `n${index}`) },
    { x: 1 },
    [],
  ]) {
    assert.equal((await refresh(master, kim, body)).status, 422, JSON.stringify(body));
  }
});
