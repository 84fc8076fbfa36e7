// Streams as the master sees them: the directory, who follows whom, copies and their lag, gateways, a restart.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import type { GatewayView } from "../../src/shared/protocol/gateway-messages.ts";
import { addNode, callAsNode, heartbeat, register, startMaster, streamReport as stream } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const hosts: Record<string, string> = { "slave-1": "10.0.0.1", "slave-2": "10.0.0.2", "slave-3": "10.0.0.3" };

async function addSlaves(master: TestMaster, ...ids: string[]): Promise<void> {
  for (const id of ids) await addNode(master, id, { host: hosts[id], follows: true });
}

const order = (nodeId: string, epoch = 1) => ({ path: "live/math", node_id: nodeId, epoch, media_url: `http://${hosts[nodeId]}:8888` });

test("a heartbeat is answered with the directory and with all that the node is to follow", async (t) => {
  const master = await startMaster(t);
  await addSlaves(master, "slave-1", "slave-2", "slave-3");
  const origin = await heartbeat(master, "slave-1", { streams: [stream("origin")] });
  assert.deepEqual(origin.body.follow, []);
  assert.deepEqual(origin.body.streams, [{ ...order("slave-1"), role: "origin" }]);

  const second = await heartbeat(master, "slave-2");
  assert.deepEqual(second.body.follow, [order("slave-1")], "the copy that REPLICATION_FACTOR asks for");
  assert.deepEqual((await heartbeat(master, "slave-3")).body.follow, [], "one is enough");
  const asked = await heartbeat(master, "slave-3", { wanted: ["live/math", "live/unknown"] });
  assert.deepEqual(asked.body.follow, [order("slave-1")], "viewers ask for it there");
  await heartbeat(master, "slave-2", { streams: [stream("replica", { upstream: "slave-1" })] });
  const watched = stream("replica", { upstream: "slave-1", viewers: 4 });
  assert.deepEqual((await heartbeat(master, "slave-3", { streams: [watched] })).body.follow, [order("slave-1")]);
  assert.deepEqual((await heartbeat(master, "slave-2", { streams: [stream("replica", { upstream: "slave-1" })] })).body.follow, []);

  // The origin hangs up for good, and the teacher comes back at the copy: everybody follows that.
  const promoted = await heartbeat(master, "slave-3", { streams: [stream("origin", { epoch: 2, viewers: 4 })] });
  assert.deepEqual(promoted.body.streams, [{ ...order("slave-3", 2), role: "origin" }]);
  const former = await heartbeat(master, "slave-1", { streams: [stream("origin", { viewers: 1 })] });
  assert.deepEqual(former.body.follow, [order("slave-3", 2)], "an origin that was replaced follows");
  assert.deepEqual(former.body.streams, promoted.body.streams, "and is not listed as one");
});

test("a slave on the master's machine is reached by the name by which others reach the master; with TLS by its own name", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1", { host: undefined, follows: true });
  await addNode(master, "slave-2", { host: "10.0.0.2", follows: true });
  await heartbeat(master, "slave-1", { streams: [stream("origin")] });
  const media = async (asker: string) =>
    (await heartbeat(master, asker, asker === "slave-1" ? { streams: [stream("origin")] } : {})).body.streams[0]?.media_url;
  assert.equal(await media("slave-1"), "http://127.0.0.1:8888");
  assert.equal(await media("slave-2"), "http://127.0.0.1:8888", "in this test the master is reached by no other name");
  const tables: [Record<string, unknown>, string][] = [
    [{ hls_url: "http://class.school.example/n/slave-1" }, "http://10.0.0.1:8888"],
    [{ tls: true }, "https://10.0.0.1:8888"],
    [{ tls: true, hls_url: "https://pc-1.school.example:8888" }, "https://pc-1.school.example:8888"],
    [{ tls: true, hls_url: "https://class.school.example/n/slave-1" }, "https://10.0.0.1:8888"],
  ];
  for (const [changes, expected] of tables) {
    await register(master, "slave-1", { host: "10.0.0.1", follows: true, ...changes });
    assert.equal(await media("slave-2"), expected, JSON.stringify(changes));
  }
});

