import assert from "node:assert/strict";
import { test } from "node:test";
import type { CachedFrame } from "../../../shared/rtmp/gop-cache.ts";
import { createStreamCopies } from "./stream-copies.ts";
import type { CopySource } from "./stream-copies.ts";
import type { Track } from "./track-set.ts";

const track = (kind: "video" | "audio"): Track => ({
  kind,
  codec: kind === "video" ? "h264" : "aac",
  name: kind,
  needsConfig: true,
  config: Buffer.from(kind),
  copyAs: kind === "video" ? "h264" : undefined,
  unsupported: undefined,
});
const frame = (mediaMs: number, video: boolean, keyframe = false): CachedFrame => ({
  tag: Buffer.from(String(mediaMs)),
  video,
  keyframe,
  mediaMs,
  compositionMs: 0,
});
const source = (frames: readonly CachedFrame[], video = true): CopySource => ({
  tracks: { video: video ? track("video") : undefined, audio: track("audio") },
  frames,
  frameRate: 30,
  keyframeIntervalS: 2,
});

test("a copy begins with the newest keyframe, gets what comes, and hears of its end once", () => {
  const copies = createStreamCopies();
  const got: string[] = [];
  const listener = { tag: (tag: Buffer) => void got.push(String(tag)), over: () => void got.push("over") };
  const frames = [frame(0, true, true), frame(10, false), frame(40, true, true), frame(50, false), frame(80, true)];
  const start = copies.begin(listener, source(frames));
  assert.deepEqual(
    start?.frames.map(({ mediaMs }) => mediaMs),
    [40, 50, 80],
  );
  assert.deepEqual(start.video, { codec: "h264", bFrames: false, keyframeIntervalS: 2 });
  copies.frame(Buffer.from("120"), 33);
  copies.end();
  copies.frame(Buffer.from("160"), 0);
  copies.end();
  assert.deepEqual(got, ["120", "over"]);
});

test("where nothing could be decoded no copy begins; sound alone is enough where there is no picture", () => {
  const copies = createStreamCopies();
  const listener = { tag() {}, over() {} };
  assert.equal(copies.begin(listener, source([])), undefined);
  assert.equal(copies.begin(listener, source([frame(0, false)])), undefined, "its picture waits for a keyframe");
  assert.equal(copies.begin(listener, source([], false)), undefined);
  const sound = copies.begin(listener, source([frame(0, false)], false));
  assert.equal(sound?.video, undefined);
  assert.equal(sound?.hasAudio, true);
});

test("B-frames are known to later copies until the stream begins afresh; who stops gets nothing more", () => {
  const copies = createStreamCopies();
  const frames = [frame(0, true, true)];
  let tags = 0;
  const listener = { tag: () => void (tags += 1), over() {} };
  copies.frame(Buffer.from("x"), 33);
  copies.end();
  const start = copies.begin(listener, source(frames));
  assert.equal(start?.video?.bFrames, true);
  start.stop();
  copies.frame(Buffer.from("y"), 0);
  assert.equal(tags, 0);
  copies.startAfresh();
  assert.equal(copies.begin(listener, source(frames))?.video?.bFrames, false);
});
