import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { command, connect, createStream, handshake, publishRequest } from "../fixtures/rtmp-corpus/rtmp-bytes.ts";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;

test("a published stream reaches the sink as init and fragments, and ends with the publisher", async () => {
  await using rig = await startRig();
  const publisher = rig.publish(withKey("first"), { gop: 30 });
  await rig.until("two seconds of media", () => (rig.samples("live/first", "source").at(-1)?.dtsMs ?? 0) > 3_000);

  const [stats] = rig.engine.publishers();
  assert.equal(stats?.path, "live/first");
  assert.equal(stats?.remoteAddress, "127.0.0.1");
  assert.deepEqual(stats?.video, { codec: "H.264", width: 320, height: 180 });
  assert.deepEqual(stats?.audio, { codec: "AAC" });
  assert.ok(stats.bitrate > 50_000 && stats.fps > 5, `${stats.bitrate} bit/s, ${stats.fps} fps`);
  assert.ok(Math.abs((stats.keyframeIntervalS ?? 0) - 1) < 0.1);
  assert.equal(stats.advice, undefined);
  assert.equal(stats.reencoding, false);

  await publisher.stop(2_000);
  await rig.until("the end", () => rig.count("ended", "live/first") === 1);
  const kinds = rig.events.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(0, 3), ["started", "init", "fragment"]);
  assert.deepEqual(rig.events.at(-1), { ...rig.events.at(-1), kind: "ended", why: "unpublished" });
  assert.equal(rig.requests[0]?.key, goodKey);
  assert.deepEqual(rig.engine.publishers(), []);

  const video = rig.samples("live/first", "source").filter(({ kind }) => kind === "video");
  assert.equal(video[0]?.keyframe, true);
  assert.ok(
    video.every((sample, index) => index === 0 || sample.dtsMs > (video[index - 1]?.dtsMs ?? 0)),
    "decode times grow",
  );
});

test("media time maps to the wall clock at which frames were received", async () => {
  await using rig = await startRig();
  const offsetMs = Date.now() - performance.now();
  rig.publish(withKey("clock"));
  await rig.until("media", () => (rig.samples("live/clock", "source").at(-1)?.dtsMs ?? 0) > 2_500);
  const started = rig.events.find((event) => event.kind === "started");
  assert.ok(started?.kind === "started");
  const samples = rig.samples("live/clock", "source").slice(20);
  const lagsMs = samples.map((sample) => sample.atMs + offsetMs - (started.start.epochWallMs + sample.dtsMs));
  // The quickest frame: a busy machine makes others late, none early.
  const lagMs = Math.min(...lagsMs);
  assert.ok(lagMs > -500 && lagMs < 1_500, `frames arrive ${lagMs} ms after their time`);
});

test("a wrong key is refused before Publish.Start, tells why, and disturbs nobody", async () => {
  await using rig = await startRig();
  rig.publish(withKey("taken"));
  await rig.until("the first publisher", () => rig.count("fragment", "live/taken") > 20);
  for (const name of ["taken?key=wrong", "taken", "other?key=wrong"]) {
    const refused = rig.publish(name);
    let complaint = "";
    refused.stderr?.on("data", (text: Buffer) => (complaint += text.toString()));
    const exit = await refused.exited;
    assert.notEqual(exit.code, 0);
    assert.match(complaint, /The stream key is wrong/);
  }
  assert.deepEqual(rig.refused, ["wrong_key", "wrong_key", "wrong_key"]);
  const before = rig.count("fragment", "live/taken");
  await rig.until("the first publisher goes on", () => rig.count("fragment", "live/taken") > before + 10);
  assert.equal(rig.count("started", "live/taken"), 1);
  assert.equal(rig.count("ended", "live/taken"), 0);
  assert.ok(rig.events.every(({ path }) => path === "live/taken"));
});

test("a gate that fails or never answers lets nobody in", async () => {
  await using rig = await startRig({ limits: { publishDeadlineMs: 1_500 } }, ({ path }) =>
    path === "live/throws" ? Promise.reject(new Error("store gone")) : new Promise(() => undefined),
  );
  const exits = await Promise.all([rig.publish(withKey("throws")).exited, rig.publish(withKey("waits")).exited]);
  assert.ok(exits.every(({ code }) => code !== 0));
  assert.deepEqual(rig.events, []);
});

test("who publishes keeps its place while it sends; a silent or half-open connection loses it to who has a valid key", async () => {
  await using rig = await startRig();
  // Publishes and then neither reads nor writes nor closes, like a laptop whose network is gone.
  const dead = createConnection(rig.engine.rtmpPort, "127.0.0.1");
  dead.on("error", () => undefined);
  dead.write(publishRequest(withKey("lesson")));
  await rig.until("the dead publisher", () => rig.engine.publishers().length === 1);
  dead.pause();
  const closed = once(dead, "close");
  const first = rig.publish(withKey("lesson"));
  await rig.until("the first live publisher", () => rig.count("fragment", "live/lesson") > 10);
  dead.resume();
  await closed;

  const second = rig.publish(withKey("lesson"));
  let complaint = "";
  second.stderr?.on("data", (text: Buffer) => (complaint += text.toString()));
  assert.notEqual((await second.exited).code, 0);
  assert.match(complaint, /Somebody publishes this class already/);
  const before = rig.count("fragment", "live/lesson");
  await rig.until("the first publisher goes on", () => rig.count("fragment", "live/lesson") > before + 10);

  first.signal("SIGSTOP");
  rig.publish(withKey("lesson"), { video: "testsrc2=size=640x360:rate=30" });
  await rig.until(
    "the second live publisher",
    () => rig.count("started", "live/lesson") === 2 && rig.samples("live/lesson", "source").length > 20,
  );
  const turns = rig.events.flatMap((event) => (event.kind === "ended" ? [event.why] : event.kind === "started" ? ["started"] : []));
  assert.deepEqual(turns, ["started", "replaced", "started"]);
  assert.equal(rig.tracks("live/lesson", "source")[0]?.width, 640);
  assert.equal(rig.engine.publishers().length, 1);
});

