// Live figures over a real socket: what the cluster page and a teacher's page are told, and who may read it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { ClassHistory, ClassLive, ClassSample } from "../../src/shared/protocol/class-live.ts";
import type { StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import type { ClusterChange, ClusterSample, ClusterSnapshot, NodeHistory, TimelineEvent } from "../../src/shared/protocol/cluster-live.ts";
import type { TeacherToken } from "../../src/shared/protocol/classes.ts";
import type { StreamsView } from "../../src/shared/protocol/cluster-views.ts";
import type { SessionInfo } from "../../src/shared/protocol/session.ts";
import { eventually } from "../support/eventually.ts";
import { readEvents } from "../support/event-reader.ts";
import { adminToken } from "../support/master-environment.ts";
import { rawConnection } from "../support/raw-http.ts";
import { addNode, callAsNode, heartbeat, startMaster } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const admin = { authorization: `Bearer ${adminToken}` };

async function open(t: TestContext, master: TestMaster, path: string, headers: Record<string, string> = admin) {
  const reader = await readEvents(`${master.url}${path}`, headers);
  t.after(() => reader.close());
  return reader;
}

const origin: StreamReport = { path: "live/math", role: "origin", state: "live", epoch: 1, msn: 5, part: 0, viewers: 2 };

test("the cluster page gets everything once, then what changes, events and samples", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "a");
  const page = await open(t, master, "/cluster/live");
  assert.equal(page.status, 200);
  assert.match(page.headers["content-type"] ?? "", /^text\/event-stream/);
  assert.equal(page.headers["x-accel-buffering"], "no");
  const snapshot = await page.next<ClusterSnapshot>("snapshot");
  assert.deepEqual(
    snapshot.nodes.map(({ node_id: id, copies }) => [id, copies]),
    [["a", []]],
  );
  assert.equal(snapshot.totals.capacity, 150);
  assert.equal(snapshot.master_url, master.url);
  assert.deepEqual(
    snapshot.events.map(({ kind, node_name: name }) => [kind, name]),
    [
      ["master_started", null],
      ["joined", "PC a"],
    ],
  );

  await addNode(master, "b");
  assert.equal((await page.next<TimelineEvent>("event")).node_id, "b");
  const change = await page.next<ClusterChange>("nodes", ({ nodes }) => nodes.some(({ node_id: id }) => id === "b"));
  assert.equal(change.totals.nodes, 2);
  assert.ok(!change.nodes.some(({ node_id: id }) => id === "a"), "nothing changed there");

  await heartbeat(master, "a", { connections: 3, streams: [origin] });
  const busy = await page.next<ClusterChange>("nodes", ({ totals }) => totals.connections === 3);
  assert.deepEqual(busy.nodes[0]?.copies, [{ path: "live/math", role: "origin", state: "live", viewers: 2, lag_s: 0, lag_parts: 0 }]);
  assert.equal((await page.next<TimelineEvent>("event", ({ kind }) => kind === "stream_started")).node_id, "a");

  const sample = await page.next<ClusterSample>("sample", ({ connections }) => connections === 3);
  assert.ok(Math.abs(sample.at - Date.now() / 1_000) < 30);
  const later = await open(t, master, "/cluster/live");
  assert.ok((await later.next<ClusterSnapshot>("snapshot")).samples.length > 0);
  const { body } = await master.asAdmin<NodeHistory>("GET", "/cluster/nodes/a/history");
  assert.equal(body.connections.at(-1), 3);
  assert.equal(body.at.length, body.memory.length);
  assert.equal((await master.asAdmin("GET", "/cluster/nodes/nobody/history")).body["code"], "no_such_node");
  assert.match((await master.call("GET", "/metrics")).text, /^airclass_live_subscribers 2$/m);
});

test("drains, and who leaves, are events; a node that is gone is removed from the page", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "a");
  const page = await open(t, master, "/cluster/live");
  await page.next("snapshot");
  await master.asAdmin("POST", "/cluster/nodes/a/drain");
  await heartbeat(master, "a");
  await master.asAdmin("POST", "/cluster/nodes/a/undrain");
  await heartbeat(master, "a", { leaving: true, connections: 1 });
  await callAsNode(master, { nodeId: "a", method: "DELETE", path: "/cluster/nodes/a" });
  const change = await page.next<ClusterChange>("nodes", ({ removed }) => removed.length > 0);
  assert.deepEqual(change.removed, ["a"]);
  assert.deepEqual(
    page.of<TimelineEvent>("event").map(({ kind }) => kind),
    ["draining", "drained", "undrained", "draining", "left"],
  );
});

