// The engine with a real MediaMTX: sound that HLS does not carry, what is made for WebRTC, RTMPS, and a MediaMTX that hangs,
// dies, is restarted, or was started by somebody else.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { Child } from "../../src/shared/process/child.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { freeLoopbackPorts } from "../../src/slave/engine/mediamtx/free-loopback-ports.ts";
import { locateFfmpeg } from "../../src/slave/engine/stage/locate-ffmpeg.ts";
import { createMediaMtxEngine } from "../../src/slave/engine/mediamtx/mediamtx-engine.ts";
import type { MediaMtxEngine } from "../../src/slave/engine/mediamtx/mediamtx-engine.ts";
import { rtspOutput, srtOutput, startMediaMtxRig } from "../conformance/engine/ways-in.ts";
import { eventually } from "../support/eventually.ts";
import { testFfmpeg } from "../support/publisher.ts";
import { selfSigned } from "../support/self-signed.ts";
import { goodKey, startRigWith } from "./ingest-harness.ts";
import type { EngineMaker, Rig } from "./ingest-harness.ts";
import { readCodecs, shippedFile, startMediaMtx } from "./mediamtx-harness.ts";
import { mediaMtxMissing } from "../support/media-mtx.ts";

const skip = (await mediaMtxMissing()) ?? false;
const key = encodeURIComponent(goodKey);
const newestMs = (rig: Rig, path: string) => rig.samples(path, "source").at(-1)?.dtsMs ?? 0;

/** As OBS: again and again until the stream began `count` times. */
async function publishUntil(rig: Rig, output: readonly string[], count: number): Promise<void> {
  let publisher: Child | undefined;
  await eventually(
    `live/lesson begins for the ${count}. time`,
    async () => {
      if (rig.count("started", "live/lesson") >= count) return true;
      const exit = await Promise.race([publisher?.exited ?? Promise.resolve("none"), new Promise((resolve) => setTimeout(resolve, 300))]);
      if (exit !== undefined) publisher = rig.publish("", { output });
      return false;
    },
    40_000,
  );
}

test("Opus becomes AAC, and the picture stays as it is", { skip, timeout: 60_000 }, async () => {
  const { rig, settings } = await startMediaMtxRig();
  await using _ = rig;
  rig.publish("", { output: rtspOutput(settings.rtspPort, "lesson", goodKey), audioEncode: "-c:a libopus -ar 48000".split(" ") });
  await rig.until("media", () => newestMs(rig, "live/lesson") > 3_000, 30_000);
  const [stats] = rig.engine.publishers();
  assert.deepEqual(stats?.audio, { codec: "AAC" });
  assert.equal(stats.encodedRenditions, 0);
  assert.deepEqual(
    rig
      .tracks("live/lesson", "source")
      .map(({ kind }) => kind)
      .toSorted(),
    ["audio", "video"],
  );
});

const { version, enhancedVideo } = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
const noHevc = !enhancedVideo && `ffmpeg ${version} reads no Enhanced RTMP; set FFMPEG_PATH to 6.1 or newer`;

for (const [picture, encode, gop, cannot] of [
  ["from AAC alone, the picture copied", "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p", 30, false],
  // The next keyframe comes when MediaMTX has long given up.
  [
    "from AAC and B-frames, and the keyframe that has been",
    "-c:v libx264 -preset veryfast -bf 2 -b_strategy 0 -pix_fmt yuv420p",
    900,
    false,
  ],
  ["from HEVC", "-c:v libx265 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -x265-params log-level=none", 30, noHevc],
] as const) {
  test(
    `what browsers can take is made for who asks, ${picture}, and ends with the class`,
    { skip: skip || cannot, timeout: 90_000 },
    async () => {
      const { rig, settings } = await startMediaMtxRig(
        {},
        undefined,
        (path, credential) => path === "live/lesson" && credential === "node",
      );
      await using _ = rig;
      const publisher = rig.publish(`lesson?key=${key}`, { encode: encode.split(" "), gop });
      await rig.until("media", () => newestMs(rig, "live/lesson") > 3_000, 30_000);
      const api = rig.engine.mediaMtx.running?.api;
      assert.equal((await api?.path("rtc/lesson"))?.available, undefined, "nothing is made while nobody asks");
      const read = await readCodecs(`rtsp://airclass:node@127.0.0.1:${settings.rtspPort}/rtc/lesson`, "-rtsp_transport", "tcp");
      assert.deepEqual(read.codecs.toSorted(), ["h264,0", "opus"], read.complaint);
      await publisher.stop(2_000);
      await eventually("it ends", async () => !((await api?.path("rtc/lesson"))?.available ?? false));
    },
  );
}