test("who comes with a gateway's word takes the place of an active publisher, and media time is that of its anchor", async () => {
  const receivedMs = Date.now() - 30_000;
  await using rig = await startRig({}, async ({ relay }) => ({
    allowed: true,
    takesOver: relay !== undefined,
    anchor: relay === undefined ? undefined : { timestampMs: 0, wallMs: receivedMs },
    origin: { epoch: relay === undefined ? 1 : 2, handoverFrom: undefined },
  }));
  const first = rig.publish("lesson");
  await rig.until("the first", () => rig.count("fragment", "live/lesson") > 10);
  rig.publish("lesson?relay=gateway");
  await first.exited;
  await rig.until("the second", () => rig.count("started", "live/lesson") === 2);
  const starts = rig.events.flatMap((event) => (event.kind === "started" ? [event.start] : []));
  assert.deepEqual(
    starts.map(({ origin }) => origin?.epoch),
    [1, 2],
  );
  // ffmpeg's first timestamp is 0 or some frames later; media time begins a second above it.
  const offMs = (starts[1]?.epochWallMs ?? 0) + 1_000 - receivedMs;
  assert.ok(offMs >= 0 && offMs < 500, `${offMs} ms off`);
});

test("a publisher that stops and returns with another size begins anew", async () => {
  await using rig = await startRig();
  const first = rig.publish(withKey("again"));
  await rig.until("media", () => rig.count("fragment", "live/again") > 20);
  await first.stop(2_000);
  await rig.until("the end", () => rig.count("ended", "live/again") === 1);
  rig.publish(withKey("again"), { video: "testsrc2=size=426x240:rate=25" });
  await rig.until("media again", () => rig.count("started", "live/again") === 2 && rig.samples("live/again", "source").length > 20);
  assert.equal(rig.tracks("live/again", "source")[0]?.height, 240);
  const second = rig.events.findLast((event) => event.kind === "started");
  assert.ok(second?.kind === "started" && second.start.continues === false && second.start.skipUntilMs === 0);
});

test("a publisher that falls silent has timed out, and disconnect cuts one off", async () => {
  await using rig = await startRig({ limits: { idleTimeoutMs: 1_000 } });
  const silent = rig.publish(withKey("silent"));
  const cut = rig.publish(withKey("cut"));
  await rig.until("both", () => rig.count("fragment", "live/silent") > 5 && rig.count("fragment", "live/cut") > 5);
  silent.signal("SIGSTOP");
  assert.equal(rig.engine.disconnect("live/cut", "key rotated"), true);
  assert.equal(rig.engine.disconnect("live/nobody", "key rotated"), false);
  await cut.exited;
  await rig.until("the time-out", () => rig.count("ended", "live/silent") === 1);
  const ends = rig.events.flatMap((event) => (event.kind === "ended" ? [`${event.path} ${event.why}`] : []));
  assert.deepEqual(ends, ["live/cut unpublished", "live/silent timed_out"]);
});

test("nobody plays over RTMP", async () => {
  await using rig = await startRig();
  rig.publish(withKey("private"));
  await rig.until("media", () => rig.count("fragment", "live/private") > 10);
  const socket = createConnection(rig.engine.rtmpPort, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => received.push(bytes));
  socket.write(
    Buffer.concat([handshake(), connect(), createStream(), command(["play", 3, null, withKey("private")], { messageStream: 1 })]),
  );
  await once(socket, "close");
  const answer = Buffer.concat(received);
  assert.ok(answer.includes("NetStream.Play.Failed"));
  assert.ok(!answer.includes("NetStream.Play.Start"));
  assert.ok(answer.length < 5_000, "no media in it");
  assert.equal(rig.engine.publishers().length, 1);
});

test("no process is left after stop, and stop can be called again", async () => {
  const rig = await startRig();
  rig.publish(withKey("left"));
  await rig.until("media", () => rig.count("fragment", "live/left") > 5);
  assert.equal((await rig.children()).length, 2);
  await rig[Symbol.asyncDispose]();
  assert.deepEqual(await rig.children(), []);
  assert.deepEqual(rig.events.at(-1), { ...rig.events.at(-1), kind: "ended", why: "engine_stopped" });
  await rig.engine.stop();
});

test("a taken port is one clear sentence", async () => {
  await using rig = await startRig();
  await assert.rejects(startRig({ rtmpPort: rig.engine.rtmpPort }), /^UserError: Port \d+ is taken: .*RTMP_PORT/);
});
