import assert from "node:assert/strict";
import { test } from "node:test";
import { createMediaTimeline } from "./media-timeline.ts";

const wallMs = 1_800_000_000_000;
/** Wall clock that a timeline gives a frame. */
function dateOf(timeline: ReturnType<typeof createMediaTimeline>, timestampMs: number, receivedMs = wallMs): number {
  const { mediaMs } = timeline.place(9, timestampMs, receivedMs);
  return timeline.epochWallMs + mediaMs;
}

test("without an anchor the first frame is dated by when it came, others by their distance from it", () => {
  const timeline = createMediaTimeline();
  assert.equal(dateOf(timeline, 5_000), wallMs);
  assert.equal(dateOf(timeline, 5_040, wallMs + 500), wallMs + 40);
});

test("with an anchor frames are dated by when the gateway got them, also those that it replays", () => {
  const timeline = createMediaTimeline({ timestampMs: 60_000, wallMs: wallMs - 1_000 });
  assert.equal(dateOf(timeline, 58_000), wallMs - 3_000);
  assert.equal(dateOf(timeline, 60_000), wallMs - 1_000);
});

test("timestamps may wrap between anchor and frame", () => {
  const timeline = createMediaTimeline({ timestampMs: 2 ** 32 - 100, wallMs: wallMs - 1_000 });
  assert.equal(dateOf(timeline, 400), wallMs - 500);
});

test("an anchor far from now is nonsense, and none survives a jump of the timestamps", () => {
  assert.equal(dateOf(createMediaTimeline({ timestampMs: 0, wallMs: wallMs - 3_600_000 }), 0), wallMs);
  assert.equal(dateOf(createMediaTimeline({ timestampMs: 0, wallMs: wallMs + 60_000 }), 0), wallMs);
  const timeline = createMediaTimeline({ timestampMs: 0, wallMs: wallMs - 3_000 });
  assert.equal(dateOf(timeline, 0), wallMs - 3_000);
  assert.equal(dateOf(timeline, 500_000, wallMs + 40), wallMs + 40);
});
