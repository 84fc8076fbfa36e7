import assert from "node:assert/strict";
import { test } from "node:test";
import { deadlineOf, isRoutable, levelOf, registeredNode, statusOf, step, suspectAfterMs } from "./node-state.ts";
import type { LoadLevel, NodeEvent, NodeLimits, NodeState } from "./node-state.ts";

const limits: NodeLimits = {
  warningPercent: 70,
  criticalPercent: 90,
  suspectAfterMs: suspectAfterMs(5_000),
  offlineAfterMs: 30_000,
  forgetAfterMs: 600_000,
};

function run(state: NodeState, events: [number, NodeEvent][]): NodeState {
  return events.reduce((current, [now, event]) => step(current, event, now, limits).state, state);
}

const beat = (loadPercent: number): NodeEvent => ({ type: "heartbeat", loadPercent, idle: loadPercent === 0, leaving: false });
const clock: NodeEvent = { type: "clock" };

test("levels have thresholds that hold, and are left 5 points below", () => {
  const table: [LoadLevel, number, LoadLevel][] = [
    ["healthy", 69.9, "healthy"],
    ["healthy", 70, "warning"],
    ["healthy", 90, "critical"],
    ["warning", 65, "warning"],
    ["warning", 64.9, "healthy"],
    ["warning", 89.9, "warning"],
    ["warning", 90, "critical"],
    ["critical", 85, "critical"],
    ["critical", 84.9, "warning"],
    ["critical", 65, "warning"],
    ["critical", 64.9, "healthy"],
    ["critical", 140, "critical"],
  ];
  for (const [previous, load, expected] of table) assert.equal(levelOf(previous, load, limits), expected, `${previous} at ${load} %`);
});

test("a registered node is not routable before its first heartbeat", () => {
  const registered = registeredNode(0, false);
  assert.equal(statusOf(registered), "registering");
  assert.equal(isRoutable(registered), false);
  const alive = run(registered, [[100, beat(0)]]);
  assert.equal(statusOf(alive), "healthy");
  assert.equal(isRoutable(alive), true);
});

test("silence: suspect after two heartbeats and a tolerance, offline exactly at its deadline", () => {
  const alive = run(registeredNode(0, false), [[1_000, beat(10)]]);
  const table: [number, string][] = [
    [1_000 + 10_499, "healthy"],
    [1_000 + 10_500, "suspect"],
    [1_000 + 29_999, "suspect"],
    [1_000 + 30_000, "offline"],
  ];
  for (const [now, status] of table) assert.equal(statusOf(run(alive, [[now, clock]])), status, `at ${now}`);
  assert.equal(deadlineOf(alive, limits), 11_500);
  assert.equal(deadlineOf(run(alive, [[11_500, clock]]), limits), 31_000);
  assert.equal(deadlineOf(run(alive, [[31_000, clock]]), limits), 601_000);
});

test("a late look finds the same end as a look in time", () => {
  const alive = run(registeredNode(0, false), [[0, beat(10)]]);
  const late = step(alive, clock, 45_000, limits);
  assert.deepEqual(late.effects, [{ type: "changed", from: "healthy", to: "offline", silentMs: 45_000 }]);
  assert.deepEqual(step(late.state, clock, 600_000, limits).effects, [{ type: "forget" }]);
});

test("when heartbeats are so rare that two of them are longer than OFFLINE_AFTER, offline wins", () => {
  const slow = { ...limits, suspectAfterMs: 40_500 };
  const alive = step(registeredNode(0, false), beat(0), 0, slow).state;
  assert.equal(deadlineOf(alive, slow), 30_000);
  assert.equal(statusOf(step(alive, clock, 30_000, slow).state), "offline");
});

test("a heartbeat brings a silent node back, a drained one stays drained", () => {
  const offline = run(registeredNode(0, false), [
    [0, beat(0)],
    [30_000, clock],
  ]);
  assert.equal(statusOf(run(offline, [[40_000, beat(75)]])), "warning");
  const drained = run(offline, [
    [31_000, { type: "drain", draining: true }],
    [40_000, beat(0)],
  ]);
  assert.equal(statusOf(drained), "drained");
  assert.equal(isRoutable(drained), false);
});

test("a node that was drained takes viewers again when it has heard so, and not a moment before", () => {
  const drain = (draining: boolean): NodeEvent => ({ type: "drain", draining });
  const drained = run(registeredNode(0, false), [
    [1_000, beat(0)],
    [2_000, drain(true)],
  ]);
  const recalled = run(drained, [[3_000, drain(false)]]);
  assert.deepEqual([statusOf(recalled), isRoutable(recalled)], ["healthy", false]);
  assert.equal(isRoutable(run(recalled, [[4_000, drain(false)]])), false, "asked twice");
  assert.equal(isRoutable(run(recalled, [[5_000, beat(0)]])), true);
  const never = run(registeredNode(0, false), [
    [1_000, beat(0)],
    [2_000, drain(false)],
  ]);
  assert.equal(isRoutable(never), true, "what was never asked to drain");
});

test("an effect is named only when the status changes", () => {
  const alive = run(registeredNode(0, false), [[0, beat(10)]]);
  assert.deepEqual(step(alive, beat(12), 5_000, limits).effects, []);
  assert.deepEqual(step(alive, beat(95), 5_000, limits).effects, [{ type: "changed", from: "healthy", to: "critical", silentMs: 5_000 }]);
});
