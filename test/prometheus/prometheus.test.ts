// The shipped configuration in a real Prometheus beside a live cluster: it finds every node, the rules work on what nodes
// really say, and a slave that dies is told from one that leaves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { eventually } from "../support/eventually.ts";
import { clusterSecret } from "../support/master-environment.ts";
import { startAirclass } from "../support/processes.ts";
import type { AirclassProcess } from "../support/processes.ts";
import { startPrometheus } from "../support/prometheus.ts";
import type { Alert, Prometheus } from "../support/prometheus.ts";
import { selfSigned } from "../support/self-signed.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology } from "../support/topology.ts";

/** A slave with a certificate that nobody else knows. */
const encrypted = "slave-tls";

const closer = createCloser();
let cluster: Topology;
let encryptedSlave: AirclassProcess;
let prometheus: Prometheus;

before(async () => {
  cluster = await startTopology({ kind: "threads", slaves: 2 });
  closer.add("cluster", () => cluster.stop());
  const certificate = await selfSigned();
  closer.add("certificate", () => certificate.remove());
  encryptedSlave = startAirclass(["slave"], {
    CLUSTER_SECRET: clusterSecret,
    MASTER_URL: cluster.masterUrl,
    NODE_ID: encrypted,
    BIND_HOST: "127.0.0.1",
    API_PORT: "0",
    HLS_PORT: "0",
    RTMP_PORT: "0",
    TLS_CERT: certificate.certPath,
    TLS_KEY: certificate.keyPath,
    HEARTBEAT_INTERVAL: "1",
    LOG_LEVEL: "warn",
  });
  closer.add(encrypted, async () => void (await encryptedSlave.stop()));
  await eventually(`${encrypted} takes viewers`, async () =>
    (await cluster.nodes()).some(({ node_id, status }) => node_id === encrypted && status === "healthy"),
  );
  prometheus = await startPrometheus({ masterUrl: cluster.masterUrl });
  closer.add("prometheus", () => prometheus.stop());
});
after(() => closer.close());

/** Until an expression gives one series whose value is as it should be. */
const becomes = (expression: string, holds: (value: number) => boolean): Promise<void> =>
  eventually(`${expression} is as expected`, async () => {
    const samples = await prometheus.query(expression);
    if (samples.length === 1 && samples.every(({ value }) => holds(value))) return true;
    throw new Error(JSON.stringify(samples));
  });

test("every node is found through the master, with its labels, and scraped, also over HTTPS", async () => {
  await prometheus.untilUp(3);
  const targets = await prometheus.targets();
  for (const { node_id: nodeId, node_name: name, api_url: url } of await cluster.nodes()) {
    const target = targets.find(({ labels }) => labels["node_id"] === nodeId);
    assert.equal(target?.scrapeUrl, `${url}/metrics`);
    assert.deepEqual(target.labels, {
      job: "airclass-slaves",
      instance: new URL(url).host,
      node_id: nodeId,
      node_name: name,
      role: "slave",
    });
    assert.equal(target.scrapeUrl.startsWith("https:"), nodeId === encrypted);
  }
  const master = targets.find(({ labels }) => labels["job"] === "airclass-master");
  assert.deepEqual([master?.labels["role"], master?.labels["node_name"]], ["master", "master"]);
  await becomes('count(airclass_build_info{role="slave"})', (count) => count === 3);
});

test("the rules work on what nodes say of a class", async () => {
  const lesson = await cluster.createClass("math");
  // Nobody could read from the one whose certificate they do not know.
  const teacher = cluster.teach(lesson, { slave: cluster.slave("slave-1") });
  await eventually("the class is copied", async () => {
    const copies = await cluster.replicas(lesson.path);
    return copies.length === 2 && copies.every((copy) => copy.in_sync);
  });
  const { hls_url: playlist } = await cluster.token({ user_id: "student", path: lesson.path, exclude: [encrypted] });
  assert.ok((await fetch(playlist)).ok);

  await becomes("cluster:nodes_up:sum", (count) => count === 3);
  await becomes("cluster:load:ratio", (ratio) => ratio >= 0 && ratio < 0.1);
  await becomes('sum(airclass_stream_is_origin{path="live/math"})', (origins) => origins === 1);
  await becomes('path:stream_ingest_bytes:rate1m{path="live/math"}', (rate) => rate > 1_000);
  await becomes("sum(node:media_sent_bytes:rate1m)", (rate) => rate > 0);
  await becomes("cluster:responses:rate1m", (rate) => rate > 0);
  await becomes("cluster:error_responses:ratio_rate1m", (ratio) => ratio >= 0 && ratio <= 1);
  await becomes("cluster:response_seconds:mean1m", (seconds) => seconds > 0 && seconds < 10);
  await becomes('airclass_stream_in_sync_copies{path="live/math"} / on (path) airclass_stream_wanted_copies', (ratio) => ratio === 1);

  const broken = (await prometheus.rules()).filter(({ lastError }) => lastError !== "");
  assert.deepEqual(broken, []);
  await teacher.stop();
});

test("a slave that was stopped in order leaves the targets, one that died stays: up is 0, and NodeDown comes", async () => {
  const dies = cluster.slave("slave-2");
  encryptedSlave.signal("SIGTERM");
  await Promise.all([dies.kill(), encryptedSlave.exited]);
  const isOf = (nodeId: string) => (found: { readonly labels: Readonly<Record<string, string>> }) => found.labels["node_id"] === nodeId;
  await eventually(`${encrypted} is no target any more`, async () => !(await prometheus.targets()).some(isOf(encrypted)));
  await becomes(`up{node_id="${dies.nodeId}"}`, (up) => up === 0);
  const down = (): Promise<Alert[]> =>
    prometheus.alerts().then((alerts) => alerts.filter(({ labels }) => labels["alertname"] === "NodeDown"));
  // While Prometheus has not heard yet that the other one has left, that may be pending, too.
  await eventually("NodeDown for the one that died, alone", async () => {
    const alerts = await down();
    return alerts.some(isOf(dies.nodeId)) && !alerts.some(isOf(encrypted));
  });
  const [alert] = await down();
  assert.match(alert?.annotations["summary"] ?? "", /^Slave .+ \(slave-2\) does not answer$/);
});
