// Slaves with MediaMTX in containers, as docker-compose.mediamtx.yml starts them: every way in for teachers, and WebRTC to students through
// published ports. Part of `npm run test:compose`; without Docker, or where MediaMTX's image cannot be had, it says so and skips.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { after, it } from "node:test";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { ChildExit } from "../../src/shared/process/child.ts";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { rtspOutput, srtOutput } from "../conformance/engine/ways-in.ts";
import { startAudience } from "../support/audience.ts";
import { launchBrowser, launchChromium, watchStats } from "../support/browser.ts";
import { createClusterClient } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { chooseLive, isLive, untilLive } from "../support/live-viewer.ts";
import { testFfmpeg } from "../support/publisher.ts";
import { startTeacher } from "../support/teacher.ts";
import { whipPublish } from "../support/whip-teacher.ts";
import { buildImage, composeServices, provideImage } from "./base-images.ts";
import { checkImage, checkService } from "./checks.ts";
import { docker, findCompose, inspect, run } from "./docker.ts";
import { createStack } from "./stack.ts";

const command = await findCompose();
const skip = typeof command === "string" ? command : ((await provideImage(buildImage("mediamtx"))) ?? false);
if (skip !== false) process.stdout.write(`the part with MediaMTX is skipped: ${skip}.\n`);
const closer = createCloser();
after(() => closer.close(), { timeout: 180_000 });

const slaves = 3;
/** As `docker-compose.mediamtx.yml` has it by default; here it must not meet what runs on this machine. */
const portsEach = 10;

/** This PC as another one sees it; on a machine without a network, its loopback. */
function addressOfThisPc(): string {
  for (const [name, entries] of Object.entries(networkInterfaces()))
    for (const { family, internal, address } of entries ?? [])
      if (family === "IPv4" && !internal && !/^(docker|br-|veth)/.test(name)) return address;
  return "127.0.0.1";
}

const words = (text: string): string[] => text.split(" ");
const smallPicture = words(
  "-re -f lavfi -i testsrc2=size=320x180:rate=15 -re -f lavfi -i sine=sample_rate=48000 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 200k -g 15 -c:a aac -b:a 48k",
);

/** A teacher of another protocol than RTMP. */
function teach(output: readonly string[]): { readonly exited: Promise<ChildExit>; stop: () => Promise<void> } {
  const args = ["-hide_banner", "-loglevel", "error", "-nostdin", ...smallPicture, ...output];
  const child = startChild({ command: testFfmpeg, args, stdio: ["ignore", "ignore", "ignore"], env: childEnvironment() });
  return { exited: child.exited, stop: async () => void (await child.stop(2_000)) };
}

