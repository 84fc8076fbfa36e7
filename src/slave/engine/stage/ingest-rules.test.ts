// The small pure pieces of ingest: meters, timeline, restarts, delivery, names, tracks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveryMark } from "./delivery-mark.ts";
import { createKeyframeMeter, createRateMeter, keyframeAdvice, keyframesTooFarApart } from "./keyframe-meter.ts";
import { readRelease } from "./locate-ffmpeg.ts";
import { createMediaTimeline } from "./media-timeline.ts";
import { noRestarts, stepRestart } from "./restart-policy.ts";
import { isRtmpApp, readStreamTarget } from "../../../shared/rtmp/stream-target.ts";
import { describeTrack, isReady } from "./track-set.ts";

test("keyframe meter: interval between the last two, time since the last without waiting for the next", () => {
  const meter = createKeyframeMeter();
  assert.deepEqual([meter.intervalS, meter.sinceKeyframeMs], [undefined, 0]);
  meter.frame(1_000, true);
  for (let ms = 2_000; ms <= 5_500; ms += 500) meter.frame(ms, false);
  assert.deepEqual([meter.intervalS, meter.sinceKeyframeMs], [undefined, 4_500]);
  meter.frame(9_300, true);
  assert.deepEqual([meter.intervalS, meter.sinceKeyframeMs], [8.3, 0]);
  meter.frame(15_000, false);
  assert.equal(meter.sinceKeyframeMs, 1_000, "a hole in the stream is no missing keyframe");
  assert.equal(keyframesTooFarApart(4_000, 2), false);
  assert.equal(keyframesTooFarApart(4_001, 2), true);
});

test("advice comes when keyframes are further apart than a segment, and names the setting", () => {
  assert.equal(keyframeAdvice(undefined, 2), undefined);
  assert.equal(keyframeAdvice(2.03, 2), undefined);
  assert.equal(keyframeAdvice(8.333, 2), "Keyframes come every 8.3 s: set Keyframe Interval to 2 s in OBS → Settings → Output");
});

test("rate meter: per second over the last seconds, and nothing after silence", () => {
  const meter = createRateMeter(5);
  for (let ms = 0; ms < 10_000; ms += 100) meter.add(100, ms);
  const rate = meter.perSecond(9_950);
  assert.ok(rate > 950 && rate < 1_050, `${rate}`);
  assert.equal(meter.perSecond(20_000), 0);
});

test("timeline: starts at 1 s, survives small disorder, begins anew when a clock was set", () => {
  const timeline = createMediaTimeline();
  assert.deepEqual(timeline.place(9, 70_000, 500_000), { mediaMs: 1_000, jumped: false });
  assert.equal(timeline.epochWallMs, 499_000);
  assert.deepEqual(timeline.place(8, 69_980, 500_001), { mediaMs: 980, jumped: false });
  assert.deepEqual(timeline.place(9, 79_900, 510_000), { mediaMs: 10_900, jumped: false });
  assert.deepEqual(timeline.place(9, 79_500, 510_000), { mediaMs: 10_500, jumped: false });
  assert.deepEqual(timeline.place(9, 0, 520_000), { mediaMs: 1_000, jumped: true });
  assert.equal(timeline.epochWallMs, 519_000);
  assert.deepEqual(timeline.place(9, 11_000, 531_000), { mediaMs: 1_000, jumped: true });
});

test("restarts: five within a minute with growing delays, then given up; old failures do not count", () => {
  let state = noRestarts;
  const delays: (number | string)[] = [];
  for (const nowMs of [0, 100, 200, 300, 400, 500]) {
    const next = stepRestart(state, nowMs);
    state = next.state;
    delays.push(next.effect.kind === "restart" ? next.effect.delayMs : next.effect.kind);
  }
  assert.deepEqual(delays, [50, 100, 200, 400, 800, "give_up"]);
  assert.deepEqual(stepRestart(state, 60_500).effect, { kind: "restart", delayMs: 50 });
});