test("a teacher's page sees its class begin, wait and go on", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "a");
  await master.createClass("math", { title: "Mathe" });
  const page = await open(t, master, "/api/classes/math/live");
  const first = await page.next<ClassLive>("state");
  assert.equal(first.phase, "idle");
  assert.equal(first.class.title, "Mathe");
  assert.equal((await page.next<ClassHistory>("history")).step_s, 5);

  await heartbeat(master, "a", { streams: [{ ...origin, teachers: 1 }] });
  const live = await page.next<ClassLive>("state", ({ phase }) => phase === "live");
  assert.deepEqual([live.viewers, live.students, live.origin, live.origin_name, live.copies], [2, 1, "a", "PC a", 1]);
  const sample = await page.next<ClassSample>("sample", ({ viewers }) => viewers === 2);
  assert.deepEqual([sample.students, sample.fps], [1, null]);
  const { streams } = (await master.asAdmin<StreamsView>("GET", "/cluster/streams")).body;
  assert.deepEqual([streams[0]?.viewers, streams[0]?.students], [2, 1]);
  await heartbeat(master, "a", { streams: [{ ...origin, state: "waiting" }] });
  await page.next<ClassLive>("state", ({ phase }) => phase === "waiting");
  await heartbeat(master, "a", { streams: [origin] });
  await page.next<ClassLive>("state", ({ phase }) => phase === "live");

  // The slave's next heartbeat will say that it has ended the lesson; none comes here.
  await master.asAdmin("PATCH", "/api/classes/math", { closed: true });
  await page.next<ClassLive>("state", ({ phase, class: { closed } }) => phase === "closed" && closed);
  await master.asAdmin("PATCH", "/api/classes/math", { closed: false });
  const states = page.of<ClassLive>("state").length;
  const opened = await page.next<ClassLive>("state", (state) => page.of<ClassLive>("state").indexOf(state) >= states);
  assert.equal(opened.phase, "idle", "not live for a moment");
  await master.asAdmin("DELETE", "/api/classes/math");
  await page.next("gone");
  assert.equal((await open(t, master, "/api/classes/math/live")).status, 404);
});

test("without a right nobody reads, too many do not, and HEAD is no way in", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  for (const path of ["/cluster/live", "/api/classes/math/live", "/cluster/nodes/a/history"]) {
    assert.equal((await open(t, master, path, {})).status, 401, path);
    assert.equal((await open(t, master, path, { authorization: "Bearer guessed" })).status, 401, path);
  }
  for (let page = 0; page < 20; page += 1) assert.equal((await open(t, master, "/api/classes/math/live")).status, 200);
  const over = await open(t, master, "/api/classes/math/live");
  assert.equal(over.status, 429);
  assert.equal(over.headers["retry-after"], "10");
  assert.equal((await open(t, master, "/cluster/live")).status, 200);
  const head = await fetch(`${master.url}/cluster/live`, { method: "HEAD", headers: admin });
  assert.equal(head.status, 404);
});

test("200 nodes: the page is told of those that changed, and nothing of heartbeats that say the same", async (t) => {
  const master = await startMaster(t, { OFFLINE_AFTER: "600" });
  const ids = Array.from({ length: 200 }, (_, index) => `pc-${index}`);
  // However long all of this takes here, nobody is missed.
  const patient = { heartbeat_interval_s: 300 };
  for (const id of ids) await addNode(master, id, patient);
  const beat = async (changes: (id: string) => { connections?: number; cpu?: number }) => {
    for (const id of ids) await heartbeat(master, id, changes(id));
  };
  const openedMs = performance.now();
  const page = await open(t, master, "/cluster/live");
  assert.equal((await page.next<ClusterSnapshot>("snapshot")).nodes.length, 200);
  // What is not to be seen is no change.
  await beat((id) => ({ cpu: id.endsWith("7") ? 5.3 : 5 }));
  const before = page.bytes;
  await heartbeat(master, "pc-3", { connections: 1 });
  const change = await page.next<ClusterChange>("nodes");
  assert.deepEqual(
    change.nodes.map(({ node_id: id }) => id),
    ["pc-3"],
  );
  assert.ok(page.bytes - before < 3_000, `${page.bytes - before} bytes`);
  await beat(() => ({ connections: 2 }));
  await page.next<ClusterChange>("nodes", ({ totals }) => totals.connections === 400);
  assert.ok(page.of("nodes").length <= 2 + (performance.now() - openedMs) / 1_000, "at most once a second");

  // A restarted master: all come back at once.
  await master.restart();
  for (const id of ids) await addNode(master, id, patient);
  const again = await open(t, master, "/cluster/live");
  const { events } = await again.next<ClusterSnapshot>("snapshot");
  assert.equal(events.filter(({ kind }) => kind === "returned").length, 200);
  assert.equal(events.filter(({ kind }) => kind === "joined").length, 0);
});

