import assert from "node:assert/strict";
import { test } from "node:test";
import { createDropMeter } from "./drop-meter.ts";

/** Times of frames as RTMP says them: whole milliseconds. */
const times = (fps: number, seconds: number, fromMs = 0): number[] =>
  Array.from({ length: Math.round(fps * seconds) }, (_, index) => Math.round(fromMs + (index * 1_000) / fps));

function dropsOf(frames: readonly number[]): number {
  const meter = createDropMeter();
  for (const mediaMs of frames) meter.frame(mediaMs);
  return meter.dropped;
}

test("nothing is missing of a stream of any frame rate", () => {
  for (const fps of [5, 10, 15, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60, 120]) assert.equal(dropsOf(times(fps, 60)), 0, `${fps}/s`);
});

test("frames up to the next keyframe, and single ones, are counted", () => {
  for (const fps of [15, 25, 29.97, 30, 60]) {
    const all = times(fps, 30);
    const missing = new Set([100, 200, 201, 202, ...Array.from({ length: fps * 4 }, (_, index) => 300 + index)].map(Math.floor));
    const kept = all.filter((_, index) => !missing.has(index));
    const expected = all.length - kept.length;
    assert.ok(Math.abs(dropsOf(kept) - expected) <= 1, `${dropsOf(kept)} of ${expected} at ${fps}/s`);
  }
});

test("B-frames that are left out for a while are counted when the others come again", () => {
  const all = times(30, 20);
  const kept = all.filter((_, index) => index < 200 || index > 230 || index % 3 === 0);
  assert.equal(dropsOf(kept), all.length - kept.length);
});

test("another frame rate is no loss, and is learned", () => {
  const slower = [...times(30, 10), ...times(15, 10, 10_000)];
  assert.equal(dropsOf(slower), 0);
  assert.equal(dropsOf([...times(15, 10), ...times(30, 10, 10_000)]), 0);
  const lossLater = [...slower, ...times(15, 10, 20_000).filter((_, index) => index < 50 || index >= 60)];
  assert.equal(dropsOf(lossLater), 10);
});

test("frames that come as they happen are not missing when they do not", () => {
  let mediaMs = 0;
  const slides = Array.from({ length: 500 }, (_, index) => (mediaMs += 40 + ((index * 7_919) % 400)));
  assert.equal(dropsOf(slides), 0);
});

test("a pause is none, nor is a new clock", () => {
  assert.equal(dropsOf([...times(30, 10), ...times(30, 10, 25_000)]), 0);
  const again = [...times(30, 10), ...times(30, 10, 1_000).filter((_, index) => index < 100 || index >= 110)];
  assert.equal(dropsOf(again), 10, "of the second beginning");
  const meter = createDropMeter();
  for (const mediaMs of times(30, 10)) meter.frame(mediaMs);
  meter.restart();
  for (const mediaMs of times(30, 10, 12_000)) meter.frame(mediaMs);
  assert.equal(meter.dropped, 0);
});

test("whatever times come, the count is a whole number, and no more than time can hold", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 50; round += 1) {
    const meter = createDropMeter();
    let mediaMs = 0;
    for (let index = 0; index < 2_000; index += 1) {
      mediaMs += random() < 0.05 ? Math.floor(random() * 20_000) - 5_000 : Math.floor(random() * 50);
      meter.frame(mediaMs);
    }
    assert.ok(Number.isInteger(meter.dropped) && meter.dropped >= 0 && meter.dropped <= 2_000 * 10_000, `${meter.dropped}`);
  }
});
