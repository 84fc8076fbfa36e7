// The line before a full cluster (OVERLOAD_POLICY=reject): freed seats go to who waits for longest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { claimsIn, joinAs, renew, watch } from "./audience-harness.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const seats = 3;

async function setUp(t: Parameters<typeof startMaster>[0]) {
  let aheadMs = 0;
  // The nodes of this test keep the wall clock.
  const clock = { monotonicMs: () => performance.now() + aheadMs, wallMs: () => Date.now() };
  const master = await startMaster(t, { OVERLOAD_POLICY: "reject", OFFLINE_AFTER: "600" }, { clock });
  await master.createClass("math", { open: true });
  // However long all of this takes here, it is not missed.
  await addNode(master, "slave-1", { max_connections: seats, heartbeat_interval_s: 300 });
  const join = (user_id: string, ticket?: string) =>
    joinAs(master.url, { user_id, class: "math", ...(ticket === undefined ? {} : { ticket }) });
  const watching: string[] = [];
  for (let index = 0; index < seats; index += 1) watching.push((await join(`first-${index}`)).body.token);
  /** The node counts so many viewers, and no more than that are on their way. */
  const nodeHas = (connections: number) =>
    heartbeat(master, "slave-1", { connections, activated: watching.map((token) => claimsIn(token).jti) });
  await nodeHas(seats);
  return { master, join, nodeHas, watching, pass: (ms: number) => void (aheadMs += ms) };
}

async function waitingViewers(master: TestMaster): Promise<number> {
  const { text } = await master.call("GET", "/metrics");
  return Number(/^airclass_waiting_viewers (\d+)$/m.exec(text)?.[1]);
}

test("places in order, kept by the ticket; freed seats go to the front and newcomers do not overtake", async (t) => {
  const { master, join, nodeHas } = await setUp(t);
  const answers = [await join("a"), await join("b"), await join("c")];
  assert.deepEqual(
    answers.map(({ status, code, body }) => [status, code, body.position]),
    [
      [503, "no_capacity", 1],
      [503, "no_capacity", 2],
      [503, "no_capacity", 3],
    ],
  );
  for (const { retryAfterS } of answers) assert.ok(retryAfterS >= 2 && retryAfterS <= 5);
  const [a, b, c] = answers.map(({ body }) => body.ticket);
  assert.equal(new Set([a, b, c]).size, 3);
  assert.equal((await join("b", b)).body.position, 2);
  assert.equal(await waitingViewers(master), 3);

  await nodeHas(seats - 1);
  const newcomer = await join("d");
  assert.deepEqual([newcomer.code, newcomer.body.position], ["no_capacity", 4]);
  assert.equal((await join("c", c)).code, "no_capacity");
  assert.equal((await join("b", b)).code, "no_capacity");
  assert.equal((await join("a", a)).status, 200);
  assert.equal((await join("b", b)).body.position, 1, "the seat is taken again");
  assert.equal((await join("a again", a)).body.position, 4, "a ticket is good for one seat");
  await nodeHas(seats - 3);
  assert.deepEqual([(await join("c", c)).status, (await join("b", b)).status], [200, 200], "two seats beside that which is held for a");
});

test("who has not asked for 20 s is passed over; within 3 minutes he is back in his place, later at the end", async (t) => {
  const { master, join, nodeHas, pass } = await setUp(t);
  const [a, b, c] = [(await join("a")).body.ticket, (await join("b")).body.ticket, (await join("c")).body.ticket];
  pass(15_000);
  assert.deepEqual([(await join("b", b)).body.position, (await join("c", c)).body.position], [2, 3]);
  pass(10_000);
  assert.deepEqual([(await join("b", b)).body.position, (await join("c", c)).body.position], [1, 2]);
  assert.equal(await waitingViewers(master), 2, "a is counted where he stands: nowhere");
  await nodeHas(seats - 1);
  assert.equal((await join("b", b)).status, 200, "no seat is held for a");

  await nodeHas(seats);
  pass(120_000);
  assert.equal((await join("c", c)).body.position, 1);
  assert.equal((await join("a", a)).body.position, 1);
  assert.equal((await join("c", c)).body.position, 2, "before whom a stands again");
  assert.equal(await waitingViewers(master), 2);

  pass(170_000);
  assert.equal((await join("c", c)).body.position, 1);
  pass(15_000);
  assert.deepEqual([(await join("c", c)).body.position, (await join("a", a)).body.position], [1, 2], "a was away for too long");
});

