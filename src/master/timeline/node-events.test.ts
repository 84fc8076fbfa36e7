import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeEvents } from "./node-events.ts";
import type { WatchedNode } from "./node-events.ts";

const node = (changes: Partial<WatchedNode> = {}, instance = "1"): WatchedNode => ({
  status: "healthy",
  liveness: "alive",
  draining: false,
  ...changes,
  info: { nodeId: "a", instance },
});

test("a node joins, is silent, is heard, is gone", () => {
  const events = createNodeEvents(() => false);
  assert.deepEqual(events.changed(node({ status: "registering", liveness: "registering" })), ["joined"]);
  assert.deepEqual(events.changed(node()), []);
  assert.deepEqual(events.changed(node({ status: "warning" })), [], "load is no event");
  assert.deepEqual(events.changed(node({ status: "suspect", liveness: "suspect" })), ["suspect"]);
  assert.deepEqual(events.changed(node()), ["recovered"]);
  assert.deepEqual(events.changed(node({ status: "suspect", liveness: "suspect" })), ["suspect"]);
  assert.deepEqual(events.changed(node({ status: "offline", liveness: "offline" })), ["offline"]);
  assert.deepEqual(events.changed(node()), ["returned"]);
  assert.deepEqual(events.gone("a"), ["left"]);
  assert.deepEqual(events.gone("a"), []);
});

test("who was forgotten went offline long ago; who comes again under another process, or to a restarted master, returns", () => {
  const events = createNodeEvents((nodeId) => nodeId === "a");
  assert.deepEqual(events.changed(node()), ["returned"]);
  assert.deepEqual(events.changed(node({ status: "registering", liveness: "registering" }, "2")), ["returned"]);
  assert.deepEqual(events.changed(node({}, "2")), []);
  assert.deepEqual(events.changed(node({ status: "offline", liveness: "offline" }, "2")), ["offline"]);
  assert.deepEqual(events.gone("a"), []);
});

test("a drain has a beginning and an end", () => {
  const events = createNodeEvents(() => false);
  events.changed(node());
  assert.deepEqual(events.changed(node({ status: "draining", draining: true })), ["draining"]);
  assert.deepEqual(events.changed(node({ status: "drained", draining: true })), ["drained"]);
  assert.deepEqual(events.changed(node({ status: "suspect", liveness: "suspect", draining: true })), ["suspect"]);
  assert.deepEqual(events.changed(node({ status: "drained", draining: true })), ["recovered"]);
  assert.deepEqual(events.changed(node()), ["undrained"]);
  assert.deepEqual(events.changed(node({ status: "drained", draining: true })), ["draining", "drained"]);
  assert.deepEqual(events.gone("a"), ["left"]);
});
