import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlaybackModel } from "./playback-model.ts";

const part = 333;
/** Parts that come every 333 ms from 0 on, three of them at once at the beginning. */
function playing(untilMs: number) {
  const model = createPlaybackModel(1_000);
  let endsAt = 10_000;
  const arrive = (nowMs: number): void => model.arrived(nowMs, part, (endsAt += part));
  for (let count = 0; count < 3; count += 1) arrive(0);
  let nowMs = 0;
  while (nowMs + part <= untilMs) arrive((nowMs += part));
  return { model, arrive, nowMs };
}

test("media that comes in time plays without a stall, at a steady distance from the edge", () => {
  const { model, nowMs } = playing(10_000);
  assert.deepEqual(model.figures(nowMs), { stalls: 0, stalledMs: 0, longestStallMs: 0, playedMs: nowMs, waitedMs: 0 });
  assert.equal(model.positionMs(nowMs), 10_000 + nowMs);
  assert.equal(model.positionMs(nowMs + 500), 10_000 + nowMs + 500, "between two parts, too");
});

test("a stall begins when the buffer is empty, not when the last part came", () => {
  const { model, arrive, nowMs } = playing(2_000);
  // 999 ms are buffered.
  assert.equal(model.isStalled(nowMs + 1_200), false, "200 ms are no stall yet");
  assert.equal(model.isStalled(nowMs + 1_499), true);
  assert.deepEqual([model.figures(nowMs + 1_499).stalls, model.figures(nowMs + 1_499).stalledMs], [1, 500]);
  arrive(nowMs + 1_999);
  const { stalls, stalledMs, longestStallMs } = model.figures(nowMs + 1_999);
  assert.deepEqual([stalls, stalledMs, longestStallMs], [1, 1_000, 1_000]);
});

test("gaps under 0.3 s are no stalls, however many", () => {
  const model = createPlaybackModel(1_000);
  for (let nowMs = 0; nowMs < 10_000; nowMs += part + 250) model.arrived(nowMs, part, nowMs);
  assert.equal(model.figures(10_000).stalls, 0);
});

test("what came late is caught up at 5 %", () => {
  const { model, arrive, nowMs } = playing(2_000);
  // 2 s late, and then six parts at once: 1 s more is buffered than the hold-back.
  for (let count = 0; count < 6; count += 1) arrive(nowMs + 2_000);
  const before = model.positionMs(nowMs + 2_000) ?? 0;
  assert.equal(Math.round((model.positionMs(nowMs + 2_500) ?? 0) - before), 525);
});

test("a teacher who is away is nobody's stall; what stood before is", () => {
  const { model, arrive, nowMs } = playing(2_000);
  model.sourceAway(nowMs + 100);
  assert.equal(model.isStalled(nowMs + 60_000), false);
  arrive(nowMs + 60_999);
  assert.deepEqual([model.figures(nowMs + 60_999).stalls, model.figures(nowMs + 60_999).waitedMs], [0, 60_000]);

  const late = playing(2_000);
  late.model.sourceAway(late.nowMs + 1_999);
  late.arrive(late.nowMs + 4_999);
  const { stalls, stalledMs, waitedMs } = late.model.figures(late.nowMs + 4_999);
  assert.deepEqual([stalls, stalledMs, waitedMs], [1, 1_000, 3_000]);
});

test("before the first picture nothing stalls", () => {
  const model = createPlaybackModel(1_000);
  assert.equal(model.isStalled(50_000), false);
  assert.equal(model.positionMs(50_000), undefined);
  assert.equal(model.figures(50_000).playedMs, 0);
});