test("who watches already is renewed, not put in the line; who lost his node stands before those who were never in", async (t) => {
  const { master, join, watching, nodeHas } = await setUp(t);
  const [first = "", second = ""] = watching;
  const newcomer = await join("newcomer");
  assert.equal((await renew(master.url, first)).status, 200);
  const moving = await renew(master.url, first, ["slave-1"]);
  assert.equal(moving.code, "no_node", "there is no other one");
  await addNode(master, "slave-2", { max_connections: 1 });
  await heartbeat(master, "slave-2", { connections: 1 });
  const lost = await renew(master.url, first, ["slave-1"]);
  assert.deepEqual([lost.status, lost.code, lost.body.position], [503, "no_capacity", 1]);
  assert.equal((await renew(master.url, second, ["slave-1"])).body.position, 2);
  assert.equal((await renew(master.url, first, ["slave-1"])).body.position, 1);
  assert.equal((await join("newcomer", newcomer.body.ticket)).body.position, 3);
  const looks = await joinAs(master.url, { user_id: "looks", class: "math", exclude: ["slave-1"] });
  assert.deepEqual([looks.code, looks.body.position, looks.body.ticket], ["no_capacity", undefined, undefined]);
  assert.ok(looks.retryAfterS > 0);
  await heartbeat(master, "slave-2", { connections: 0 });
  assert.equal((await renew(master.url, second, ["slave-1"])).code, "no_capacity");
  assert.equal((await join("newcomer", newcomer.body.ticket)).code, "no_capacity");
  const moved = await renew(master.url, first, ["slave-1"]);
  assert.deepEqual([moved.status, moved.body.node_id], [200, "slave-2"]);
  // The second one wants no seat of the first node: who stands behind him takes one that is freed there.
  await nodeHas(seats - 1);
  assert.equal((await renew(master.url, second, ["slave-1"])).body.position, 1);
  assert.equal((await join("newcomer", newcomer.body.ticket)).status, 200);
});

test("a flood gets no place beyond its share, and keeps nobody from theirs; wrong codes get none at all", async (t) => {
  const { master, join } = await setUp(t);
  await master.createClass("closed", { join_code: "K7QX2M" });
  const wrong = await joinAs(master.url, { user_id: "x", class: "closed", join_code: "K7QX2N" });
  assert.deepEqual([wrong.code, wrong.body.ticket], ["join_code_wrong", undefined]);
  assert.equal(await waitingViewers(master), 0);
  const flood = await Promise.all(Array.from({ length: 2_100 }, (_, index) => join(`flood-${index}`)));
  assert.equal(flood.filter(({ body }) => body.ticket !== undefined).length, 2_000);
  assert.deepEqual(new Set(flood.map(({ code }) => code)), new Set(["no_capacity"]));
  assert.equal(await waitingViewers(master), 2_000);
  assert.equal((await join("x", "' OR 1=1")).code, "invalid_input");
});

test("with a real slave: who waits gets in when somebody goes", async (t) => {
  const cluster = await startCluster({
    slaves: 1,
    master: { OVERLOAD_POLICY: "reject" },
    slave: { MAX_CONNECTIONS: "2", HEARTBEAT_INTERVAL: "1" },
  });
  t.after(() => cluster.stop());
  await cluster.createClass("math");
  const join = (user_id: string, ticket?: string) =>
    joinAs(cluster.masterUrl, { user_id, class: "math", ...(ticket === undefined ? {} : { ticket }) });
  const [stays, goes] = [(await join("stays")).body, (await join("goes")).body];
  for (const { hls_url } of [stays, goes]) assert.equal(await watch(hls_url), "ok");
  const tickets = { a: (await join("a")).body.ticket, b: (await join("b")).body.ticket };
  let letIn: string | undefined;
  await eventually("one of them is let in", async () => {
    assert.equal(await watch(stays.hls_url), "ok");
    // The one behind always asks first.
    for (const name of ["b", "a"] as const) {
      const { status, body } = await join(name, tickets[name]);
      if (status === 200) {
        letIn ??= name;
        assert.equal(await watch(body.hls_url), "ok");
      }
    }
    await sleep(200);
    return letIn !== undefined;
  });
  assert.equal(letIn, "a");
  assert.equal((await join("b", tickets.b)).body.position, 1);
});

test("one token brings one seat before others, not every seat that is freed; again when its node fails", async (t) => {
  const { master, join, watching } = await setUp(t);
  const [first = ""] = watching;
  await addNode(master, "slave-2", { max_connections: 1 });
  await addNode(master, "slave-3", { max_connections: 1 });
  const freeOn = async (...free: string[]) => {
    for (const id of ["slave-2", "slave-3"]) await heartbeat(master, id, { connections: free.includes(id) ? 0 : 1 });
  };
  await freeOn();
  const waits = await join("waits");
  await freeOn("slave-2");
  const moved = await renew(master.url, first, ["slave-1", "slave-3"]);
  assert.deepEqual([moved.status, moved.body.node_id], [200, "slave-2"], "who lost his node comes first");

  // His old node and his new one are well: he has no more right to a seat than others.
  const { token } = moved.body;
  for (const greedy of [first, token]) assert.equal((await renew(master.url, greedy)).status, 200);
  await freeOn("slave-3");
  for (const [greedy, exclude] of [
    [first, ["slave-1"]],
    [token, ["slave-2"]],
  ] as const) {
    const answer = await renew(master.url, greedy, exclude);
    assert.deepEqual([answer.code, answer.body.position], ["no_capacity", undefined]);
  }
  assert.equal((await join("waits", waits.body.ticket)).body.node_id, "slave-3");

  const next = await join("next");
  assert.equal((await master.asAdmin("POST", "/cluster/nodes/slave-2/drain")).status, 200);
  assert.equal((await renew(master.url, token)).body.position, 1, "his node is to be empty");
  assert.equal((await join("next", next.body.ticket)).body.position, 2);
});
