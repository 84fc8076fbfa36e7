import assert from "node:assert/strict";
import { test } from "node:test";
import { createStreamEvents, endedAfterMs } from "./stream-events.ts";

const path = "live/math";
const at = (nodeId: string, epoch: number) => ({ nodeId, epoch });

test("a stream begins once, and ends when it has been away for long enough, at the moment it went", () => {
  const events = createStreamEvents();
  assert.deepEqual(events.changed(path, at("a", 1), 0, false), { kind: "stream_started", path, nodeId: "a", atMs: 0 });
  assert.equal(events.changed(path, at("a", 1), 1_000, false), undefined);
  assert.equal(events.changed(path, undefined, 5_000, false), undefined);
  assert.equal(events.changed(path, undefined, 6_000, false), undefined);
  assert.deepEqual(events.ended(5_000 + endedAfterMs - 1), []);
  assert.deepEqual(events.ended(5_000 + endedAfterMs), [{ kind: "stream_ended", path, nodeId: "a", atMs: 5_000 }]);
  assert.deepEqual(events.ended(100_000), []);
  assert.equal(events.changed(path, at("b", 2), 200_000, false)?.kind, "stream_started", "another lesson");
});

test("a short break at the same origin is none; another one under a higher epoch is a failover, with a gap or without", () => {
  const events = createStreamEvents();
  events.changed(path, at("a", 1), 0, false);
  events.changed(path, undefined, 1_000, false);
  assert.equal(events.changed(path, at("a", 2), 3_000, false), undefined);
  assert.deepEqual(events.changed(path, at("b", 3), 4_000, false), { kind: "failover", path, nodeId: "b", fromNodeId: "a", atMs: 4_000 });
  events.changed(path, undefined, 5_000, false);
  assert.equal(events.changed(path, at("c", 4), 9_000, false)?.fromNodeId, "b");
  assert.deepEqual(events.ended(100_000), []);
});

test("an old origin of a partition is not believed, and what a restarted master finds is no news", () => {
  const events = createStreamEvents();
  assert.equal(events.changed(path, at("a", 5), 0, true), undefined);
  assert.equal(events.changed(path, at("b", 4), 1_000, false), undefined);
  assert.equal(events.changed(path, at("a", 5), 2_000, false), undefined);
  assert.equal(events.changed(path, at("b", 6), 3_000, false)?.fromNodeId, "a");
});
