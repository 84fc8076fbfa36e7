import assert from "node:assert/strict";
import { test } from "node:test";
import { createLiveHealth } from "./live-health.ts";
import type { LiveSample } from "./live-health.ts";

const sample = (nowMs: number, packets: number, frames: number, more: Partial<LiveSample> = {}): LiveSample => ({
  nowMs,
  packets,
  frames,
  connection: "connected",
  hidden: false,
  ...more,
});

test("a picture that moves is well; one that stands is stalled, and one that nothing comes for is silent, then lost", () => {
  const health = createLiveHealth(0);
  assert.equal(health.step(sample(250, 10, 5)), "well");
  assert.equal(health.step(sample(500, 20, 5)), "well");
  assert.equal(health.step(sample(1_000, 30, 5)), "stalled", "packets come, but nothing that can be shown");
  assert.equal(health.step(sample(1_250, 30, 6)), "well");
  for (let nowMs = 1_500; nowMs <= 3_000; nowMs += 250) health.step(sample(nowMs, 30, 6));
  assert.equal(health.step(sample(3_250, 30, 6)), "silent");
  assert.equal(health.step(sample(3_550, 30, 6)), "lost", "the picture is to move again within 3 s");
});

test("while packets come, the next keyframe is waited for", () => {
  const health = createLiveHealth(0);
  for (let nowMs = 250; nowMs <= 3_900; nowMs += 250) health.step(sample(nowMs, nowMs, 6));
  assert.equal(health.step(sample(4_200, 5_000, 6)), "stalled");
  assert.equal(health.step(sample(4_500, 6_000, 6)), "lost");
});

test("what the browser calls failed is lost at once; what it calls disconnected may come back", () => {
  const health = createLiveHealth(0);
  assert.equal(health.step(sample(250, 1, 1, { connection: "disconnected" })), "well");
  assert.equal(health.step(sample(500, 2, 2, { connection: "failed" })), "lost");
  assert.equal(createLiveHealth(0).step(sample(10, 0, 0, { connection: "closed" })), "lost");
});

test("hidden pages show no pictures, and a device that slept has missed nothing that counts", () => {
  const health = createLiveHealth(0);
  for (let nowMs = 250; nowMs <= 10_000; nowMs += 250) assert.equal(health.step(sample(nowMs, nowMs, 7, { hidden: true })), "well");
  assert.equal(health.step(sample(3_600_000, 10_000, 7)), "well");
  assert.equal(health.step(sample(3_600_700, 10_000, 7)), "silent");
});
