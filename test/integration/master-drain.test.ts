// Emptying a node: the endpoint, and the command that gives the order and watches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runDrain, runUndrain } from "../../src/admin/drain.ts";
import type { DrainDeps } from "../../src/admin/drain.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { eventually } from "../support/eventually.ts";
import { runAirclass } from "../support/processes.ts";
import { addNode, callAsNode, heartbeat, register, startMaster, streamReport as stream } from "./master-harness.ts";
import { adminToken } from "../support/master-environment.ts";
import { testPort } from "../support/test-port.ts";
import type { TestMaster } from "./master-harness.ts";

test("drain: the node is told until when, is drained when it is empty, and is taken back", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1", { follows: true });
  await addNode(master, "slave-2", { follows: true });
  const before = await heartbeat(master, "slave-1", { connections: 3, streams: [stream("origin", { viewers: 3 })] });
  assert.deepEqual(
    [before.body.orders?.draining, before.body.orders?.drain_ms, before.body.orders?.others_routable],
    [false, undefined, 1],
  );

  const askedAt = Date.now();
  const order = await master.asAdmin<{ status: string; drain_deadline: string }>("POST", "/cluster/nodes/slave-1/drain", {
    deadline_s: 20,
  });
  assert.equal(order.body.status, "draining");
  assert.ok(Math.abs(Date.parse(order.body.drain_deadline) - askedAt - 20_000) < 10_000, order.text);
  const told = await heartbeat(master, "slave-1", { connections: 3, streams: [stream("origin", { viewers: 3 })] });
  assert.deepEqual([told.body.status, told.body.orders?.draining], ["draining", true]);
  assert.ok((told.body.orders?.drain_ms ?? 0) > 1_000 && (told.body.orders?.drain_ms ?? 0) <= 20_000, told.text);
  assert.equal((await heartbeat(master, "slave-2")).body.orders?.others_routable, 0);

  assert.equal((await heartbeat(master, "slave-1", { streams: [stream("origin")] })).body.status, "draining", "it still has a publisher");
  const handedOver = [stream("replica", { epoch: 2 })];
  assert.equal((await heartbeat(master, "slave-1", { streams: handedOver })).body.status, "drained");
  assert.equal((await master.nodeView("slave-1"))?.status, "drained");
  assert.equal((await master.asAdmin("GET", "/cluster/nodes")).body["healthy_nodes"], 1, "nobody is sent there");
  const back = await master.asAdmin("POST", "/cluster/nodes/slave-1/undrain");
  assert.deepEqual([back.body["status"], back.body["drain_deadline"]], ["healthy", null]);
  assert.equal((await heartbeat(master, "slave-1")).body.orders?.drain_ms, undefined);

  for (const deadline of [0, 0.5, 3_601, "60", null]) {
    assert.equal((await master.asAdmin("POST", "/cluster/nodes/slave-1/drain", { deadline_s: deadline })).status, 422, String(deadline));
  }
  assert.equal((await master.asAdmin("POST", "/cluster/nodes/slave-1/drain", { deadline: 5 })).status, 422);
});

test("the deadline survives a restart of the master", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  await master.asAdmin("POST", "/cluster/nodes/slave-1/drain", { deadline_s: 3_000 });
  await master.restart();
  const registered = await register(master, "slave-1");
  const orders = registered.body["orders"] as { draining: boolean; drain_ms: number };
  assert.ok(orders.draining && orders.drain_ms > 2_000_000 && orders.drain_ms <= 3_000_000, registered.text);
});