const noIpv6 = !Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1")) && "no IPv6 here";

for (const bindHost of ["::", "::1"]) {
  test(
    `BIND_HOST=${bindHost}: MediaMTX's ports are open for IPv6, and ours reads from it`,
    { skip: skip || noIpv6, timeout: 60_000 },
    async () => {
      const { rig, settings } = await startMediaMtxRig({ bindHost });
      await using _ = rig;
      const [rtsp, srt] = [rtspOutput(settings.rtspPort, "lesson", goodKey), srtOutput(settings.srtPort, "other", goodKey)].map((output) =>
        output.map((word) => word.replace("127.0.0.1", "[::1]")),
      );
      // Opus takes the way over RTSP back into the slave.
      rig.publish("", { output: rtsp ?? [], audioEncode: "-c:a libopus -ar 48000".split(" ") });
      rig.publish("", { output: srt ?? [] });
      await rig.until("media", () => ["live/lesson", "live/other"].every((path) => newestMs(rig, path) > 1_000), 30_000);
    },
  );
}

test("what nobody reads any more is made no longer, and again for the next one", { skip, timeout: 120_000 }, async () => {
  const { rig, settings } = await startMediaMtxRig({}, undefined, (_path, credential) => credential === "node");
  await using _ = rig;
  rig.publish(`lesson?key=${key}`);
  await rig.until("media", () => newestMs(rig, "live/lesson") > 1_500, 30_000);
  const read = () => readCodecs(`rtsp://airclass:node@127.0.0.1:${settings.rtspPort}/rtc/lesson`, "-rtsp_transport", "tcp");
  const isMade = async () => (await rig.engine.mediaMtx.running?.api.path("rtc/lesson"))?.available === true;
  assert.equal((await read()).codecs.length, 2);
  assert.equal(await isMade(), true, "who comes back soon finds it");
  await eventually("it ends", async () => !(await isMade()), 60_000);
  assert.equal((await read()).codecs.length, 2);
  assert.equal(rig.count("ended", "live/lesson"), 0);
});

test("RTMPS with the slave's certificate", { skip, timeout: 60_000 }, async () => {
  const certificate = await selfSigned();
  try {
    const { rig, settings } = await startMediaMtxRig({ tls: { cert: certificate.certPath, key: certificate.keyPath } });
    await using _ = rig;
    rig.publish("", { output: ["-f", "flv", `rtmps://127.0.0.1:${settings.rtmpsPort}/live/lesson?key=${key}`] });
    await rig.until("media", () => newestMs(rig, "live/lesson") > 2_000, 30_000);
    rig.publish("", { output: ["-f", "flv", `rtmps://127.0.0.1:${settings.rtmpsPort}/live/other?key=wrong`] });
    await rig.until("the refusal", () => rig.refused.includes("wrong_key"));
    assert.equal(rig.engine.disconnect("live/lesson", "test"), true);
    await rig.until("the end", () => rig.count("ended", "live/lesson") === 1);
    await eventually(
      "it is gone at MediaMTX",
      async () => !((await rig.engine.mediaMtx.running?.api.path("live/lesson"))?.available ?? false),
    );
  } finally {
    certificate.remove();
  }
});

test(
  "a MediaMTX that hangs is replaced, one whose guard is killed too; publishers come back, RTMP notices nothing",
  { skip, timeout: 150_000 },
  async () => {
    const { rig, settings } = await startMediaMtxRig();
    await using _ = rig;
    rig.publish(`calm?key=${key}`);
    const output = srtOutput(settings.srtPort, "lesson", goodKey);
    await publishUntil(rig, output, 1);
    const first = rig.engine.mediaMtxPid;
    assert.ok(first !== undefined);
    process.kill(first, "SIGSTOP");
    await publishUntil(rig, output, 2);
    const second = rig.engine.mediaMtxPid;
    assert.ok(second !== undefined && second !== first);
    const { stdout } = await runProgram("ps", ["-o", "ppid=", "-p", String(second)], { timeoutMs: 5_000, maxOutputBytes: 1_000 });
    process.kill(Number(stdout), "SIGKILL");
    await publishUntil(rig, output, 3);
    assert.throws(() => process.kill(second, 0), "the one without a guard is gone");
    assert.equal(rig.count("started", "live/calm"), 1);
    assert.equal(rig.count("ended", "live/calm"), 0);
  },
);

