// The shipped configuration in a real Prometheus beside a live cluster: it finds every node, the rules work on what nodes
// really say, and a slave that dies is told from one that leaves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { eventually } from "../support/eventually.ts";
import { startPrometheus } from "../support/prometheus.ts";
import type { Prometheus } from "../support/prometheus.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology } from "../support/topology.ts";

const closer = createCloser();
let cluster: Topology;
let prometheus: Prometheus;

before(async () => {
  cluster = await startTopology({ kind: "threads", slaves: 3 });
  closer.add("cluster", () => cluster.stop());
  prometheus = await startPrometheus({ masterUrl: cluster.masterUrl });
  closer.add("prometheus", () => prometheus.stop());
});
after(() => closer.close());

/** The value of an expression that gives one series; undefined while it gives none. */
async function value(expression: string): Promise<number | undefined> {
  const samples = await prometheus.query(expression);
  assert.ok(samples.length <= 1, `${expression} gives ${samples.length} series`);
  return samples[0]?.value;
}

const becomes = (expression: string, holds: (value: number) => boolean): Promise<void> =>
  eventually(`${expression} is as expected`, async () => {
    const found = await value(expression);
    if (found !== undefined && holds(found)) return true;
    throw new Error(`it is ${found}`);
  });

test("every node is found through the master, with its labels, and scraped", async () => {
  await prometheus.untilUp(3);
  const targets = await prometheus.targets();
  for (const slave of cluster.slaves) {
    const target = targets.find(({ labels }) => labels["node_id"] === slave.nodeId);
    assert.ok(target, slave.nodeId);
    assert.equal(target.scrapeUrl, `${slave.apiUrl}/metrics`);
    assert.equal(target.labels["job"], "airclass-slaves");
    assert.equal(target.labels["role"], "slave");
    assert.ok(target.labels["node_name"]);
  }
  const master = targets.find(({ labels }) => labels["job"] === "airclass-master");
  assert.deepEqual([master?.labels["role"], master?.labels["node_name"]], ["master", "master"]);
  await becomes('count(airclass_build_info{role="slave"})', (count) => count === 3);
});

test("the rules work on what nodes say of a class", async () => {
  const lesson = await cluster.createClass("math");
  const teacher = cluster.teach(lesson);
  await eventually("the class is copied", async () => {
    const copies = await cluster.replicas(lesson.path);
    return copies.length === 2 && copies.every((copy) => copy.in_sync);
  });
  const { hls_url: playlist } = await cluster.token({ user_id: "student", path: lesson.path });
  assert.ok((await fetch(playlist)).ok);

  await becomes("cluster:nodes_up:sum", (count) => count === 3);
  await becomes("cluster:load:ratio", (ratio) => ratio >= 0 && ratio < 0.1);
  await becomes('path:stream_copies:count{path="live/math"}', (count) => count === 2);
  await becomes('path:stream_ingest_bytes:rate1m{path="live/math"}', (rate) => rate > 1_000);
  await becomes("cluster:media_sent_bytes:rate1m", (rate) => rate > 0);
  await becomes("cluster:responses:rate1m", (rate) => rate > 0);
  await becomes("cluster:error_responses:ratio_rate1m", (ratio) => ratio >= 0 && ratio <= 1);
  await becomes("cluster:response_seconds:mean1m", (seconds) => seconds > 0 && seconds < 10);
  await becomes('airclass_stream_in_sync_copies{path="live/math"} / on (path) airclass_stream_wanted_copies', (ratio) => ratio === 1);

  const broken = (await prometheus.rules()).filter(({ lastError }) => lastError !== "");
  assert.deepEqual(broken, []);
  await teacher.stop();
});

test("a slave that was stopped in order leaves the targets, one that died stays: up is 0, and NodeDown comes", async () => {
  const [, dies, leaves] = cluster.slaves;
  assert.ok(dies && leaves);
  await Promise.all([dies.kill(), leaves.terminate()]);
  await eventually(`${leaves.nodeId} is no target any more`, async () =>
    (await prometheus.targets()).every(({ labels }) => labels["node_id"] !== leaves.nodeId),
  );
  await becomes(`up{node_id="${dies.nodeId}"}`, (up) => up === 0);
  const isAbout = (nodeId: string) => (alert: { labels: Readonly<Record<string, string>> }) =>
    alert.labels["alertname"] === "NodeDown" && alert.labels["node_id"] === nodeId;
  // While Prometheus has not heard yet that the other one has left, that may be pending, too.
  await eventually("NodeDown for the one that died alone", async () => {
    const alerts = await prometheus.alerts();
    return alerts.some(isAbout(dies.nodeId)) && !alerts.some(isAbout(leaves.nodeId));
  });
  const alert = (await prometheus.alerts()).find(isAbout(dies.nodeId));
  assert.match(alert?.annotations["summary"] ?? "", /^Slave .+ \(slave-2\) does not answer$/);
});