test("copies, their lag, and whether they are in sync", async (t) => {
  const master = await startMaster(t, { REPLICATION_FACTOR: "3" });
  await addSlaves(master, "slave-1", "slave-2", "slave-3");
  await heartbeat(master, "slave-3", { streams: [stream("origin", { epoch: 4, bitrate: 1_500_000, viewers: 1 })] });
  await heartbeat(master, "slave-1", {
    streams: [stream("replica", { epoch: 4, upstream: "slave-3", lag_parts: 1, lag_s: 0.2, viewers: 2 })],
  });
  await heartbeat(master, "slave-2", {
    streams: [stream("replica", { epoch: 4, upstream: "slave-1", lag_parts: 12, lag_s: 4.1, msn: 47 })],
  });

  const { status, body } = await master.asAdmin("GET", "/cluster/streams/live/math/replicas");
  assert.equal(status, 200);
  const common = { epoch: 4, state: "live", part: 1 };
  assert.deepEqual(body, {
    path: "live/math",
    origin: "slave-3",
    epoch: 4,
    replication_factor: 3,
    in_sync_copies: 2,
    replicas: [
      { ...common, node_id: "slave-3", role: "origin", upstream: null, msn: 50, lag_parts: 0, lag_s: 0, in_sync: true, viewers: 1 },
      { ...common, node_id: "slave-1", role: "replica", upstream: "slave-3", msn: 50, lag_parts: 1, lag_s: 0.2, in_sync: true, viewers: 2 },
      {
        ...common,
        node_id: "slave-2",
        role: "replica",
        upstream: "slave-1",
        msn: 47,
        lag_parts: 12,
        lag_s: 4.1,
        in_sync: false,
        viewers: 0,
      },
    ],
  });
  const streams = await master.asAdmin<{ streams: Record<string, unknown>[] }>("GET", "/cluster/streams");
  const [{ copies, ...first } = {}] = streams.body.streams;
  assert.deepEqual(first, { path: "live/math", state: "live", origin: "slave-3", epoch: 4, viewers: 3, students: 3 });
  assert.deepEqual((copies as { bitrate: number | null }[])[0]?.bitrate, 1_500_000);
  assert.equal((await master.asAdmin("GET", "/cluster/streams/live/physics/replicas")).body["code"], "no_such_stream");
  assert.equal((await master.asAdmin("GET", "/cluster/streams/live/..%2fx/replicas")).status, 422);
});

test("a restarted master: the same origin, the same epoch, everybody goes on with whom it followed", async (t) => {
  const master = await startMaster(t, { FANOUT: "2" });
  const reports: Record<string, StreamReport> = {
    "slave-1": stream("origin", { epoch: 3 }),
    "slave-2": stream("replica", { epoch: 3, upstream: "slave-1", viewers: 1 }),
    "slave-3": stream("replica", { epoch: 3, upstream: "slave-2", viewers: 1 }),
  };
  const beat = (id: string) => heartbeat(master, id, { streams: [reports[id] ?? stream("origin")] });
  await addSlaves(master, "slave-1", "slave-2", "slave-3");
  for (const id of Object.keys(reports)) await beat(id);
  const follows = async () => [(await beat("slave-2")).body.follow, (await beat("slave-3")).body.follow];
  const before = await follows();
  assert.deepEqual(before, [[order("slave-1", 3)], [order("slave-2", 3)]]);

  await master.restart();
  assert.equal((await beat("slave-3")).body.status, "unknown");
  // The leaf comes first: whom it follows is not there yet, and all the same it is told to go on.
  const back = async (id: string) => {
    await register(master, id, { host: hosts[id], follows: true });
    return (await beat(id)).body;
  };
  assert.deepEqual((await back("slave-3")).follow, [order("slave-2", 3)]);
  assert.deepEqual((await back("slave-2")).follow, [order("slave-1", 3)]);
  assert.deepEqual((await beat("slave-3")).body.follow, [order("slave-2", 3)]);
  const origin = await back("slave-1");
  assert.deepEqual([origin.follow, origin.streams], [[], [{ ...order("slave-1", 3), role: "origin" }]]);
  assert.deepEqual(await follows(), before);
  for (const id of Object.keys(reports)) assert.equal((await master.nodeView(id))?.status, "healthy");
});

