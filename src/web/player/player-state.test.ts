import assert from "node:assert/strict";
import { test } from "node:test";
import { initialPlayerState, stepPlayer, type PlayerEvent, type PlayerState } from "./player-state.ts";

const after = (...events: PlayerEvent[]): PlayerState => events.reduce(stepPlayer, initialPlayerState);
const progressed: PlayerEvent = { type: "progressed" };
const stalled: PlayerEvent = { type: "stalled" };
const loaded: PlayerEvent = { type: "loaded" };
const failed = (status: number): PlayerEvent => ({ type: "load_failed", status });

test("a stream that is not there yet is waited for", () => {
  for (const status of [404, 503]) assert.equal(after(failed(status)).phase, "waiting_for_teacher");
  assert.equal(after(failed(404), loaded, progressed).phase, "playing");
});

test("a node that does not answer is reconnected to", () => {
  for (const status of [0, 500, 502]) assert.equal(after(failed(status)).phase, "reconnecting");
});

test("what is buffered plays on before the viewer hears of trouble", () => {
  assert.equal(after(progressed, failed(503)).phase, "playing");
  assert.equal(after(progressed, failed(503), stalled).phase, "waiting_for_teacher");
  assert.equal(after(progressed, failed(0), stalled).phase, "reconnecting");
  assert.equal(after(progressed, failed(503), stalled, loaded).phase, "buffering");
  assert.equal(after(progressed, failed(503), loaded, stalled).phase, "buffering");
});

test("a picture that stands for long without an error means that the teacher is away", () => {
  assert.equal(after(progressed, stalled, { type: "stalled_for", ms: 2_900 }).phase, "buffering");
  assert.equal(after(progressed, stalled, { type: "stalled_for", ms: 3_000 }).phase, "waiting_for_teacher");
  assert.equal(after(progressed, failed(0), stalled, { type: "stalled_for", ms: 9_000 }).phase, "reconnecting");
  assert.equal(after({ type: "stalled_for", ms: 9_000 }).phase, "connecting");
});

test("stalls count once each, and only after playback began", () => {
  assert.equal(after(stalled, stalled).stalls, 0);
  assert.equal(after(progressed, stalled, stalled).stalls, 1);
  assert.equal(after(progressed, stalled, progressed, stalled).stalls, 2);
});

test("a pause is not trouble", () => {
  assert.equal(after(progressed, { type: "paused" }, failed(503)).phase, "paused");
  assert.equal(after(progressed, { type: "paused" }, progressed).phase, "playing");
});

test("a refusal is final", () => {
  assert.equal(after({ type: "refused" }, progressed, loaded).phase, "refused");
});