void it("three slaves with MediaMTX: RTMP, SRT, RTSP and WHIP in, HLS and WebRTC out", { skip, timeout: 900_000 }, async (context) => {
  if (typeof command === "string") return;
  for (const image of [buildImage(), composeServices()["door"]?.image ?? ""]) assert.equal(await provideImage(image), undefined);
  const project = `airclass-test-${randomBytes(3).toString("hex")}`;
  closer.add("images", async () => void (await run(["docker", "image", "rm", `airclass-mediamtx:${project}`, `airclass:${project}`])));
  const from = 20_000 + 100 * Math.floor(Math.random() * 90);
  const range = (first: number): string => `${first}-${first + portsEach - 1}`;
  const stack = await createStack({
    command,
    project,
    tag: project,
    files: ["docker-compose.yml", "docker-compose.mediamtx.yml"],
    variables: { HEARTBEAT_INTERVAL: "2", WEBRTC_PORTS: range(from), SRT_PORTS: range(from + 20), RTSP_PORTS: range(from + 40) },
  });
  closer.add("stack", () => stack.down());
  let passed = false;
  closer.add("logs", async () => {
    if (!passed) process.stdout.write(`${(await stack.logs()).slice(-20_000)}\n`);
  });
  await stack.compose("up", "-d", "--scale", `slave=${slaves}`, "door", "master", "slave");
  const pc = addressOfThisPc();
  const doorUrl = `http://${pc}:${stack.httpPort}`;
  const client = createClusterClient(doorUrl, stack.secrets.ADMIN_TOKEN);
  await eventually(
    "three slaves are healthy",
    async () => (await client.nodes()).filter(({ status }) => status === "healthy").length === slaves,
    60_000,
  );
  const nodes = (await client.nodes()).map(({ node_id: id }) => id).toSorted();

  /** Where a slave is published; what docs/operate.md tells to ask. */
  const published = async (index: number, port: number, protocol: "udp" | "tcp"): Promise<number> =>
    Number((await stack.compose("port", `--protocol=${protocol}`, `--index=${index}`, "slave", String(port))).trim().split(":").at(-1));
  for (const [port, protocol, first] of [
    [8189, "udp", from],
    [8890, "udp", from + 20],
    [8554, "tcp", from + 40],
  ] as const) {
    const taken = await Promise.all(Array.from({ length: slaves }, (_, index) => published(index + 1, port, protocol)));
    assert.ok(new Set(taken).size === slaves && taken.every((at) => at >= first && at < first + portsEach), taken.join(", "));
  }

  await context.test("by RTMP through the gateway: HLS from every slave", async () => {
    const lesson = await client.createClass("math-3b");
    const teacher = startTeacher(`${lesson.rtmp_url}/${lesson.name}?key=${lesson.stream_key}`);
    closer.add("teacher", () => teacher.stop());
    const audience = startAudience(doorUrl, lesson, 2 * slaves);
    closer.add("audience", () => audience.stop());
    await audience.untilPlaying();
    await audience.untilAdvanced(6);
    assert.deepEqual(Object.keys(audience.spread()).toSorted(), nodes);
    assert.deepEqual(audience.log.problems, []);
    await audience.stop();
  });

  await context.test("by WebRTC from every slave, through the port that is its own, knowing nothing but the door's address", async (t) => {
    const browser = await launchBrowser();
    closer.add("browser", () => browser.close());
    const origin = (await client.replicas("live/math-3b")).find(({ role }) => role === "origin")?.node_id;
    for (const node of nodes) {
      const answers: string[] = [];
      const { page, errors } = await chooseLive(browser, {
        masterUrl: doorUrl,
        className: "math-3b",
        name: `viewer-${node}`,
        avoid: nodes.filter((other) => other !== node),
        prepare: async (opened) => {
          opened.on("response", (response) => {
            if (response.status() === 201 && /\/whep\?/.test(response.url())) void response.text().then((text) => answers.push(text));
          });
        },
      });
      await untilLive(page, 60_000);
      const first = await watchStats(page);
      assert.equal(first.nodeId, node);
      await eventually("the picture goes on", async () => (await watchStats(page)).decodedFrames > first.decodedFrames + 45);
      const { latencyS } = await watchStats(page);
      assert.equal(await isLive(page), true);
      t.diagnostic(`${node}${node === origin ? " (origin)" : ""}: ${latencyS?.toFixed(2)} s behind`);
      assert.ok((latencyS ?? 9) < 1, `${latencyS} s`);
      const candidates = [...(answers[0] ?? "").matchAll(/^a=candidate:\S+ 1 (\S+) \d+ (\S+) (\d+) /gm)].map(([, how, where, port]) => [
        how,
        where,
        Number(port),
      ]);
      assert.deepEqual(
        candidates,
        Array.from({ length: portsEach }, (_, index) => ["udp", pc, from + index]),
      );
      assert.deepEqual(errors, []);
      await page.goto("about:blank");
      await page.context().close();
    }
  });

  const watchable = (lesson: ClassWithKey): Promise<void> =>
    eventually(
      `${lesson.name} can be watched`,
      async () => {
        const { hls_url: url } = await client.token({ user_id: "student", path: lesson.path });
        return (await fetch(url)).ok;
      },
      60_000,
    );

  for (const [name, index, port, protocol, output] of [
    ["srt", 2, 8890, "udp", srtOutput],
    ["rtsp", 3, 8554, "tcp", rtspOutput],
  ] as const) {
    await context.test(`by ${name.toUpperCase()} at the published port of a slave, with the stream key only`, async () => {
      const lesson = await client.createClass(name);
      const at = await published(index, port, protocol);
      const stranger = teach(output(at, lesson.name, "not-the-key"));
      closer.add("stranger", () => stranger.stop());
      assert.notEqual((await stranger.exited).code, 0, "it is sent away");
      const teacher = teach(output(at, lesson.name, lesson.stream_key));
      closer.add(`${name} teacher`, () => teacher.stop());
      await watchable(lesson);
      await eventually("it goes to the slave whose port it is", async () => {
        const container = (await docker("ps", "-q", "--filter", `publish=${at}/${protocol}`)).trim();
        return (await client.replicas(lesson.path)).find(({ role }) => role === "origin")?.node_id === container;
      });
      await teacher.stop();
    });
  }

  await context.test("by WHIP from a browser, through the door", async () => {
    const browser = await launchChromium(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
    closer.add("teacher's browser", () => browser.close());
    const lesson = await client.createClass("whip");
    const tab = await browser.newPage();
    // Cameras are for secure pages only, and an own PC's address is one.
    const door = `http://127.0.0.1:${stack.httpPort}`;
    await tab.goto(`${door}/health`);
    const endpoint = `${door}/n/${nodes[0]}/${lesson.path}/whip`;
    assert.equal((await whipPublish(tab, `${endpoint}?key=wrong`)).status, 401);
    const { status, location } = await whipPublish(tab, `${endpoint}?key=${encodeURIComponent(lesson.stream_key)}`);
    assert.equal(status, 201);
    assert.match(location ?? "", /^whip\/[0-9a-f-]{36}$/);
    await watchable(lesson);
  });

  await context.test("docker kill of the slave that a student watches at: WebRTC again, by another one's port", async (t) => {
    const browser = await launchBrowser();
    closer.add("second browser", () => browser.close());
    const { page } = await chooseLive(browser, { masterUrl: doorUrl, className: "math-3b", name: "Ada" });
    await untilLive(page, 60_000);
    const { nodeId: killed } = await watchStats(page);
    await docker("kill", killed);
    await eventually("she is elsewhere", async () => (await watchStats(page)).nodeId !== killed, 30_000);
    await untilLive(page, 60_000);
    t.diagnostic(`longest freeze ${Math.round((await watchStats(page)).longestFreezeMs)} ms`);
    await page.goto("about:blank");
    await docker("start", killed);
    await eventually("it is back", async () => (await client.nodes()).every(({ status }) => status === "healthy"), 60_000);
  });

  await context.test("docker stop of a slave whose MediaMTX hangs: it ends by itself, in the time that it has", async (t) => {
    const [slave = ""] = await stack.containers("slave");
    const hang = `for p in /proc/[0-9]*; do if grep -q "^Name:.*mediamtx" $p/status; then kill -STOP \${p#/proc/} && echo hangs; fi; done`;
    assert.match(await docker("exec", slave, "sh", "-c", hang), /^hangs$/m);
    const startedMs = performance.now();
    await docker("stop", slave);
    t.diagnostic(`after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    assert.equal((await docker("inspect", "--format", "{{.State.ExitCode}}", slave)).trim(), "0");
    await docker("start", slave);
  });

  await context.test("nothing else is open, no way leads out, no secret is in any log", async (t) => {
    t.diagnostic(await checkImage(`airclass-mediamtx:${project}`, Object.values(stack.secrets)));
    const [slave = ""] = await stack.containers("slave");
    await checkService(slave);
    const { NetworkSettings: settings } = await inspect<{
      NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null> };
    }>(slave);
    const open = Object.entries(settings.Ports).filter(([, to]) => to !== null);
    assert.deepEqual(open.map(([port]) => port).toSorted(), ["8189/udp", "8554/tcp", "8890/udp"]);
    const [master = ""] = await stack.containers("master");
    const front = (
      await docker("inspect", "--format", `{{(index .NetworkSettings.Networks "${project}_front").IPAddress}}`, master)
    ).trim();
    const leave = `fetch("http://${front}:8000/health", { signal: AbortSignal.timeout(1500) }).then(() => console.log("REACHED"), () => console.log("no way"))`;
    assert.equal((await docker("exec", slave, "node", "-e", leave)).trim(), "no way");
    const network = `${project}_published`;
    assert.equal(
      (
        await docker("network", "inspect", "--format", `{{index .Options "com.docker.network.bridge.enable_ip_masquerade"}}`, network)
      ).trim(),
      "false",
    );
    const logs = await stack.logs();
    for (const secret of Object.values(stack.secrets)) assert.ok(!logs.includes(secret), "a secret is in a log");
    assert.doesNotMatch(logs, /jwt=ey|eyJhbGciOi/);
  });
  passed = true;
});
