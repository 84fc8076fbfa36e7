import assert from "node:assert/strict";
import { test } from "node:test";
import { areShown, initialControls, lingerMs, stepControls, type ControlsEvent, type ControlsState } from "./control-visibility.ts";

/** The state after events, each at its time in ms. */
const after = (...events: readonly (readonly [ControlsEvent, number])[]): ControlsState =>
  events.reduce((state, [event, atMs]) => stepControls(state, event, atMs), initialControls(0));

test("controls are there at first, and go after a while", () => {
  assert.ok(areShown(initialControls(0), lingerMs - 1));
  assert.ok(!areShown(initialControls(0), lingerMs));
});

test("activity brings them back for as long again", () => {
  const state = after([{ type: "active" }, 10_000]);
  assert.ok(areShown(state, 10_000 + lingerMs - 1));
  assert.ok(!areShown(state, 10_000 + lingerMs));
});

test("a finger on the picture calls them, another one sends them away", () => {
  const called = after([{ type: "tapped" }, 10_000]);
  assert.ok(areShown(called, 10_001));
  assert.ok(!areShown(stepControls(called, { type: "tapped" }, 10_500), 10_500));
});

test("a mouse that leaves takes them along", () => {
  assert.ok(!areShown(after([{ type: "active" }, 100], [{ type: "left" }, 200]), 200));
});

test("they stay for an open menu, a pause or a keyboard's focus, and for a moment longer", () => {
  for (const by of ["menu", "paused", "focus", "notice"] as const) {
    const held = after([{ type: "held", by }, 0]);
    assert.ok(areShown(held, 60_000), by);
    assert.ok(areShown(stepControls(held, { type: "tapped" }, 60_000), 60_000), "a tap does not hide what is needed");
    const released = stepControls(held, { type: "released", by }, 60_000);
    assert.ok(areShown(released, 60_000 + lingerMs - 1));
    assert.ok(!areShown(released, 60_000 + lingerMs));
  }
});

test("one hold does not end another", () => {
  const state = after([{ type: "held", by: "menu" }, 0], [{ type: "held", by: "paused" }, 0], [{ type: "released", by: "menu" }, 10]);
  assert.ok(areShown(state, 60_000));
});
