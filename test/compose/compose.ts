// `npm run test:compose`: the shipped docker-compose.yml with real containers, as a school's IT person and an attacker meet them. Needs a
// Docker engine; without one it says so and skips. Its tests are one lesson and follow each other.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startAudience } from "../support/audience.ts";
import type { Audience } from "../support/audience.ts";
import { launchBrowser } from "../support/browser.ts";
import type { TestBrowser } from "../support/browser.ts";
import { createClusterClient } from "../support/cluster-client.ts";
import type { ClusterClient } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { openPicturePlayer } from "../support/picture-player.ts";
import type { PicturePlayer } from "../support/picture-player.ts";
import { startTeacher } from "../support/teacher.ts";
import type { Teacher } from "../support/teacher.ts";
import { buildImage, composeServices, projectRoot, provideImage } from "./base-images.ts";
import { checkConfinement, checkDoor, checkImage, checkPages, checkService } from "./checks.ts";
import { docker, findCompose, run } from "./docker.ts";
import { queryPrometheus } from "./query-prometheus.ts";
import { createStack, prepareVolume } from "./stack.ts";
import type { Stack } from "./stack.ts";

const project = `airclass-test-${randomBytes(3).toString("hex")}`;
const image = `airclass:${project}`;
const command = await findCompose();

/** A picture that stands for longer than this would be seen; nobody is to move for nothing. */
const noticeableMs = 3_000;
/** Bounds of a test, not of the product: machines that test are busy. */
const failoverMs = 20_000;

const skip = typeof command === "string" ? command : false;
if (skip !== false) process.stdout.write(`test:compose is skipped: ${skip}.\n`);