test("MediaMTX ends with the process that started it, however that ends", { skip, timeout: 60_000 }, async (t) => {
  const owner = startChild({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("mediamtx-owner.ts", import.meta.url))],
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({ MEDIAMTX_PATH: process.env["MEDIAMTX_PATH"], FFMPEG_PATH: process.env["FFMPEG_PATH"] }),
  });
  t.after(() => owner.signal("SIGKILL"));
  let output = "";
  for await (const chunk of owner.stdout ?? []) {
    output += String(chunk);
    if (output.includes("\n")) break;
  }
  const pid = Number(output);
  assert.ok(pid > 1);
  process.kill(pid, 0);
  owner.signal("SIGKILL");
  await eventually("MediaMTX is gone", () => Promise.resolve(isGone(pid)));
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** The engine at a MediaMTX that somebody else started; `ports`: API, hook, SRT, and five more. */
async function attached(ports: readonly number[]): Promise<Rig<MediaMtxEngine>> {
  const [api, hook] = ports;
  const settings = { bindHost: "127.0.0.1", srtPort: 0, rtspPort: 0, rtmpsPort: 0, webrtcPort: 0, webrtcHosts: [], tls: undefined };
  const make: EngineMaker<MediaMtxEngine> = (config, deps) =>
    createMediaMtxEngine(
      { ...config, settings, attachTo: `http://127.0.0.1:${api}`, hookPort: hook ?? 0 },
      {
        ...deps,
        gate: { mayPublish: (request) => deps.gate.mayPublish(request), refusalFromMemory: () => undefined },
        mayPull: () => false,
      },
    );
  return startRigWith(make, { rtmpPort: 0 });
}

function environment(ports: readonly number[]): Record<string, string> {
  const [api, hook, srt, metrics, rtmp, rtsp, webrtc, ice] = ports;
  return {
    MTX_APIADDRESS: `127.0.0.1:${api}`,
    MTX_AUTHHTTPADDRESS: `http://127.0.0.1:${hook}/mediamtx`,
    MTX_SRTADDRESS: `127.0.0.1:${srt}`,
    MTX_METRICSADDRESS: `127.0.0.1:${metrics}`,
    MTX_RTMPADDRESS: `127.0.0.1:${rtmp}`,
    MTX_RTSPADDRESS: `127.0.0.1:${rtsp}`,
    MTX_WEBRTCADDRESS: `127.0.0.1:${webrtc}`,
    MTX_WEBRTCLOCALUDPADDRESS: `127.0.0.1:${ice}`,
    MTX_WEBRTCLOCALTCPADDRESS: "",
  };
}

