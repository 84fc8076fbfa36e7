import assert from "node:assert/strict";
import { test } from "node:test";
import { createInputLosses } from "./input-losses.ts";

test("a frame without room is lost at once where no ffmpeg has it, and with ffmpeg where one has", () => {
  const losses = createInputLosses();
  losses.evicted(1_000, 1_500, false);
  assert.equal(losses.frames, 0, "handed out before");
  losses.evicted(2_000, 1_500, false);
  assert.equal(losses.frames, 1);
  losses.evicted(2_100, 1_500, true);
  losses.evicted(2_200, 1_500, true);
  assert.equal(losses.frames, 1, "ffmpeg may still hand them out");
  losses.ffmpegGone(2_100);
  assert.equal(losses.frames, 2, "it handed out one of the two");
  losses.ffmpegGone(2_100);
  assert.equal(losses.frames, 2);
});

test("where ffmpeg begins anew, what it had not handed out is lost", () => {
  const losses = createInputLosses();
  losses.evicted(900, 800, true);
  losses.begunAnew([1_000, 1_033, 1_066], 1_033);
  assert.equal(losses.frames, 1);
  losses.begunAnew([2_000, 2_033], -1);
  assert.equal(losses.frames, 3);
});
