import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { message, publishRequest } from "../fixtures/rtmp-corpus/rtmp-bytes.ts";
import type { Rig, Sample } from "./ingest-harness.ts";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;
const keyframesOf = (samples: readonly Sample[]) =>
  samples.filter(({ kind, keyframe }) => kind === "video" && keyframe).map(({ ptsMs }) => ptsMs);
const videoUntil = (rig: Rig, path: string, rendition: string) =>
  rig.samples(path, rendition).findLast(({ kind }) => kind === "video")?.dtsMs ?? 0;

test("audio alone, video alone and audio that is not AAC start fast", async () => {
  await using rig = await startRig();
  rig.publish(withKey("audio"), { video: false });
  rig.publish(withKey("video"), { audio: false });
  rig.publish(withKey("mp3"), { audioEncode: ["-c:a", "libmp3lame", "-b:a", "64k"] });
  const paths = ["live/audio", "live/video", "live/mp3"];
  await rig.until("all three", () => paths.every((path) => rig.count("fragment", path) > 30));
  assert.deepEqual(
    rig.tracks("live/audio", "source").map(({ codec }) => codec),
    ["mp4a.40.2"],
  );
  assert.deepEqual(
    rig.tracks("live/video", "source").map(({ kind }) => kind),
    ["video"],
  );
  assert.deepEqual(
    rig.tracks("live/mp3", "source").map(({ codec }) => codec.slice(0, 7)),
    ["avc1.42", "mp4a.40"],
  );
  for (const path of ["live/audio", "live/video"]) {
    const [first] = rig.samples(path, "source");
    const started = rig.events.find((event) => event.kind === "started" && event.path === path);
    assert.ok(first && started?.kind === "started");
    const receivedAtMs = started.start.epochWallMs + first.dtsMs - (Date.now() - performance.now());
    // Waiting for a track that never comes would take 10 s.
    assert.ok(first.atMs - receivedAtMs < 4_000, `${path}: first fragment ${first.atMs - receivedAtMs} ms after its frame`);
  }
});

