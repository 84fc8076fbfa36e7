import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterOrders } from "../../src/shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { hashSecret } from "../../src/shared/tokens/random-secrets.ts";
import { eventually } from "../support/eventually.ts";
import { rawConnection } from "../support/raw-http.ts";
import { addNode, callAsNode, heartbeat, register, registration, signedHeaders, startMaster } from "./master-harness.ts";

test("a node registers, reports, is listed, and leaves", async (t) => {
  const master = await startMaster(t);
  const registered = await register(master, "slave-1");
  assert.equal(registered.status, 200, registered.text);
  assert.ok(registered.genuine, "the answer is signed for this request");
  assert.equal((await master.nodeView("slave-1"))?.status, "registering");

  const streams = [{ path: "live/math", role: "origin", state: "live", epoch: 1, msn: 3, part: 0, viewers: 120 }] as const;
  const beat = await heartbeat(master, "slave-1", { connections: 120, cpu: 12.5, bandwidth_mbps: 190, streams: [...streams] }, { seq: 1 });
  assert.equal(beat.status, 200, beat.text);
  assert.ok(beat.genuine);
  assert.equal(beat.body.status, "warning");
  assert.equal(beat.body.seq, 1);
  assert.deepEqual(beat.body.streams, [
    { path: "live/math", node_id: "slave-1", epoch: 1, role: "origin", media_url: "http://10.0.0.7:8888" },
  ]);

  const view = await master.nodeView("slave-1");
  assert.equal(view?.status, "warning");
  assert.equal(view?.current_connections, 120);
  assert.equal(view?.load_percentage, 80);
  assert.equal(view?.hls_url, "http://10.0.0.7:8888");
  assert.equal(view?.rtmp_url, "rtmp://10.0.0.7:1935/live");
  assert.equal(view?.whep, false);
  assert.equal(view?.streams, 1);

  const left = await callAsNode(master, { nodeId: "slave-1", method: "DELETE", path: "/cluster/nodes/slave-1" });
  assert.equal(left.status, 204);
  assert.ok(left.genuine);
  assert.equal(await master.nodeView("slave-1"), undefined);
  assert.equal((await heartbeat(master, "slave-1")).body.status, "unknown");
  const again = await callAsNode(master, { nodeId: "slave-1", method: "DELETE", path: "/cluster/nodes/slave-1" });
  assert.equal(again.body["code"], "no_such_node");
});

test("where viewers find a node: what it says, else where it was seen", async (t) => {
  const master = await startMaster(t);
  const cases: [Record<string, unknown>, string][] = [
    [{ host: undefined }, "http://127.0.0.1:8888"],
    [{ host: "0.0.0.0" }, "http://127.0.0.1:8888"],
    [{ host: undefined, tls: true }, "https://127.0.0.1:8888"],
    [{ host: "fd00::7" }, "http://[fd00::7]:8888"],
    [{ host: "pc-7.school.example", hls_port: 80 }, "http://pc-7.school.example:80"],
    [{ hls_url: "https://class.school.example/n/{node_id}/" }, "https://class.school.example/n/slave-1"],
  ];
  for (const [changes, expected] of cases) {
    assert.equal((await register(master, "slave-1", changes)).status, 200);
    assert.equal((await master.nodeView("slave-1"))?.hls_url, expected, JSON.stringify(changes));
  }
});

