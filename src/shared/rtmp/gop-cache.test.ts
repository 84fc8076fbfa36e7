import assert from "node:assert/strict";
import { test } from "node:test";
import { createGopCache } from "./gop-cache.ts";
import type { CachedFrame } from "./gop-cache.ts";

const frame = (kind: "I" | "P" | "A", mediaMs: number, bytes = 10): CachedFrame => ({
  tag: Buffer.alloc(bytes),
  video: kind !== "A",
  keyframe: kind === "I",
  mediaMs,
  compositionMs: 0,
});
const times = (frames: readonly CachedFrame[]) => frames.map(({ mediaMs }) => mediaMs);

test("starts at a keyframe and forgets the group before when the next one begins", () => {
  const cache = createGopCache({ maxBytes: 1_000, audioOnlyMs: 100 });
  cache.push(frame("P", 0), -1);
  assert.equal(cache.hasKeyframe, false);
  for (const next of [frame("I", 33), frame("P", 66), frame("A", 70)]) cache.push(next, -1);
  assert.deepEqual(times(cache.frames), [33, 66, 70]);
  cache.push(frame("A", 101), -1);
  cache.push(frame("I", 100), -1);
  assert.deepEqual(times(cache.frames), [101, 100], "audio that plays with the new picture stays");
  assert.equal(cache.bytes, 20);
});

test("keeps earlier groups while they are not handed out", () => {
  const cache = createGopCache({ maxBytes: 1_000, audioOnlyMs: 100 });
  cache.push(frame("I", 0), 0);
  cache.push(frame("P", 500), 400);
  cache.push(frame("I", 1_000), 400);
  cache.push(frame("I", 2_000), 400);
  assert.deepEqual(times(cache.frames), [0, 500, 1_000, 2_000]);
  cache.push(frame("I", 3_000), 1_500);
  assert.deepEqual(times(cache.frames), [1_000, 2_000, 3_000]);
});

test("is bounded: old groups go first, a group that is too large goes whole, until the next keyframe", () => {
  const evicted: number[] = [];
  const cache = createGopCache({ maxBytes: 100, audioOnlyMs: 100, evicted: ({ mediaMs }) => void evicted.push(mediaMs) });
  cache.push(frame("I", 0, 60), 0);
  cache.push(frame("I", 1_000, 60), 0);
  assert.deepEqual(times(cache.frames), [1_000]);
  cache.push(frame("P", 1_033, 60), 0);
  assert.deepEqual([cache.frames.length, cache.bytes, cache.hasKeyframe], [0, 0, false]);
  cache.push(frame("P", 1_066, 10), 0);
  cache.push(frame("A", 1_070, 10), 0);
  assert.equal(cache.frames.length, 0, "nothing that could not be decoded");
  cache.push(frame("I", 2_000, 60), 0);
  assert.equal(cache.hasKeyframe, true);
  assert.deepEqual(evicted, [0, 1_000, 1_033, 1_066, 1_070], "whoever counts what is lost is told");
});

test("without video, only the newest audio is kept", () => {
  const cache = createGopCache({ maxBytes: 1_000_000, audioOnlyMs: 100 });
  for (let ms = 0; ms < 10_000; ms += 20) cache.push(frame("A", ms), ms);
  assert.ok(cache.frames.length <= 11 && cache.frames.length >= 5, `${cache.frames.length} frames`);
  assert.equal(cache.frames.at(-1)?.mediaMs, 9_980);
  assert.equal(cache.bytes, cache.frames.length * 10);
  assert.equal(cache.hasAudio, true);
  cache.clear();
  assert.equal(cache.hasAudio, false);
});

test("is bounded in frames too: sound whose time stands still, and pictures of a few bytes without a keyframe after them", () => {
  const sound = createGopCache({ maxBytes: 1e9, audioOnlyMs: 100 });
  const picture = createGopCache({ maxBytes: 1e9, audioOnlyMs: 100 });
  picture.push(frame("I", 0), -1);
  for (let index = 0; index < 25_000; index += 1) {
    sound.push(frame("A", 0), -1);
    picture.push(frame("P", 0), -1);
    assert.ok(sound.frames.length <= 10_000 && picture.frames.length <= 10_000);
  }
});