test("a gateway gets slaves as places for publishers and the copies of streams; it becomes the classes' RTMP server", async (t) => {
  const master = await startMaster(t);
  const lesson = await master.createClass("math");
  await addSlaves(master, "slave-1", "slave-2");
  await heartbeat(master, "slave-1", {
    connections: 30,
    cpu: 20,
    streams: [
      stream("origin", { encoded: 2 }),
      stream("origin", { path: "live/art" }),
      stream("origin", { path: "live/old", state: "waiting" }),
    ],
  });
  await heartbeat(master, "slave-2", { streams: [stream("replica", { upstream: "slave-1", lag_s: 0.1 })] });
  await master.asAdmin("POST", "/cluster/nodes/slave-2/drain");
  assert.equal(lesson.rtmp_url, "rtmp://127.0.0.1:1935/live", "no slave, no gateway");

  const report = (body: Record<string, unknown> = {}) =>
    callAsNode<GatewayView>(master, {
      nodeId: "gateway-1",
      method: "POST",
      path: "/cluster/gateway",
      body: { node_id: "gateway-1", rtmp_port: 1936, relays: [{ path: "live/math", node_id: "slave-1", epoch: 1 }], ...body },
    });
  const first = await report();
  assert.equal(first.status, 200, first.text);
  assert.ok(first.genuine);
  assert.deepEqual(first.body.nodes, [
    {
      node_id: "slave-1",
      host: "10.0.0.1",
      rtmp_port: 1935,
      publishable: true,
      draining: false,
      answers: true,
      load_percentage: 20,
      cpu_usage: 20,
      publishing_cost: 2 + 8 * 2,
    },
    {
      node_id: "slave-2",
      host: "10.0.0.2",
      rtmp_port: 1935,
      publishable: false,
      draining: true,
      answers: true,
      load_percentage: 0,
      cpu_usage: 5,
      publishing_cost: 0,
    },
  ]);
  const math = first.body.streams.find(({ path }) => path === "live/math");
  const numbers = { state: "live", epoch: 1, msn: 50, part: 1 };
  assert.deepEqual(math, {
    path: "live/math",
    highest_epoch: 1,
    copies: [
      { ...numbers, node_id: "slave-1", role: "origin", lag_s: 0, in_sync: true },
      { ...numbers, node_id: "slave-2", role: "replica", lag_s: 0.1, in_sync: true },
    ],
  });
  assert.deepEqual([first.body.settled, first.body.class_grants?.classes.length], [true, 1]);
  assert.equal((await report({ class_grants_version: first.body.class_grants?.version })).body.class_grants, undefined);
  assert.equal((await master.asAdmin("GET", "/api/classes/math")).body["rtmp_url"], "rtmp://127.0.0.1:1936/live");

  assert.equal((await master.call("POST", "/cluster/gateway", {})).status, 401);
  const borrowed = await callAsNode(master, {
    nodeId: "slave-1",
    method: "POST",
    path: "/cluster/gateway",
    body: { node_id: "gateway-1", rtmp_port: 1936, relays: [] },
  });
  assert.equal(borrowed.body["code"], "credential_wrong_node");
  assert.equal((await report({ relays: [{ path: "../x", node_id: null, epoch: 0 }] })).status, 422);
});
