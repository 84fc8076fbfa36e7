import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rig } from "./ingest-harness.ts";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;
const video = (rig: Rig, path: string, session?: number) => rig.samples(path, "source", session).filter(({ kind }) => kind === "video");

/** The engine's ffmpeg of the only stream. */
async function ffmpegPid(rig: Rig, known: readonly number[]): Promise<number> {
  const pid = (await rig.children()).find((candidate) => !known.includes(candidate));
  assert.ok(pid !== undefined);
  return pid;
}

for (const { name, signal } of [
  { name: "killed", signal: "SIGKILL" },
  { name: "stopped", signal: "SIGSTOP" },
] as const) {
  test(`an ffmpeg that is ${name} is replaced; nothing is repeated or lost, other streams do not notice`, async () => {
    await using rig = await startRig();
    const worker = await rig.children();
    const path = `live/${name}`;
    rig.publish(withKey(name));
    await rig.until("media", () => video(rig, path).length > 45);
    const pid = await ffmpegPid(rig, worker);
    rig.publish(withKey("other"));
    await rig.until("the other stream", () => rig.count("fragment", "live/other") > 5);

    const failedAtMs = performance.now();
    process.kill(pid, signal);
    await rig.until("a restart", () => rig.count("started", path) === 2 && video(rig, path).length > 30);
    const [last, first] = [video(rig, path, 0).at(-1), video(rig, path, 1)[0]];
    assert.ok(last && first);
    assert.ok(first.dtsMs > last.dtsMs && first.dtsMs - last.dtsMs < 80, `${last.dtsMs} ms, then ${first.dtsMs} ms`);
    // 2 s are promised on a machine that is not busy with other things.
    assert.ok(first.atMs - failedAtMs < 8_000, `back after ${first.atMs - failedAtMs} ms`);
    const start = rig.events.findLast((event) => event.kind === "started" && event.path === path);
    assert.ok(start?.kind === "started" && start.start.continues === true);
    assert.equal(rig.count("started", "live/other"), 1);
    assert.equal(rig.count("ended", path), 0);
    const stats = rig.engine.publishers().find((publisher) => publisher.path === path);
    assert.equal(stats?.ffmpegRestarts, 1);
    assert.equal(stats?.lostFrames, 0, "the next ffmpeg gets what the last one had");
    assert.ok((stats?.bytes ?? 0) > 1_000);
    assert.ok(!(await rig.children()).includes(pid), "the old process is gone");
  });
}

test("an encoded rendition joins again at a keyframe after a restart", async () => {
  await using rig = await startRig({ renditions: ["source", "144p"] });
  const worker = await rig.children();
  rig.publish(withKey("ladder"));
  await rig.until("media", () => rig.samples("live/ladder", "144p").length > 90);
  process.kill(await ffmpegPid(rig, worker), "SIGKILL");
  await rig.until("a restart", () => rig.count("started", "live/ladder") === 2 && rig.samples("live/ladder", "144p").length > 30);
  const [last, first] = [
    rig.samples("live/ladder", "144p", 0).at(-1),
    rig.samples("live/ladder", "144p", 1).find(({ kind }) => kind === "video"),
  ];
  assert.ok(last && first);
  assert.ok(first.keyframe && first.dtsMs >= last.dtsMs);
});

test("an ffmpeg that cannot live is given up, and its publisher is disconnected", async () => {
  await using rig = await startRig();
  const worker = await rig.children();
  const publisher = rig.publish(withKey("doomed"));
  await rig.until("media", () => rig.count("fragment", "live/doomed") > 5);
  for (let kill = 1; kill <= 6; kill += 1) {
    process.kill(await ffmpegPid(rig, worker), "SIGKILL");
    await rig.until(`restart ${kill}`, () => rig.count("started", "live/doomed") === kill + 1 || rig.count("ended", "live/doomed") === 1);
  }
  await rig.until("the end", () => rig.count("ended", "live/doomed") === 1);
  assert.deepEqual(rig.events.at(-1), { ...rig.events.at(-1), kind: "ended", why: "ffmpeg_failed" });
  await publisher.exited;
  assert.deepEqual(await rig.children(), worker);
});

test("a dead RTMP process ends its streams and is replaced on the same port", async () => {
  await using rig = await startRig();
  const [worker] = await rig.children();
  assert.ok(worker !== undefined);
  const port = rig.engine.rtmpPort;
  rig.publish(withKey("before"));
  await rig.until("media", () => rig.count("fragment", "live/before") > 5);
  process.kill(worker, "SIGKILL");
  await rig.until("the end", () => rig.count("ended", "live/before") === 1);
  assert.deepEqual(rig.events.at(-1), { ...rig.events.at(-1), kind: "ended", why: "connection_lost" });
  await rig.until("the port", () => rig.engine.rtmpPort === port);
  for (let attempt = 0; attempt < 20 && rig.count("started", "live/after") === 0; attempt += 1) {
    const publisher = rig.publish(withKey("after"));
    // Refused connections end ffmpeg at once; an accepted one runs on.
    await Promise.race([publisher.exited, rig.until("media", () => rig.count("fragment", "live/after") > 5, 10_000)]);
  }
  assert.equal(rig.count("started", "live/after"), 1);
});

test("processes end when the engine's own process is gone", async (t) => {
  const { startChild, childEnvironment } = await import("../../src/shared/process/child.ts");
  const { fileURLToPath } = await import("node:url");
  const owner = startChild({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("ingest-owner.ts", import.meta.url))],
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({ FFMPEG_PATH: process.env["FFMPEG_PATH"] }),
  });
  t.after(() => owner.signal("SIGKILL"));
  let output = "";
  const pids = await new Promise<number[]>((resolve, reject) => {
    owner.stdout?.on("data", (text: Buffer) => {
      output += text.toString();
      if (output.includes("\n")) resolve(JSON.parse(output) as number[]);
    });
    owner.exited.then((exit) => reject(new Error(`it ended before (${exit.code ?? exit.signal})`)), reject);
  });
  assert.equal(pids.length, 2);
  owner.signal("SIGKILL");
  await owner.exited;
  const deadline = performance.now() + 5_000;
  const alive = () =>
    pids.filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        // ESRCH: it is gone, which is what is asked.
        return false;
      }
    });
  while (alive().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(alive(), []);
});