void describe("a cluster in containers", { skip }, () => {
  let stack: Stack;
  let client: ClusterClient;
  let browser: TestBrowser;
  let lesson: ClassWithKey;
  let teacher: Teacher | undefined;
  let audience: Audience | undefined;
  let student: PicturePlayer | undefined;
  const services: string[] = [];
  let failed = false;
  const folder = mkdtempSync(join(tmpdir(), "airclass-backup-"));

  const doorUrl = (): string => `http://127.0.0.1:${stack.httpPort}`;
  const query = (expression: string) => queryPrometheus(stack.prometheusPort, expression);
  const shortIds = async (service: string): Promise<string[]> => (await stack.containers(service)).map((id) => id.slice(0, 12)).toSorted();
  const healthyIds = async (): Promise<string[]> =>
    (await client.nodes())
      .filter(({ status }) => status === "healthy")
      .map(({ node_id: id }) => id)
      .toSorted();
  async function untilHealthy(count: number, timeoutMs = 60_000): Promise<void> {
    await eventually(
      `${count} slaves are healthy`,
      async () => {
        const ids = await healthyIds();
        if (ids.length === count) return true;
        throw new Error(`healthy: ${ids.join(", ")}`);
      },
      timeoutMs,
    );
  }
  const everybody = (): { viewers: Audience; page: PicturePlayer } => {
    assert.ok(audience && student, "an earlier test has failed");
    return { viewers: audience, page: student };
  };
  /** Everybody sees `seconds` more of the class. @returns the longest freezes since `mark`, of simulated and of real players. */
  async function seenOn(seconds: number): Promise<string> {
    const { viewers, page } = everybody();
    await viewers.untilAdvanced(Math.ceil(seconds * 3), 60_000);
    return `longest freeze ${Math.round(viewers.longestFreezeMs())} ms of ${viewers.viewers.length} simulated, ${Math.round(await page.longestFreezeMs())} ms in Chromium`;
  }
  async function mark(): Promise<void> {
    const { viewers, page } = everybody();
    viewers.restart();
    await page.restart();
  }
  /** A step of the lesson; what happens after one that failed says nothing. */
  function step(name: string, run: (context: TestContext) => Promise<void>): void {
    void it(name, { timeout: 600_000 }, async (context) => {
      if (failed) return context.skip("an earlier step has failed");
      try {
        await run(context);
      } catch (error) {
        failed = true;
        throw error;
      }
    });
  }

  before(
    async () => {
      if (typeof command === "string") return;
      stack = await createStack({ command, project, tag: project, variables: { HEARTBEAT_INTERVAL: "2", SLAVES: "2" } });
      client = createClusterClient(doorUrl(), stack.secrets.ADMIN_TOKEN);
      browser = await launchBrowser();
    },
    { timeout: 60_000 },
  );
  after(
    async () => {
      rmSync(folder, { recursive: true, force: true });
      await audience?.stop();
      await student?.close();
      await teacher?.stop();
      await browser?.close();
      if (stack === undefined) return;
      if (failed) process.stdout.write(`${(await stack.logs()).slice(-20_000)}\n`);
      await stack.down();
      await run(["docker", "image", "rm", image]);
    },
    { timeout: 180_000 },
  );

  step("the image is built, small and without anything that is only for building", async (context) => {
    const missing = await provideImage(buildImage());
    assert.equal(missing, undefined);
    const startedMs = performance.now();
    await stack.compose("build");
    context.diagnostic(`built in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
    context.diagnostic(await checkImage(image, Object.values(stack.secrets)));
  });

  step("the secrets of .env.example are refused", async () => {
    const example = Object.fromEntries(
      readFileSync(`${projectRoot}/.env.example`, "utf8")
        .split("\n")
        .filter((line) => /^[A-Z_]+=/.test(line))
        .map((line) => line.split("=") as [string, string]),
    );
    assert.deepEqual(Object.keys(example).toSorted(), Object.keys(stack.secrets).toSorted());
    for (const [role, secret] of [
      ["slave", "CLUSTER_SECRET"],
      ["master", "CLUSTER_SECRET"],
      ["master", "ADMIN_TOKEN"],
    ] as const) {
      const values = { ...stack.secrets, [secret]: example[secret] };
      const words = ["CLUSTER_SECRET", "ADMIN_TOKEN"] as const;
      const { code, stderr } = await run([
        "docker",
        "run",
        "--rm",
        ...words.flatMap((word) => ["-e", `${word}=${values[word]}`]),
        image,
        role,
      ]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`${secret}.*example`));
    }
  });

  step("docker-compose up: everything is healthy, slaves register", async (context) => {
    for (const [name, service] of Object.entries(composeServices())) {
      const missing = service.image?.startsWith("airclass:") ? undefined : await provideImage(service.image ?? "");
      if (missing === undefined) services.push(name);
      else context.diagnostic(`without ${name}: ${missing}`);
    }
    assert.deepEqual(
      ["door", "master", "slave", "prometheus"].filter((name) => !services.includes(name)),
      [],
    );
    await prepareVolume(project, composeServices()["prometheus"]?.image ?? "");
    const startedMs = performance.now();
    await stack.compose("up", "-d", ...services);
    const upMs = performance.now() - startedMs;
    await untilHealthy(2);
    context.diagnostic(`up in ${(upMs / 1_000).toFixed(1)} s, whole after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    assert.deepEqual(await healthyIds(), await shortIds("slave"), "ids are the containers' host names");
    await eventually("the containers are healthy", async () => {
      const listed = await docker("ps", "--filter", `label=com.docker.compose.project=${project}`, "--format", "{{.Names}} {{.Status}}");
      if (listed.split("\n").every((line) => line === "" || line.endsWith("(healthy)"))) return true;
      throw new Error(listed);
    });
  });

  step("a teacher publishes at the published port, students play from two slaves", async (context) => {
    lesson = await client.createClass("math-3b");
    assert.equal(lesson.rtmp_url, `rtmp://127.0.0.1:${stack.rtmpPort}/live`);
    assert.equal(lesson.watch_url, `${doorUrl()}/watch/math-3b`);
    teacher = startTeacher(`${lesson.rtmp_url}/${lesson.name}?key=${lesson.stream_key}`);
    audience = startAudience(doorUrl(), lesson, 8);
    await audience.untilPlaying();
    student = await openPicturePlayer(browser, { url: lesson.watch_url, name: "Ada", avoid: [] });
    await audience.untilAdvanced(9);
    context.diagnostic(JSON.stringify(audience.spread()));
    assert.deepEqual(Object.keys(audience.spread()).toSorted(), await shortIds("slave"));
    const token = await client.token({ user_id: "test", path: lesson.path });
    assert.ok(token.hls_url.startsWith(`${doorUrl()}/n/${token.node_id}/live/math-3b/`), token.hls_url);
  });

  step("containers are confined: user, file system, capabilities, memory, CPU, network", async (context) => {
    const ids = { slave: (await shortIds("slave"))[0] ?? "", master: (await shortIds("master"))[0] ?? "" };
    context.diagnostic(await checkConfinement(ids));
    for (const name of services) await checkService((await shortIds(name))[0] ?? "");
  });

  step("the door leads to slaves and the master, and nowhere else", async () => {
    await checkDoor(doorUrl(), {
      slave: (await shortIds("slave"))[0] ?? "",
      others: (await Promise.all(services.filter((name) => name !== "slave").map(shortIds))).flat(),
    });
    await checkPages(doorUrl(), stack.secrets.ADMIN_TOKEN);
  });

  step("Prometheus sees the master, every slave, viewers and the stream", async () => {
    await eventually("all targets are up", async () => {
      const up = await query("up");
      if (up.length === 3 && up.every(({ value }) => value === 1)) return true;
      throw new Error(JSON.stringify(up));
    });
    await eventually("viewers and the stream are counted", async () => {
      const viewers = await query("sum by (node_id) (airclass_viewers)");
      const total = viewers.reduce((sum, { value }) => sum + value, 0);
      const copies = await query('airclass_stream_in_sync_copies{path="live/math-3b"}');
      const fps = await query('airclass_stream_ingest_frames_per_second{path="live/math-3b"} > 10');
      if (viewers.length === 2 && total >= 9 && copies[0]?.value === 2 && fps.length === 1) return true;
      throw new Error(JSON.stringify({ viewers, copies, fps }));
    });
  });

  step("--scale slave=5 while they play: nobody notices, the next students go to new slaves", async (context) => {
    const { viewers } = everybody();
    const old = await shortIds("slave");
    await mark();
    const startedMs = performance.now();
    await stack.compose("up", "-d", "--scale", "slave=5", ...services);
    await untilHealthy(5);
    context.diagnostic(`five slaves after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    context.diagnostic(await seenOn(5));
    assert.deepEqual(
      old.filter((id) => !viewers.viewers.some(({ nodeId }) => nodeId === id)),
      [],
    );
    for (const { name, moves, failures } of viewers.viewers) assert.equal(moves, 0, `${name}: ${failures.join("; ")}`);
    assert.equal((await student?.stats())?.moves, 0);
    assert.ok(viewers.longestFreezeMs() < noticeableMs);
    const next = await Promise.all(["a", "b", "c"].map((name) => client.token({ user_id: name, path: lesson.path })));
    assert.equal(new Set(next.map(({ node_id: id }) => id)).size, 3);
    assert.ok(next.every(({ node_id: id }) => !old.includes(id)));
    for (const { hls_url: url } of next) assert.equal((await fetch(url)).status, 200);
    await eventually("Prometheus sees five", async () => (await query('up{job="airclass-slaves"} == 1')).length === 5);
  });

  step("docker kill of the slave that carries the class: viewers go on elsewhere, OBS stays connected", async (context) => {
    const origin = (await client.replicas(lesson.path)).find(({ role }) => role === "origin")?.node_id;
    const container = (await stack.containers("slave")).find((id) => id.startsWith(origin ?? "?"));
    assert.ok(container !== undefined && origin !== undefined);
    await mark();
    const page = await student?.stats();
    context.diagnostic(`${origin} has ${everybody().viewers.spread()[origin] ?? 0} simulated viewers, Chromium is at ${page?.nodeId}`);
    await docker("kill", container);
    await eventually("nobody is there any more", async () => {
      const { viewers } = everybody();
      return viewers.spread()[origin] === undefined && (await student?.stats())?.nodeId !== origin;
    });
    context.diagnostic(await seenOn(5));
    assert.ok(everybody().viewers.longestFreezeMs() < failoverMs);
    assert.equal(teacher?.connections, 1);
    await eventually("Prometheus knows that it is down", async () => (await query(`up{node_id="${origin}"} == 0`)).length === 1, 60_000);
  });

  step("docker stop of a slave: its viewers are moved first, within the time that it has", async (context) => {
    const { viewers } = everybody();
    const [busiest] = Object.entries(viewers.spread()).toSorted(([, a], [, b]) => b - a);
    const container = (await stack.containers("slave")).find((id) => id.startsWith(busiest?.[0] ?? "?"));
    assert.ok(container !== undefined && busiest !== undefined);
    await mark();
    const startedMs = performance.now();
    await docker("stop", container);
    const tookS = (performance.now() - startedMs) / 1_000;
    const code = (await docker("inspect", "--format", "{{.State.ExitCode}}", container)).trim();
    context.diagnostic(`${busiest[1]} viewers; ended with ${code} after ${tookS.toFixed(1)} s; ${await seenOn(3)}`);
    assert.equal(code, "0", "it was not killed");
    assert.equal(viewers.spread()[busiest[0]], undefined);
    assert.ok(viewers.longestFreezeMs() < noticeableMs);
  });

  step("docker-compose restart master: students go on, slaves and the teacher come back by themselves", async (context) => {
    const { viewers } = everybody();
    await untilHealthy(3);
    await mark();
    const startedMs = performance.now();
    await stack.compose("restart", "master");
    await untilHealthy(3);
    context.diagnostic(`three slaves again after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    await eventually(
      "the teacher's stream is there again",
      async () => (await client.streams()).some(({ path }) => path === lesson.path),
      60_000,
    );
    context.diagnostic(await seenOn(5));
    assert.ok(viewers.longestFreezeMs() < failoverMs);
    assert.ok((await client.token({ user_id: "late", path: lesson.path })).node_id);
    await eventually("Prometheus sees the master again", async () => (await query('up{job="airclass-master"} == 1')).length === 1);
  });

  step("airclass status, doctor, backup and restore in containers, as docs/operate.md has them", async () => {
    const { viewers } = everybody();
    const status = JSON.parse(await stack.compose("exec", "-T", "master", "airclass", "status", "--json")) as object;
    assert.ok(JSON.stringify(status).includes(lesson.path));
    // Through the door, as students come: a slave that is reached only there counts as reached.
    assert.match(await stack.compose("exec", "-T", "master", "airclass", "doctor"), /✓ slaves +(\d+) of \1 can be watched from here/);
    const file = join(folder, "monday.backup");
    await stack.shell(`exec -T master airclass backup - > ${file}`);
    await client.createClass("made-later");
    await stack.compose("stop", "master");
    await stack.shell(`run --rm -T master restore - --force < ${file}`);
    await stack.compose("start", "master");
    await untilHealthy(3);
    const { classes } = await client.json<{ classes: { name: string }[] }>("/api/classes");
    assert.deepEqual(
      classes.map(({ name }) => name),
      [lesson.name],
    );
    // With the stream key and the students' tokens from before.
    await viewers.untilAdvanced(6, 60_000);
  });

  step("nobody saw anything that others did not, and no secret is in any log", async () => {
    const { viewers } = everybody();
    assert.deepEqual(viewers.log.problems, []);
    const logs = await stack.logs();
    assert.ok(logs.includes("master is ready"));
    for (const secret of [...Object.values(stack.secrets), lesson.stream_key]) assert.ok(!logs.includes(secret), "a secret is in a log");
    assert.doesNotMatch(logs, /jwt=ey|eyJhbGciOi/);
  });
});
