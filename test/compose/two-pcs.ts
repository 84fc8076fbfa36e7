// A slave on another PC of the school, as docker-compose.slave.yml starts it: this PC plays both, the second one by the host's network.
// Part of `npm run test:compose`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, it } from "node:test";
import { freePort } from "../../src/demo/free-port.ts";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { startAudience } from "../support/audience.ts";
import { createClusterClient } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { startTeacher } from "../support/teacher.ts";
import { buildImage, composeServices, provideImage } from "./base-images.ts";
import { findCompose, run } from "./docker.ts";
import { queryPrometheus } from "./query-prometheus.ts";
import { createStack, prepareVolume } from "./stack.ts";

const command = await findCompose();
const skip = typeof command === "string" ? command : false;
const closer = createCloser();
after(() => closer.close(), { timeout: 180_000 });

void it("a cluster with a slave on another PC: both carry the class, and either can go", { skip, timeout: 600_000 }, async (context) => {
  if (typeof command === "string") return;
  const project = `airclass-test-${randomBytes(3).toString("hex")}`;
  assert.equal(await provideImage(buildImage()), undefined);
  const prometheus = composeServices()["prometheus"]?.image ?? "";
  assert.equal(await provideImage(prometheus), undefined);
  await prepareVolume(project, prometheus);
  closer.add("image", async () => void (await run(["docker", "image", "rm", `airclass:${project}`])));

  const first = await createStack({
    command,
    project,
    tag: project,
    variables: { SLAVES_INTERNAL: "false", HEARTBEAT_INTERVAL: "2" },
  });
  closer.add("first PC", () => first.down());
  // The image is not there yet: `up` builds it for the master before a slave wants it.
  await first.compose("up", "-d", "door", "master", "slave", "prometheus");
  const doorUrl = `http://127.0.0.1:${first.httpPort}`;
  const client = createClusterClient(doorUrl, first.secrets.ADMIN_TOKEN);

  const taken = new Set<number>();
  const port = (): Promise<number> => freePort(20_000 + Math.floor(Math.random() * 10_000), taken);
  const [apiPort, hlsPort, rtmpPort] = [await port(), await port(), await port()];
  const second = await createStack({
    command,
    project: `${project}-second`,
    tag: project,
    files: ["docker-compose.slave.yml"],
    variables: {
      CLUSTER_SECRET: first.secrets.CLUSTER_SECRET,
      MASTER_URL: doorUrl,
      NODE_NAME: "room 12",
      PUBLIC_HLS_URL: `http://127.0.0.1:${hlsPort}`,
      SLAVE_API_PORT: String(apiPort),
      SLAVE_HLS_PORT: String(hlsPort),
      SLAVE_RTMP_PORT: String(rtmpPort),
      HEARTBEAT_INTERVAL: "2",
    },
  });
  closer.add("second PC", () => second.down());
  await second.compose("up", "-d");
  await eventually("both slaves are healthy", async () => (await client.nodes()).filter(({ status }) => status === "healthy").length === 2);
  const nodes = await client.nodes();
  const there = nodes.find(({ node_name: name }) => name === "room 12")?.node_id ?? "";
  const here = nodes.find(({ node_id: id }) => id !== there)?.node_id ?? "";
  assert.match(here, /^[0-9a-f]{12}$/);

  const lesson = await client.createClass("physics");
  const teacher = startTeacher(`${lesson.rtmp_url}/${lesson.name}?key=${lesson.stream_key}`);
  closer.add("teacher", () => teacher.stop());
  const audience = startAudience(doorUrl, lesson, 4);
  closer.add("audience", () => audience.stop());
  await audience.untilPlaying();
  await audience.untilAdvanced(6);
  assert.deepEqual(audience.spread(), { [here]: 2, [there]: 2 });
  const { hls_url: url } = await client.token({ user_id: "x", path: lesson.path, exclude: [here] });
  assert.ok(url.startsWith(`http://127.0.0.1:${hlsPort}/`), url);
  await eventually(
    "Prometheus on the first PC sees both",
    async () => (await queryPrometheus(first.prometheusPort, 'up{job="airclass-slaves"} == 1')).length === 2,
  );

  audience.restart();
  await second.compose("stop");
  await audience.untilAdvanced(6);
  assert.deepEqual(audience.spread(), { [here]: 4 });
  assert.equal(teacher.connections, 1);
  context.diagnostic(`longest freeze when the second PC is stopped: ${Math.round(audience.longestFreezeMs())} ms`);

  await second.compose("start");
  await eventually(
    "it is back under its old id",
    async () => (await client.nodes()).find(({ node_id: id }) => id === there)?.status === "healthy",
  );
  await eventually("it has a copy", async () =>
    (await client.replicas(lesson.path)).some(({ node_id: id, in_sync: isIn }) => id === there && isIn),
  );
  audience.restart();
  await first.compose("kill", "slave");
  await audience.untilAdvanced(6);
  await eventually("everybody is on the second PC", () => audience.spread()[there] === 4);
  assert.equal(teacher.connections, 1);
  context.diagnostic(`longest freeze when the first PC's slave is killed: ${Math.round(audience.longestFreezeMs())} ms`);
  assert.deepEqual(audience.log.problems, []);
});