test("a node that says it is leaving takes nobody from then on", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1", { follows: true });
  await addNode(master, "slave-2", { follows: true });
  const leaving = await heartbeat(master, "slave-1", { connections: 2, leaving: true });
  assert.deepEqual([leaving.body.status, leaving.body.orders?.draining, leaving.body.orders?.drain_ms], ["draining", true, undefined]);
  for (let round = 0; round < 10; round += 1) assert.equal((await master.join({ user_id: "kim", class: "math" })).body.node_id, "slave-2");
  await addNode(master, "slave-1", { follows: true, instance: "the-next-process" });
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

function command(master: TestMaster, args: string[], more: Partial<DrainDeps> = {}) {
  const lines: string[] = [];
  const deps: DrainDeps = {
    args: ["--master", master.url, ...args],
    env: { ADMIN_TOKEN: adminToken },
    print: (line) => lines.push(line),
    lookEveryMs: 20,
    ...more,
  };
  return { lines, deps };
}

/** Viewers and streams of a node go one after the other. */
async function goAway(master: TestMaster, nodeId: string): Promise<void> {
  await eventually(
    "it is told to drain",
    async () => (await heartbeat(master, nodeId, { connections: 2, streams: [stream("origin")] })).body.orders?.draining === true,
  );
  await heartbeat(master, nodeId, { connections: 1, streams: [stream("origin")] });
  await heartbeat(master, nodeId, { connections: 0, streams: [stream("origin")] });
}

test("airclass drain: says what is left, and ends when the node is empty; undrain takes it back", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  await heartbeat(master, "slave-1", { connections: 2, streams: [stream("origin")] });
  const { lines, deps } = command(master, ["slave-1", "--deadline", "20s"]);
  const done = runDrain(deps);
  await goAway(master, "slave-1");
  await eventually("it says so", async () => lines.includes("slave-1 is draining: 0 viewers and 1 stream left"));
  await heartbeat(master, "slave-1");
  await done;
  assert.equal(lines[0], "slave-1 is to be drained within 20 s: 2 viewers and 1 stream left");
  assert.equal(lines.at(-1), "slave-1 is drained: it can be stopped");

  const back = command(master, ["PC slave-1"]);
  await runUndrain(back.deps);
  assert.deepEqual(back.lines, ["slave-1 takes viewers and publishers again: healthy"]);
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

test("airclass drain: what goes wrong is one sentence", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  await addNode(master, "slave-2");
  await heartbeat(master, "slave-1", { connections: 2 });
  const cases: [string, string[], Partial<DrainDeps>, RegExp, number][] = [
    ["no such node", ["slave-11"], {}, /There is no node "slave-11": did you mean slave-1\?/, 1],
    ["no node named", [], {}, /Say which node/, 2],
    ["two nodes named", ["slave-1", "slave-2"], {}, /Say which node/, 2],
    ["wrong token", ["slave-1", "--admin-token", "wrong"], {}, /does not accept this admin token/, 1],
    ["no token", ["slave-1"], { env: {} }, /needs the admin token/, 2],
    ["no master", ["slave-1", "--master", `http://127.0.0.1:${await testPort()}`], {}, /cannot be reached \(ECONNREFUSED\)/, 1],
    ["no address", ["slave-1", "--master", "127.0.0.1:8000"], {}, /is not one/, 2],
    ["unknown flag", ["slave-1", "--dead", "5"], {}, /has no --dead: did you mean --deadline\?/, 2],
    ["no duration", ["slave-1", "--deadline", "soon"], {}, /--deadline="soon" is not valid/, 2],
    ["too long", ["slave-1", "--deadline", "2h"], {}, /--deadline="2h" is not valid/, 2],
    ["not in time", ["slave-1", "--deadline", "1"], { patienceMs: 0 }, /is not drained in time: 2 viewers and 0 streams left/, 1],
  ];
  for (const [what, args, more, message, exitCode] of cases) {
    await assert.rejects(runDrain(command(master, args, more).deps), (error: unknown) => {
      assert.ok(error instanceof UserError, `${what}: ${String(error)}`);
      assert.match(error.message, message, what);
      assert.equal(error.exitCode, exitCode, what);
      assert.doesNotMatch(error.message, new RegExp(adminToken));
      return true;
    });
  }
});

test("airclass drain: somebody takes the node back, or it leaves", async (t) => {
  const master = await startMaster(t);
  for (const id of ["slave-1", "slave-2"]) {
    await addNode(master, id);
    await heartbeat(master, id, { connections: 2 });
  }
  const first = command(master, ["slave-1"]);
  const taken = assert.rejects(runDrain(first.deps), /was taken back/);
  await eventually("the order was given", async () => first.lines.length > 0);
  await master.asAdmin("POST", "/cluster/nodes/slave-1/undrain");
  await taken;

  const second = command(master, ["slave-2"], { goneMs: 100 });
  const left = runDrain(second.deps);
  await eventually("the order was given", async () => second.lines.length > 0);

  await callAsNode(master, { nodeId: "slave-2", method: "DELETE", path: "/cluster/nodes/slave-2" });
  await left;
  assert.equal(second.lines.at(-1), "slave-2 has left the cluster");
});

test("the command as people type it: MASTER_URL and ADMIN_TOKEN from the environment, exit codes", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  const env = { MASTER_URL: `${master.url}/,http://127.0.0.1:1`, ADMIN_TOKEN: adminToken };
  const draining = runAirclass(["drain", "slave-1"], env);
  await eventually("it is told to drain", async () => (await heartbeat(master, "slave-1")).body.status === "drained");
  const { code, stdout, stderr } = await draining;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /slave-1 is drained/);
  const unknown = await runAirclass(["undrain", "slave-7"], env);
  assert.deepEqual([unknown.code, unknown.stderr.trim()], [1, 'airclass: There is no node "slave-7": did you mean slave-1?']);
  assert.equal((await runAirclass(["undrain", "slave-1"], env)).code, 0);
  assert.match((await runAirclass(["drain", "--help"])).stdout, /--deadline/);
  assert.equal((await runAirclass(["drain"], env)).code, 2);
});
