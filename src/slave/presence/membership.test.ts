import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { systemClock } from "../../shared/kernel/clock.ts";
import type { ClusterOrders, StatsRequest, StatsResponse } from "../../shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { createClusterKnowledge } from "./cluster-knowledge.ts";
import { MasterRefusal } from "../../shared/http/master-request.ts";
import { createMembership } from "./membership.ts";

const orders: ClusterOrders = { now_ms: Date.now(), overload_policy: "distribute", draining: false };
const registration = {
  node_id: "slave-1",
  node_name: "one",
  api_port: 1,
  rtmp_port: 2,
  hls_port: 3,
  max_connections: 10,
  version: "test",
  instance: "instance-1",
  heartbeat_interval_s: 0.1,
};

/** A master of literals: what it answers is set by the test, what it was asked is kept. */
function setUp(masterUrls = ["http://one"], heartbeatIntervalMs = 20) {
  const said: string[] = [];
  const heartbeats: StatsRequest[] = [];
  const master = {
    /** Answers to heartbeats wait for it. */
    slow: undefined as Promise<void> | undefined,
    away: false,
    hangs: false,
    refusal: undefined as MasterRefusal | undefined,
    status: "healthy" as StatsResponse["status"],
  };
  const acknowledged: number[] = [];
  const sent: boolean[] = [];
  const directed: Pick<StatsResponse, "streams" | "follow">[] = [];
  function reach(what: string, url: string): void {
    said.push(`${what} ${url}`);
    if (master.away) throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    if (master.refusal) throw master.refusal;
  }
  const membership = createMembership({
    masterUrls,
    heartbeatIntervalMs,
    registration,
    client: {
      register: async (url) => {
        reach("register", url);
        master.status = "healthy";
        return { status: "registered", node_id: "slave-1", orders };
      },
      heartbeat: async (url, request) => {
        reach("heartbeat", url);
        heartbeats.push(request);
        await master.slow;
        return { status: master.status, seq: request.seq ?? 0, streams: [], follow: [], orders };
      },
      deregister: async (url) => {
        reach("deregister", url);
        if (master.hangs) await new Promise(() => {});
      },
    },
    knowledge: createClusterKnowledge(deriveClusterKeys("a secret of the cluster").sealing),
    clock: systemClock,
    logger: pino({ level: "silent" }),
    report: () => ({ stats: { connections: 0, cpu: 0, memory: 0 }, acknowledged: () => acknowledged.push(heartbeats.length) }),
    directed: (news) => void directed.push(news),
    answered: () => {},
    sent: (succeeded) => void sent.push(succeeded),
  });
  const until = async (condition: () => boolean) => {
    const deadline = Date.now() + 10_000;
    while (!condition()) {
      if (Date.now() > deadline) assert.fail(`in vain; said: ${said.slice(-5).join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { membership, master, said, heartbeats, acknowledged, directed, sent, until };
}

test("registers, reports at once, counts heartbeats up, deregisters", async () => {
  const { membership, said, heartbeats, acknowledged, until } = setUp();
  membership.start();
  await until(() => heartbeats.length >= 3);
  await membership.stop();
  assert.deepEqual(said.slice(0, 2), ["register http://one", "heartbeat http://one"]);
  assert.deepEqual(
    heartbeats.slice(0, 3).map((beat) => beat.seq),
    [1, 2, 3],
  );
  assert.equal(said.at(-1), "deregister http://one");
  assert.equal(acknowledged.length, heartbeats.length);
  const count = said.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(said.length, count, "nothing after the end");
});

test("a master that is away is tried for ever, and stopping does not hang on it", async () => {
  const { membership, master, said, sent, until } = setUp();
  master.away = true;
  membership.start();
  await until(() => said.length >= 3);
  assert.equal(membership.state, "registering");
  assert.ok(sent.length >= 2 && !sent.includes(true), "each is told as one that could not be sent");
  master.away = false;
  await until(() => membership.state === "registered" && sent.at(-1) === true);
  master.away = true;
  await until(() => said.at(-1) === "heartbeat http://one");
  await membership.stop();
  assert.equal(membership.state, "stopped");
});

test("a master that hangs does not keep a slave from stopping", async () => {
  const { membership, master, said, heartbeats, until } = setUp();
  membership.start();
  await until(() => heartbeats.length >= 1);
  master.hangs = true;
  await membership.stop();
  assert.equal(said.at(-1), "deregister http://one");
});

test("a master that does not know the node any more gets its registration and a heartbeat again", async () => {
  const { membership, master, said, heartbeats, until } = setUp();
  membership.start();
  await until(() => heartbeats.length >= 1);
  master.status = "unknown";
  await until(() => said.filter((line) => line.startsWith("register")).length === 2 && said.at(-1) === "heartbeat http://one");
  await membership.stop();
});

test("of several masters the next is tried when one is away", async () => {
  const { membership, master, said, until } = setUp(["http://one", "http://two"]);
  master.away = true;
  membership.start();
  await until(() => said.includes("register http://one") && said.includes("register http://two"));
  await membership.stop();
});

test("what happened after the running heartbeat was made goes into one more, however often it is asked for", async () => {
  const { membership, master, heartbeats, directed, until } = setUp(["http://one"], 60_000);
  let release = () => {};
  master.slow = new Promise((resolve) => (release = resolve));
  membership.start();
  await until(() => heartbeats.length === 1);
  const refreshed = [membership.refresh(), membership.refresh()];
  release();
  assert.deepEqual(await Promise.all(refreshed), [true, true]);
  assert.equal(heartbeats.length, 2, "one under way, one after it");
  assert.equal(await membership.refresh(), true);
  assert.equal(heartbeats.length, 3);
  assert.equal(directed.length, 3, "the news of every answer are handed on");
  await membership.stop();
});

test("a refresh that waits for its turn when the node stops", async () => {
  const { membership, master, heartbeats, until } = setUp(["http://one"], 60_000);
  let release = () => {};
  master.slow = new Promise((resolve) => (release = resolve));
  membership.start();
  await until(() => heartbeats.length === 1);
  const refreshed = membership.refresh();
  const stopped = membership.stop();
  release();
  assert.equal(await refreshed, false);
  await stopped;
  assert.equal(heartbeats.length, 1);
});

test("refresh is single flight and says whether the master answered", async () => {
  const { membership, master, heartbeats, until } = setUp();
  membership.start();
  await until(() => heartbeats.length >= 1);
  assert.deepEqual(await Promise.all([membership.refresh(), membership.refresh()]), [true, true]);
  master.refusal = new MasterRefusal("internal", "no", undefined);
  await until(() => true);
  assert.equal(await membership.refresh(), false);
  await membership.stop();
  assert.equal(await membership.refresh(), false);
});
