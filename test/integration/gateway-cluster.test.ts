// The gateway with real masters and slaves: what a class sees of it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { createStandaloneGateway } from "../../src/gateway/standalone-gateway.ts";
import { loadGatewayConfig } from "../../src/shared/config/load-config.ts";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import type { LogLevel } from "../../src/shared/logging/logger.ts";
import type { StreamsView } from "../../src/shared/protocol/cluster-views.ts";
import { startCluster } from "../support/cluster.ts";
import { clusterSecret } from "../support/master-environment.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { startPublisher } from "../support/publisher.ts";
import type { Publisher } from "../support/publisher.ts";
import { testPort } from "../support/test-port.ts";

const isRunning = async (publisher: Publisher) => (await Promise.race([publisher.exited, sleep(0, "running")])) === "running";

async function untilWatchable(cluster: Cluster, path: string): Promise<void> {
  await eventually(`${path} can be watched`, async () => {
    const token = await cluster.token({ user_id: "test", path });
    return (await fetch(token.hls_url)).ok;
  });
}

async function originOf(cluster: Cluster, path: string) {
  const view = (await (await cluster.fetch("/cluster/streams")).json()) as StreamsView;
  return view.streams.find((stream) => stream.path === path)?.copies.find(({ role }) => role === "origin");
}

test("a teacher at the master is watched on a slave; when that one is drained, another one carries on", async () => {
  const cluster = await startCluster({ slaves: 2, gateway: true, slave: { HEARTBEAT_INTERVAL: "0.5" } });
  const lesson = await cluster.createClass("math");
  const publisher = startPublisher(cluster.gatewayUrl(lesson));
  try {
    assert.match(
      lesson.rtmp_url,
      new RegExp(`:${new URL(cluster.gatewayUrl(lesson)).port}/live$`),
      "teachers are told the gateway's address",
    );
    await untilWatchable(cluster, lesson.path);
    const first = await originOf(cluster, lesson.path);
    assert.ok(first);
    assert.equal((await cluster.fetch(`/cluster/nodes/${first.node_id}/drain`, { method: "POST" })).status, 200);
    await eventually("another slave is the origin", async () => {
      const origin = await originOf(cluster, lesson.path);
      return origin !== undefined && origin.node_id !== first.node_id;
    });
    const second = await originOf(cluster, lesson.path);
    assert.equal(second?.epoch, first.epoch + 1);
    assert.ok(await isRunning(publisher), "ffmpeg ends when its connection breaks");
    await untilWatchable(cluster, lesson.path);
  } finally {
    await publisher.stop();
    await cluster.stop();
  }
});

test("a gateway beside the master: a restart of the master cuts no teacher, and classes made later are let in", async () => {
  const cluster = await startCluster({ slaves: 1, slave: { HEARTBEAT_INTERVAL: "1" } });
  const port = await testPort();
  const env = {
    CLUSTER_SECRET: clusterSecret,
    BIND_HOST: "127.0.0.1",
    RTMP_PORT: String(port),
    // The first one is not there: they are tried in turn.
    MASTER_URL: `http://127.0.0.1:9,${cluster.masterUrl}`,
  };
  const gateway = createStandaloneGateway(loadGatewayConfig({ env, args: [] }).config, {
    clock: systemClock,
    logger: createLogger((process.env["TEST_LOG_LEVEL"] ?? "silent") as LogLevel, { role: "gateway" }),
  });
  const publishers: Publisher[] = [];
  const publish = ({ name, stream_key: key }: { name: string; stream_key: string }) => {
    const publisher = startPublisher(`rtmp://127.0.0.1:${port}/live/${name}?key=${key}`);
    publishers.push(publisher);
    return publisher;
  };
  try {
    await gateway.start();
    const lesson = await cluster.createClass("math");
    const publisher = publish(lesson);
    await untilWatchable(cluster, lesson.path);
    await eventually("the gateway relays", () => gateway.relays()[0]?.state === "relaying");
    const before = gateway.relays()[0];
    await cluster.stopMaster();
    await sleep(3_000);
    assert.ok(await isRunning(publisher));
    await cluster.restartMaster();
    const later = await cluster.createClass("music");
    publish(later);
    await untilWatchable(cluster, later.path);
    await untilWatchable(cluster, lesson.path);
    assert.ok(await isRunning(publisher));
    const after = gateway.relays().find(({ path }) => path === lesson.path);
    assert.deepEqual([after?.state, after?.epoch, gateway.failovers], ["relaying", before?.epoch, 0]);
  } finally {
    for (const publisher of publishers) await publisher.stop();
    await gateway.stop();
    await cluster.stop();
  }
});