test("no credential, a forged one, one for something else: all refused, and nothing changes", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  const body = registration("slave-2");
  const call = { nodeId: "slave-2", method: "POST", path: "/cluster/register", body };
  const otherKey = deriveClusterKeys("another secret of 16+").credential;

  const missing = await master.call("POST", "/cluster/register", body);
  assert.deepEqual([missing.status, missing.body["code"]], [401, "credential_invalid"]);
  assert.match(missing.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const refusals: [string, string, Parameters<typeof callAsNode>[1]][] = [
    ["made with another secret", "credential_invalid", { ...call, key: otherKey }],
    ["two minutes old", "clock_skew", { ...call, atMs: Date.now() - 120_000 }],
    ["from the future", "clock_skew", { ...call, atMs: Date.now() + 120_000 }],
    ["another node speaks for it", "credential_wrong_node", { ...call, nodeId: "slave-1" }],
    ["deregisters another", "credential_wrong_node", { nodeId: "slave-2", method: "DELETE", path: "/cluster/nodes/slave-1" }],
    [
      "reports for another",
      "credential_wrong_node",
      { ...call, nodeId: "slave-2", path: "/cluster/stats", body: { node_id: "slave-1", stats: { connections: 0, cpu: 0, memory: 0 } } },
    ],
  ];
  for (const [what, code, wrong] of refusals) {
    const answer = await callAsNode(master, wrong);
    assert.equal(answer.body["code"], code, `${what}: ${answer.text}`);
    assert.ok(answer.status === 401 || answer.status === 403, what);
  }
  const tampered = await master.call("POST", "/cluster/register", { ...body, host: "10.6.6.6" }, signedHeaders(call).headers);
  assert.equal(tampered.body["code"], "credential_invalid", "bound to its body");
  const otherPath = await master.call("POST", "/cluster/stats", body, signedHeaders(call).headers);
  assert.equal(otherPath.body["code"], "credential_invalid", "bound to its path");
  for (const authorization of [
    "Bearer x",
    "Bearer a.b.c",
    "Basic eDp5",
    `Bearer ${"a".repeat(5_000)}`,
    "Bearer the-admin-token-of-the-tests",
  ]) {
    const answer = await master.call("POST", "/cluster/register", body, { authorization });
    assert.deepEqual([answer.status, answer.body["code"]], [401, "credential_invalid"], authorization.slice(0, 20));
  }
  assert.equal(await master.nodeView("slave-2"), undefined);
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

test("a replayed registration is refused, also by a master that was restarted in between", async (t) => {
  const master = await startMaster(t);
  const call = { nodeId: "slave-1", method: "POST", path: "/cluster/register", body: registration("slave-1") };
  const { headers } = signedHeaders(call);
  assert.equal((await master.call("POST", call.path, call.body, headers)).status, 200);
  assert.equal((await master.call("POST", call.path, call.body, headers)).body["code"], "credential_replayed");
  await master.restart();
  assert.equal((await master.call("POST", call.path, call.body, headers)).body["code"], "credential_replayed");
  assert.equal(await master.nodeView("slave-1"), undefined);
});

test("hostile and senseless registrations get 422 and leave no trace", async (t) => {
  const master = await startMaster(t);
  const wrong: Record<string, unknown>[] = [
    { node_id: "x'; DROP TABLE classes; --" },
    { node_id: "../../etc/passwd" },
    { node_id: "--max-connections=1" },
    { node_id: "a".repeat(65) },
    { node_id: "" },
    { hls_url: "javascript:alert(1)" },
    { hls_url: "file:///etc/passwd" },
    { hls_url: "http://user:password@10.0.0.7:8888" },
    { hls_url: "http://10.0.0.7:8888/?jwt=x" },
    { hls_url: "http://" },
    { host: "10.0.0.7/evil" },
    { host: "a b" },
    { host: "x@y" },
    { max_connections: 0 },
    { max_connections: -1 },
    { max_connections: 1.5 },
    { max_connections: 1_000_001 },
    { hls_port: 65_536 },
    { hls_port: 0 },
    { heartbeat_interval_s: 0 },
    { instance: "short" },
    { node_name: "" },
    { unknown_field: 1 },
  ];
  for (const changes of wrong) {
    const nodeId = "node_id" in changes ? (changes["node_id"] as string) : "slave-1";
    const answer = await callAsNode(master, { nodeId, method: "POST", path: "/cluster/register", body: registration("slave-1", changes) });
    // A node id that is none makes a credential that is none.
    const expected = "node_id" in changes ? [401, 422] : [422];
    assert.ok(expected.includes(answer.status), `${JSON.stringify(changes)}: ${answer.status} ${answer.text}`);
  }
  for (const garbage of ["{", '{"node_id":', "null", "[]", '"text"', '{"__proto__":{"x":1}}']) {
    const answer = await master.call("POST", "/cluster/register", garbage, { authorization: "Bearer a.b.c" });
    assert.ok([400, 401, 422].includes(answer.status), `${garbage}: ${answer.status}`);
  }
  const { body } = await master.asAdmin<{ total_nodes: number }>("GET", "/cluster/nodes");
  assert.equal(body.total_nodes, 0);
});

test("a heartbeat cannot be too large, and not out of its bounds", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  const huge = await heartbeat(master, "slave-1", { activated: Array.from({ length: 60_000 }, () => "x".repeat(64)) });
  assert.equal(huge.body.code, "body_too_large");
  for (const stats of [{ connections: -1 }, { cpu: 101 }, { memory: Number.NaN }, { connections: 1e300 }]) {
    const answer = await heartbeat(master, "slave-1", stats);
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(stats)}: ${answer.status}`);
  }
  assert.equal((await master.nodeView("slave-1"))?.current_connections, 0);
});

test("who does not know CLUSTER_SECRET is answered before a heartbeat's two megabytes are read", async (t) => {
  const master = await startMaster(t);
  const head = "POST /cluster/stats HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n";
  const body = { node_id: "slave-1", stats: { connections: 0, cpu: 0, memory: 0 } };
  const call = { nodeId: "slave-1", method: "POST", path: "/cluster/stats", body };
  const foreign = signedHeaders({ ...call, key: deriveClusterKeys("another secret of 16+").credential }).headers["authorization"];
  const old = signedHeaders({ ...call, atMs: Date.now() - 600_000 }).headers["authorization"];
  for (const authorization of ["Bearer a.b.c", foreign, old]) {
    const connection = await rawConnection(master.url, `${head}Authorization: ${authorization}\r\n\r\n{`);
    t.after(() => connection.socket.destroy());
    await eventually("the refusal", () => connection.received().startsWith("HTTP/1.1 401"), 10_000);
  }
});

test("a second process with the same id takes over; the first is told so", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  await addNode(master, "slave-1", { instance: "second-process" });
  const old = await heartbeat(master, "slave-1", { connections: 99 }, { instance: "slave-1-instance" });
  assert.deepEqual([old.status, old.body.code], [409, "node_superseded"]);
  assert.equal((await heartbeat(master, "slave-1", { connections: 7 }, { instance: "second-process" })).status, 200);
  assert.equal((await master.nodeView("slave-1"))?.current_connections, 7);
});

test("keys and classes travel when they changed, and only then", async (t) => {
  const master = await startMaster(t);
  const lesson = await master.createClass("math");
  const { body } = await register(master, "slave-1");
  const orders = body["orders"] as ClusterOrders;
  assert.ok(orders.key_set && orders.class_grants);
  assert.deepEqual(orders.class_grants.classes, [{ name: "math", stream_key_hash: hashSecret(lesson.stream_key) }]);
  assert.ok(Math.abs(orders.now_ms - Date.now()) < 60_000);

  const known = { key_set_version: orders.key_set.version, class_grants_version: orders.class_grants.version };
  const quiet = (await heartbeat(master, "slave-1", {}, known)).body.orders;
  assert.equal(quiet?.key_set, undefined);
  assert.equal(quiet?.class_grants, undefined);

  await master.asAdmin("PATCH", "/api/classes/math", { title: "Only a title" });
  assert.equal((await heartbeat(master, "slave-1", {}, known)).body.orders?.class_grants, undefined);
  const rotated = await master.asAdmin("POST", "/api/classes/math/rotate-key");
  const grants = (await heartbeat(master, "slave-1", {}, known)).body.orders?.class_grants;
  assert.deepEqual(grants?.classes, [{ name: "math", stream_key_hash: hashSecret(String(rotated.body["stream_key"])) }]);
  await master.asAdmin("DELETE", "/api/classes/math");
  assert.deepEqual((await heartbeat(master, "slave-1", {}, known)).body.orders?.class_grants?.classes, []);
});

test("a shared secret reaches slaves sealed only", async (t) => {
  const secret = "a shared secret of more than thirty-two bytes";
  const master = await startMaster(t, { JWT_SECRET: secret });
  const { text } = await register(master, "slave-1");
  assert.ok(!text.includes(secret) && !text.includes(Buffer.from(secret).toString("base64url")));
  assert.match(text, /"sealed":"/);
  assert.deepEqual((await master.call("GET", "/.well-known/jwks.json")).body, { keys: [] });
});

test("drain and undrain hold over silence, registration and a restart of the master", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  await addNode(master, "slave-2");
  assert.equal((await master.asAdmin("POST", "/cluster/nodes/slave-1/drain")).body["status"], "draining");
  const beat = await heartbeat(master, "slave-1");
  assert.deepEqual([beat.body.status, beat.body.orders?.draining], ["drained", true], "it has nobody to move");
  for (let round = 0; round < 10; round += 1) assert.equal((await master.join({ user_id: "kim", class: "math" })).body.node_id, "slave-2");
  await master.restart();
  await addNode(master, "slave-1", { instance: "after-restart" });
  assert.equal((await master.nodeView("slave-1"))?.status, "drained");
  assert.equal((await master.asAdmin("POST", "/cluster/nodes/slave-1/undrain")).body["status"], "healthy");
  assert.equal((await master.asAdmin("POST", "/cluster/nodes/nobody/drain")).status, 404);
  assert.equal((await master.asAdmin("POST", `/cluster/nodes/${encodeURIComponent("x'; --")}/drain`)).status, 422);
});

test("a silent node is suspect after two heartbeats, and offline exactly at its deadline", async (t) => {
  let skippedMs = 0;
  const clock = { monotonicMs: () => skippedMs, wallMs: () => Date.now() };
  const timers = new Set<{ atMs: number; run: () => void }>();
  const setTimer = (run: () => void, delayMs: number) => {
    const timer = { atMs: skippedMs + delayMs, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const master = await startMaster(t, {}, { clock, setTimer });
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const table: [number, string, number][] = [
    [10_499, "healthy", 200],
    [10_500, "suspect", 503],
    [29_999, "suspect", 503],
    [30_000, "offline", 503],
    [599_999, "offline", 503],
  ];
  // No timer runs: what is read is right all the same.
  for (const [atMs, status, tokenStatus] of table) {
    skippedMs = atMs;
    assert.equal((await master.join({ user_id: "kim", class: "math" })).status, tokenStatus, `at ${atMs}`);
    assert.equal((await master.nodeView("slave-1"))?.status, status, `at ${atMs}`);
  }
  skippedMs = 600_000;
  assert.equal(await master.nodeView("slave-1"), undefined);
  assert.equal((await heartbeat(master, "slave-1")).body.status, "unknown");
  await addNode(master, "slave-1");
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

test("heartbeats that arrive out of order: the newest counts, and places are given free once", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const jtis: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    const { body } = await master.join({ user_id: `student-${index}`, class: "math" });
    jtis.push((JSON.parse(Buffer.from(body.token.split(".")[1] ?? "", "base64url").toString()) as { jti: string }).jti);
  }
  const counted = async () => {
    const view = await master.nodeView("slave-1");
    return [view?.current_connections, view?.reserved];
  };
  assert.deepEqual(await counted(), [0, 3]);
  // Until a heartbeat is acknowledged, the next one names its viewers again.
  const newer = await heartbeat(master, "slave-1", { connections: 2, activated: jtis.slice(0, 2) }, { seq: 12 });
  assert.equal(newer.body.seq, 12);
  assert.deepEqual(await counted(), [2, 1]);
  const older = await heartbeat(master, "slave-1", { connections: 1, activated: jtis.slice(0, 1) }, { seq: 11 });
  assert.equal(older.body.seq, 11);
  assert.deepEqual(await counted(), [2, 1]);
  await heartbeat(master, "slave-1", { connections: 3, activated: jtis }, { seq: 13 });
  assert.deepEqual(await counted(), [3, 0]);
});
