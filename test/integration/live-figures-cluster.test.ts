// Live figures of a real cluster: what both pages are told of a lesson, of its students, and of a slave that is killed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassLive, ClassSample } from "../../src/shared/protocol/class-live.ts";
import type { ClusterChange, ClusterSnapshot, TimelineEvent } from "../../src/shared/protocol/cluster-live.ts";
import { readEvents } from "../support/event-reader.ts";
import { untilReplicated } from "../support/invariants.ts";
import { startTopology } from "../support/topology.ts";

const patientMs = 40_000;

/** 15 frames/s, of which 8 are left out every 4 s, as OBS does where its network is too slow: the times of the others go on. */
const lossyPicture = [
  ..."-re -f lavfi -i testsrc2=size=320x180:rate=15 -vf select=lt(mod(n\\,60)\\,40)+gt(mod(n\\,60)\\,47) -fps_mode passthrough".split(" "),
  ..."-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 200k -g 15".split(" "),
];

test("frames that a teacher's side leaves out are counted and drawn", async (t) => {
  const topology = await startTopology({ kind: "threads", slaves: 1, slave: { HEARTBEAT_INTERVAL: "1" } });
  t.after(() => topology.stop());
  topology.teach(await topology.createClass("lossy"), { picture: lossyPicture });
  const page = await readEvents(`${topology.masterUrl}/api/classes/lossy/live`, { authorization: topology.authorization });
  t.after(() => page.close());
  const state = await page.next<ClassLive>("state", ({ ingest }) => (ingest?.dropped_frames ?? 0) > 8, patientMs);
  assert.equal((state.ingest?.dropped_frames ?? 0) % 8, 0, "whole losses");
  await page.next<ClassSample>("sample", ({ dropped_frames: dropped }) => (dropped ?? 0) >= 8, patientMs);
});

test("a lesson, a student, and a killed origin", async (t) => {
  const topology = await startTopology({
    kind: "processes",
    slaves: 2,
    master: { OFFLINE_AFTER: "6" },
    slave: { HEARTBEAT_INTERVAL: "1" },
    gatewayAlone: true,
  });
  t.after(() => topology.stop());
  const admin = { authorization: topology.authorization };
  const lesson = await topology.createClass("math");
  const cluster = await readEvents(`${topology.masterUrl}/cluster/live`, admin);
  const page = await readEvents(`${topology.masterUrl}/api/classes/math/live`, admin);
  t.after(() => {
    cluster.close();
    page.close();
  });
  const snapshot = await cluster.next<ClusterSnapshot>("snapshot");
  assert.deepEqual(snapshot.events.map(({ kind }) => kind).toSorted(), ["joined", "joined", "master_started"]);
  assert.equal((await page.next<ClassLive>("state")).phase, "idle");

  topology.teach(lesson);
  const live = await page.next<ClassLive>("state", ({ phase, ingest }) => phase === "live" && (ingest?.bitrate ?? 0) > 0, patientMs);
  assert.equal(live.viewers, 0);
  assert.ok(live.origin !== null && live.origin_name !== null);
  const full = await page.next<ClassLive>(
    "state",
    ({ ingest }) => typeof ingest?.keyframe_interval_s === "number" && ingest.video !== null,
    patientMs,
  );
  assert.equal(full.ingest?.dropped_frames, 0, "nothing is lost on this machine");
  assert.ok((full.ingest?.fps ?? 0) > 5);
  await page.next<ClassLive>("state", ({ copies }) => copies === 2, patientMs);
  await untilReplicated(topology, lesson.path, 2);
  const started = await cluster.next<TimelineEvent>("event", ({ kind }) => kind === "stream_started");
  assert.equal(started.node_id, live.origin);

  // A student on the origin, who tells how far it is behind.
  const others = topology.slaves.filter(({ nodeId }) => nodeId !== live.origin).map(({ nodeId }) => nodeId);
  const token = await topology.token({ user_id: "Seo", class: "math", exclude: others });
  assert.equal(token.node_id, live.origin);
  assert.equal((await fetch(token.hls_url)).status, 200);
  const report = { stalls: 0, stalled_ms: 0, delay_ms: 1_400, window_ms: 1_000 };
  const told = await fetch(new URL(token.hls_url.replace("/index.m3u8", "/report")), { method: "POST", body: JSON.stringify(report) });
  assert.ok(told.ok, `${told.status}`);
  await page.next<ClassLive>("state", ({ viewers }) => viewers === 1, patientMs);
  await page.next<ClassLive>("state", ({ players }) => players?.delay_s === 1.4 && players.reports === 1, patientMs);
  await page.next<ClassSample>("sample", ({ viewers, delay_s: delayS }) => viewers === 1 && delayS === 1.4, patientMs);
  await cluster.next<ClusterChange>("nodes", ({ nodes }) => nodes.some(({ current_connections: count }) => count === 1), patientMs);

  // The teacher's preview: a viewer wherever seats are counted, and no student.
  const preview = await fetch(`${topology.masterUrl}/api/token`, {
    method: "POST",
    headers: { ...admin, "content-type": "application/json" },
    body: JSON.stringify({ user_id: "teacher", user_type: "teacher", class: "math" }),
  });
  assert.equal((await fetch(((await preview.json()) as { hls_url: string }).hls_url)).status, 200);
  const both = await page.next<ClassLive>("state", ({ viewers, students }) => viewers > students, patientMs);
  await cluster.next<ClusterChange>("nodes", ({ totals }) => totals.connections >= both.viewers, patientMs);

  const origin = topology.slave(live.origin);
  await origin.kill();
  const failover = await cluster.next<TimelineEvent>("event", ({ kind }) => kind === "failover", patientMs);
  assert.deepEqual([failover.path, failover.from_node_id, failover.node_id], [lesson.path, live.origin, others[0]]);
  assert.equal(failover.from_node_name, live.origin_name);
  await page.next<ClassLive>("state", ({ phase, origin: now }) => phase === "live" && now === others[0], patientMs);
  await cluster.next<TimelineEvent>("event", ({ kind, node_id: id }) => kind === "suspect" && id === live.origin, patientMs);
  await cluster.next<TimelineEvent>("event", ({ kind, node_id: id }) => kind === "offline" && id === live.origin, patientMs);
  await cluster.next<ClusterChange>("nodes", ({ nodes }) =>
    nodes.some(({ status, node_id: id }) => status === "offline" && id === live.origin),
  );
  assert.ok(!cluster.of<TimelineEvent>("event").some(({ kind }) => kind === "stream_ended"));

  await origin.start();
  await cluster.next<TimelineEvent>("event", ({ kind, node_id: id }) => kind === "returned" && id === live.origin, patientMs);
  const kinds = cluster.of<TimelineEvent>("event").map(({ kind }) => kind);
  assert.ok(kinds.length < 12, kinds.join());

  // A restarted master finds what there was: nobody joins, nothing starts.
  await topology.master.terminate();
  await topology.master.start();
  await topology.untilWhole();
  const again = await readEvents(`${topology.masterUrl}/cluster/live`, admin);
  t.after(() => again.close());
  const { events } = await again.next<ClusterSnapshot>("snapshot");
  assert.deepEqual(events.map(({ kind }) => kind).toSorted(), ["master_started", "returned", "returned"]);
});