test("delivery: what was handed out is not new, and pictures encoded anew join at a keyframe", () => {
  const mark = createDeliveryMark();
  const of = (videoEndMs?: number, audioEndMs?: number, independent = false) => ({ videoEndMs, audioEndMs, independent });
  assert.equal(mark.resume(new Set(["720p"])).isNew("720p", of(33)), true, "nothing was handed out yet");
  mark.add(of(1_000, 990));
  mark.add(of(undefined, 1_010));
  assert.deepEqual([mark.videoUntilMs, mark.everythingUntilMs], [1_000, 1_000]);
  const resume = mark.resume(new Set(["720p"]));
  assert.equal(resume.isNew("source", of(1_000.5, 1_000)), false);
  assert.equal(resume.isNew("source", of(undefined, 1_010)), false);
  assert.equal(resume.isNew("source", of(1_033)), true);
  assert.equal(resume.isNew("720p", of(1_033)), false);
  assert.equal(resume.isNew("720p", of(2_000, undefined, true)), true);
  assert.equal(resume.isNew("720p", of(2_033)), true);
  mark.reset();
  assert.equal(mark.everythingUntilMs, -1);
});

test("stream names: as OBS and ffmpeg send them, and nothing else", () => {
  assert.deepEqual(readStreamTarget("live", "math-3b?key=a%2Bb"), { path: "live/math-3b", key: "a+b", token: undefined, relay: undefined });
  assert.deepEqual(readStreamTarget("live", "math?jwt=x.y.z&key=a+b"), { path: "live/math", key: "a+b", token: "x.y.z", relay: undefined });
  assert.deepEqual(readStreamTarget("live?key=k", "math"), { path: "live/math", key: "k", token: undefined, relay: undefined });
  assert.deepEqual(readStreamTarget("live", "math"), { path: "live/math", key: undefined, token: undefined, relay: undefined });
  for (const name of ["", "..", "a/b", "Math", "-i", "a b", "a?key=%zz", "a\n", "a".repeat(65), `a?key=${"k".repeat(5_000)}`]) {
    assert.equal(readStreamTarget("live", name), undefined, name.slice(0, 20));
  }
  assert.deepEqual(["live", "live/", "live?key=1", "live2", "", "admin", "live/x"].map(isRtmpApp), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("a stream is ready when its tracks are there, or not to be expected", () => {
  const none = { keyframe: false, audio: false, metadata: undefined, waitedMs: 0 };
  assert.equal(isReady({ ...none, waitedMs: 10_000 }), false);
  assert.equal(isReady({ ...none, keyframe: true, audio: true }), true);
  assert.equal(isReady({ ...none, keyframe: true, metadata: { hasVideo: true, hasAudio: false } }), true);
  assert.equal(isReady({ ...none, audio: true, metadata: { hasVideo: true, hasAudio: true }, waitedMs: 1_000 }), false);
  assert.equal(isReady({ ...none, audio: true, metadata: { hasVideo: true, hasAudio: true }, waitedMs: 2_000 }), true);
  assert.deepEqual(
    [isReady({ ...none, keyframe: true, waitedMs: 400 }), isReady({ ...none, keyframe: true, waitedMs: 500 })],
    [false, true],
  );
});

test("what cannot be carried says what to do", () => {
  const old = { version: "5.1", enhancedVideo: false, enhancedAudio: false };
  const video = { track: "video", role: "frame", keyframe: true, compositionMs: 0 } as const;
  assert.equal(describeTrack({ ...video, codec: "h264", name: "H.264", enhanced: false }, old).unsupported, undefined);
  assert.match(describeTrack({ ...video, codec: "hevc", name: "hvc1", enhanced: true }, old).unsupported ?? "", /use ffmpeg 6.1 or newer/);
  assert.equal(
    describeTrack({ ...video, codec: "hevc", name: "hvc1", enhanced: true }, { ...old, enhancedVideo: true }).unsupported,
    undefined,
  );
  assert.match(describeTrack({ ...video, codec: "vp9", name: "vp09", enhanced: true }, old).unsupported ?? "", /choose H.264/);
});

test("versions of ffmpeg as distributions and builders write them", () => {
  assert.deepEqual(readRelease("5.1.9-0+deb12u1"), [5, 1]);
  assert.deepEqual(readRelease("4.4.2-0ubuntu0.22.04.1"), [4, 4]);
  assert.deepEqual(readRelease("n9.0.2-17-g2a571b6068-20260930"), [9, 0]);
  assert.deepEqual(readRelease("7.1"), [7, 1]);
  assert.equal(readRelease("N-118193-g5f38c82536-20241224"), undefined);
  assert.equal(readRelease("2024-12-19-git-494c961379"), undefined);
});