/** Resolves when its API answers, with whatever. */
async function untilItAnswers(port: number | undefined): Promise<void> {
  await eventually("MediaMTX answers", async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v3/info`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return answer !== undefined;
  });
}

test(
  "one that somebody else started with the shipped file is used, and found again after a restart",
  { skip, timeout: 120_000 },
  async (t) => {
    const ports = await freeLoopbackPorts(8);
    let server = startMediaMtx(environment(ports));
    t.after(() => server.stop(0));
    await untilItAnswers(ports[0]);
    const rig = await attached(ports);
    await using _ = rig;
    const output = srtOutput(ports[2] ?? 0, "lesson", goodKey);
    await publishUntil(rig, output, 1);
    await server.stop(0);
    await rig.until("the end", () => rig.count("ended", "live/lesson") === 1, 20_000);
    assert.equal(rig.engine.mediaMtx.running, undefined);
    server = startMediaMtx(environment(ports));
    await publishUntil(rig, output, 2);
    // Let go of, not ended.
    await rig.engine.stop();
    assert.equal(isGone(server.pid ?? 0), false);
  },
);

test(
  "what is there since before the slave was killed goes: publishers, who come back to it, and sources of streams",
  { skip, timeout: 60_000 },
  async (t) => {
    const ports = await freeLoopbackPorts(8);
    // The slave before: it let the teacher in.
    const before = createServer((request, response) => {
      request.resume();
      response.writeHead(204).end();
    });
    before.listen(ports[1], "127.0.0.1");
    await once(before, "listening");
    const server = startMediaMtx(environment(ports));
    t.after(() => server.stop(0));
    await untilItAnswers(ports[0]);
    const api = `http://127.0.0.1:${ports[0]}/v3`;
    const source = JSON.stringify({ source: "rtsp://127.0.0.1:1/rtc/lesson", sourceOnDemand: true });
    assert.ok((await fetch(`${api}/config/paths/add/rtc/lesson`, { method: "POST", body: source })).ok);
    const input = "-v error -nostdin -re -f lavfi -i testsrc2=size=64x64:rate=10 -c:v libx264 -preset ultrafast -g 10".split(" ");
    const teacher = startChild({
      command: testFfmpeg,
      args: [...input, ...srtOutput(ports[2] ?? 0, "lesson", goodKey)],
      stdio: ["ignore", "ignore", "ignore"],
      env: childEnvironment(),
    });
    t.after(() => teacher.stop(0));
    await eventually("the teacher is there", async () => (await (await fetch(`${api}/paths/list`)).text()).includes('"available":true'));
    before.closeAllConnections();
    await new Promise((resolve) => before.close(resolve));
    const rig = await attached(ports);
    await using _ = rig;
    const late = AbortSignal.timeout(15_000);
    const ended = await Promise.race([teacher.exited.then(() => true), once(late, "abort").then(() => false)]);
    assert.ok(ended, "a teacher who sends to nobody must be told");
    // Else this slave could not publish the stream for WebRTC when it is the origin.
    assert.equal((await rig.engine.mediaMtx.running?.api.pathConfigs())?.has("rtc/lesson"), false);
  },
);

test("one whose file is edited so that it goes around the tokens is not used until it is mended", { skip, timeout: 120_000 }, async (t) => {
  const ports = await freeLoopbackPorts(9);
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  const file = join(folder, "mediamtx.yml");
  const shipped = readFileSync(shippedFile, "utf8");
  // At once, as editors do: MediaMTX does not wait for the rest of a file.
  const save = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  save(shipped);
  const server = startMediaMtx({ ...environment(ports), MTX_HLSADDRESS: `127.0.0.1:${ports[8]}` }, file);
  t.after(async () => {
    await server.stop(0);
    rmSync(folder, { recursive: true });
  });
  await untilItAnswers(ports[0]);
  const rig = await attached(ports);
  await using _ = rig;
  const output = srtOutput(ports[2] ?? 0, "lesson", goodKey);
  await publishUntil(rig, output, 1);
  const publisher = rig.publish("", { output: srtOutput(ports[2] ?? 0, "other", goodKey) });
  await rig.until("the other one", () => rig.count("started", "live/other") === 1, 20_000);
  save(shipped.replace("\nhls: no\n", "\nhls: yes\n"));
  await rig.until("it is let go of", () => rig.engine.mediaMtx.running === undefined, 20_000);
  const late = AbortSignal.timeout(15_000);
  assert.ok(await Promise.race([publisher.exited.then(() => true), once(late, "abort").then(() => false)]), "teachers are told");
  assert.deepEqual([rig.count("ended", "live/lesson"), rig.count("ended", "live/other")], [1, 1]);
  rig.publish("", { output });
  await rig.until("who comes again is refused, and does not send to nobody", () => rig.refused.includes("unavailable"));
  // It overlooks what is saved within a second after it has read the file.
  await sleep(1_500);
  save(shipped);
  await publishUntil(rig, output, 2);
  assert.equal(isGone(server.pid ?? 0), false);
});

test("one that goes around the tokens, or is not there, is told in a sentence", { skip, timeout: 60_000 }, async (t) => {
  const ports = await freeLoopbackPorts(8);
  const rejection = async (pattern: RegExp) => {
    const beganMs = systemClock.monotonicMs();
    await assert.rejects(attached(ports), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, pattern);
      return true;
    });
    assert.ok(systemClock.monotonicMs() - beganMs < 20_000);
  };
  await rejection(/MEDIAMTX_API=.*does not answer.*start it with mediamtx\.yml/);
  const [hls] = await freeLoopbackPorts(1);
  const server = startMediaMtx({ ...environment(ports), MTX_HLS: "yes", MTX_HLSADDRESS: `127.0.0.1:${hls}` });
  t.after(() => server.stop(0));
  await untilItAnswers(ports[0]);
  await rejection(/not configured as mediamtx\.yml says: hls must be no, and is true/);
});