/** The headers of a browser that is signed in. */
async function signIn(master: TestMaster, token: string) {
  const session = await master.call<SessionInfo>("POST", "/api/session", { token });
  assert.equal(session.status, 200, session.text);
  return { cookie: (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "", "x-csrf-token": session.body.csrf_token };
}

async function teacherToken(master: TestMaster, name: string): Promise<string> {
  return (await master.asAdmin<TeacherToken>("POST", `/api/classes/${name}/teacher-token`)).body.teacher_token;
}

test("signed in: a teacher's page reads its own class, and nothing more from when the token is taken away or replaced", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await master.createClass("art");
  const path = "/api/classes/math/live";
  const others = await open(t, master, path);
  const art = await open(t, master, "/api/classes/art/live", { authorization: `Bearer ${await teacherToken(master, "art")}` });
  for (const method of ["DELETE", "POST"]) {
    const token = await teacherToken(master, "math");
    const { cookie } = await signIn(master, token);
    const pages = [await open(t, master, path, { cookie }), await open(t, master, path, { authorization: `Bearer ${token}` })];
    for (const page of pages) assert.equal((await page.next<ClassLive>("state")).class.name, "math");
    assert.equal((await open(t, master, "/api/classes/art/live", { cookie })).status, 403);
    assert.equal((await open(t, master, "/cluster/live", { cookie })).status, 403);
    await master.asAdmin(method, "/api/classes/math/teacher-token");
    assert.equal((await open(t, master, path, { cookie })).status, 401);
    await master.asAdmin("PATCH", "/api/classes/math", { title: `after ${method}` });
    await others.next<ClassLive>("state", (state) => state.class.title === `after ${method}`);
    await eventually("their streams are over", () => pages.every(({ isOver }) => isOver));
    for (const page of pages) assert.ok(!page.of<ClassLive>("state").some((state) => state.class.title === `after ${method}`));
  }
  assert.deepEqual([others.isOver, art.isOver], [false, false]);
});

test("who signs out, or in as somebody else, reads nothing more from then on; others go on", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  const [leaves, changes, stays] = [await signIn(master, adminToken), await signIn(master, adminToken), await signIn(master, adminToken)];
  const pagesOf = async ({ cookie }: { cookie: string }) => {
    const pages = {
      cluster: await open(t, master, "/cluster/live", { cookie }),
      lesson: await open(t, master, "/api/classes/math/live", { cookie }),
    };
    await Promise.all([pages.cluster.next("snapshot"), pages.lesson.next("state")]);
    return pages;
  };
  const [left, changed, other] = [await pagesOf(leaves), await pagesOf(changes), await pagesOf(stays)];
  assert.equal((await master.call("DELETE", "/api/session", undefined, leaves)).status, 204);
  assert.equal((await master.call("POST", "/api/session", { token: adminToken }, { cookie: changes.cookie })).status, 200);
  await addNode(master, "a");
  await master.asAdmin("PATCH", "/api/classes/math", { title: "later" });
  await other.cluster.next<TimelineEvent>("event", ({ kind }) => kind === "joined");
  await other.lesson.next<ClassLive>("state", (state) => state.class.title === "later");
  for (const { cluster, lesson } of [left, changed]) {
    await eventually("its streams are over", () => cluster.isOver && lesson.isOver);
    assert.deepEqual([cluster.of("event").length, lesson.of("state").length], [0, 1]);
  }
  assert.deepEqual([other.cluster.isOver, other.lesson.isOver], [false, false]);
});

test("a master that stops does not wait for its readers", async (t) => {
  const master = await startMaster(t);
  const page = await open(t, master, "/cluster/live");
  await page.next("snapshot");
  const asleep = await rawConnection(master.url, `GET /cluster/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\n\r\n`, {
    reads: false,
  });
  t.after(() => asleep.socket.destroy());
  await master.restart();
  await eventually("its stream is over", () => page.isOver);
});

test("a teacher whose connections died without a word gets in: his oldest page gives way, a young one does not", async (t) => {
  let aheadMs = 0;
  const clock = { monotonicMs: () => performance.now() + aheadMs, wallMs: () => Date.now() + aheadMs };
  const master = await startMaster(t, {}, { clock });
  await master.createClass("math");
  const path = "/api/classes/math/live";
  const oldest = await open(t, master, path);
  const next = await open(t, master, path);
  for (let count = 0; count < 18; count += 1) await open(t, master, path);
  assert.equal((await open(t, master, path)).status, 429, "a script that runs wild");
  aheadMs = 60_000;
  const again = await open(t, master, path);
  assert.equal(again.status, 200);
  await again.next("state");
  await eventually("the oldest has gone", async () => oldest.isOver);
  assert.equal(next.isOver, false);
  aheadMs = 90_000;
  for (let count = 0; count < 19; count += 1) assert.equal((await open(t, master, path)).status, 200);
  assert.equal((await open(t, master, path)).status, 429, "all are young");
});