test("pictures that cannot be decoded yet, as their first keyframe is still to come, do not disturb the sound", async () => {
  await using rig = await startRig();
  const socket = createConnection(rig.engine.rtmpPort, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(publishRequest(withKey("late")));
  await rig.until("it is accepted", () => rig.engine.publishers().length === 1);
  const send = (type: number, hex: string, timestampMs: number) =>
    socket.write(message(type, Buffer.from(hex, "hex"), { chunkStream: type, messageStream: 1, timestampMs }));
  // AAC-LC, 44.1 kHz, stereo, silence; H.264 of which only frames come that need others.
  send(8, "af001210", 0);
  const frameMs = 1024 / 44.1;
  for (let index = 0; index < 160; index += 1) {
    send(8, "af01211004608c1c", Math.round(index * frameMs));
    if (index === 60) send(9, "17000000000142c01effe100046742c01e01000468ce3c80", Math.round(index * frameMs));
    if (index > 60) send(9, "2701000000000000024101", Math.round(index * frameMs));
    await sleep(frameMs);
  }
  assert.equal(rig.count("started", "live/late"), 1);
  const samples = rig.samples("live/late", "source");
  assert.ok(samples.length > 100 && samples.every(({ kind }) => kind === "audio"), `${samples.length} samples`);
  socket.destroy();
});

test("B-frames keep their decode and presentation times", async () => {
  await using rig = await startRig();
  rig.publish(withKey("bframes"), {
    gop: 60,
    encode: ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-b_strategy", "0", "-rc-lookahead", "5", "-pix_fmt", "yuv420p"],
  });
  await rig.until("media", () => videoUntil(rig, "live/bframes", "source") > 3_000);
  const video = rig.samples("live/bframes", "source").filter(({ kind }) => kind === "video");
  assert.ok(
    video.some(({ ptsMs, dtsMs }) => ptsMs > dtsMs),
    "some frames are shown later than decoded",
  );
  assert.ok(
    video.every((sample, index) => index === 0 || sample.dtsMs > (video[index - 1]?.dtsMs ?? 0)),
    "decode order",
  );
  const shown = video.map(({ ptsMs }) => ptsMs).toSorted((a, b) => a - b);
  // The last frames may still wait for frames that are shown before them.
  const gaps = shown.slice(1, -4).map((ptsMs, index) => ptsMs - (shown[index] ?? 0));
  assert.ok(
    gaps.every((gap) => gap >= 30 && gap <= 37),
    `every picture is shown for a frame: ${gaps.join(" ")}`,
  );
});

test("a ladder has all renditions, none enlarged, keyframes where the source has them", async () => {
  await using rig = await startRig({ renditions: ["source", "360p", "144p"] });
  rig.publish(withKey("ladder"), { gop: 30, video: "testsrc2=size=426x240:rate=30" });
  const names = ["source", "360p", "144p"];
  await rig.until("three seconds of each", () => names.every((name) => videoUntil(rig, "live/ladder", name) > 4_200));
  assert.deepEqual(rig.events[0]?.kind === "started" && rig.events[0].start.renditions, names);
  assert.deepEqual(
    names.map((name) => rig.tracks("live/ladder", name).map(({ height }) => height)),
    [
      [240, undefined],
      [240, undefined],
      [144, undefined],
    ],
  );
  assert.deepEqual(rig.engine.publishers()[0]?.video, { codec: "H.264", width: 426, height: 240 });
  const [source = [], ...others] = names.map((name) => keyframesOf(rig.samples("live/ladder", name)).filter((ptsMs) => ptsMs < 4_200));
  assert.ok(source.length >= 3);
  for (const other of others) {
    assert.equal(other.length, source.length);
    assert.ok(
      other.every((ptsMs, index) => Math.abs(ptsMs - (source[index] ?? 0)) <= 1),
      `${other.join(" ")} against ${source.join(" ")}`,
    );
  }
  for (const name of names) {
    const probed = await rig.ffprobe("live/ladder", name, ["-select_streams", "v", "-show_entries", "packet=flags", "-of", "csv=p=0"]);
    const lines = probed.trim().split("\n");
    assert.ok(
      lines.length > 60 && lines.every((line) => /^[K_][_D]/.test(line)),
      `${name}: ffprobe reads it: ${lines.slice(0, 3).join("|")}`,
    );
    assert.equal(lines[0]?.[0], "K");
  }
});

test("KEYFRAMES=auto re-encodes a source whose keyframes are too far apart, repeats nothing, and says so", async () => {
  await using rig = await startRig({ segmentDurationS: 1 });
  rig.publish(withKey("auto"), { gop: 250 });
  await rig.until("re-encoding", () => rig.count("started", "live/auto") === 2);
  await rig.until("three seconds of it", () => videoUntil(rig, "live/auto", "source") > 6_500);
  const [stats] = rig.engine.publishers();
  assert.equal(stats?.reencoding, true);
  assert.match(stats?.advice ?? "", /Keyframes come every \d+\.\d s: set Keyframe Interval to 1 s in OBS → Settings → Output/);
  assert.equal(stats?.ffmpegRestarts, 0);

  const copied = rig.samples("live/auto", "source", 0).filter(({ kind }) => kind === "video");
  const encoded = rig.samples("live/auto", "source", 1).filter(({ kind }) => kind === "video");
  const start = rig.events.findLast((event) => event.kind === "started");
  assert.ok(start?.kind === "started" && start.start.continues === true);
  const [first, last] = [encoded[0], copied.at(-1)];
  assert.ok(first && last);
  assert.ok(start.start.skipUntilMs > last.endMs - 100 && start.start.skipUntilMs < first.endMs);
  assert.ok(first.dtsMs > last.dtsMs, "nothing is repeated");
  assert.ok(first.dtsMs - last.dtsMs < 200, `and nothing is missing: ${first.dtsMs - last.dtsMs} ms`);
  assert.equal(first.keyframe, true);
  const keyframes = keyframesOf(encoded);
  const gaps = keyframes.slice(1).map((ptsMs, index) => ptsMs - (keyframes[index] ?? 0));
  assert.ok(gaps.length >= 2 && gaps.every((gap) => Math.abs(gap - 1_000) <= 40), `a keyframe each second: ${gaps.join(" ")}`);
});

test("KEYFRAMES=copy never re-encodes, KEYFRAMES=encode always", async () => {
  await using copying = await startRig({ segmentDurationS: 1, keyframes: "copy" });
  await using encoding = await startRig({ segmentDurationS: 1, keyframes: "encode", renditions: ["source", "144p"] });
  copying.publish(withKey("copy"), { gop: 250 });
  encoding.publish(withKey("encode"), { gop: 250 });
  await copying.until("copied media", () => videoUntil(copying, "live/copy", "source") > 4_000);
  await encoding.until("encoded media", () => videoUntil(encoding, "live/encode", "144p") > 4_000);
  assert.equal(copying.count("started", "live/copy"), 1);
  assert.equal(keyframesOf(copying.samples("live/copy", "source")).length, 1);
  assert.match(copying.engine.publishers()[0]?.advice ?? "", /set Keyframe Interval/);
  const [source = [], small = []] = ["source", "144p"].map((name) =>
    keyframesOf(encoding.samples("live/encode", name)).filter((ms) => ms < 4_000),
  );
  assert.ok(source.length >= 3, source.join(" "));
  assert.deepEqual(small, source);
});
