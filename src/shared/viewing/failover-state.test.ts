import assert from "node:assert/strict";
import { test } from "node:test";
import { excludedNodes, initialFailover, stepFailover, type FailoverEffect, type FailoverEvent } from "./failover-state.ts";

/** Feeds events to the machine at chosen times; `random` is 0.5 unless told. */
function machine(nodeId = "s1") {
  let state = initialFailover(nodeId, 0);
  return {
    state: () => state,
    at: (nowMs: number, event: FailoverEvent, random = 0.5): readonly FailoverEffect[] => {
      const step = stepFailover(state, event, nowMs, random);
      ({ state } = step);
      return step.effects;
    },
  };
}
const failed = (nodeId: string, status = 0): FailoverEvent => ({ type: "request_failed", nodeId, status });
const stalled = (nodeId: string): FailoverEvent => ({ type: "stalled", nodeId });
const refused = (nodeId: string): FailoverEvent => ({ type: "refused", nodeId });
const advised = (nodeId: string): FailoverEvent => ({ type: "advised", nodeId });
const granted = (nodeId: string): FailoverEvent => ({ type: "granted", nodeId });
const progressed = (nodeId: string): FailoverEvent => ({ type: "progressed", nodeId });
const due: FailoverEvent = { type: "retry_due" };
const unreachable: FailoverEvent = { type: "master_unreachable" };
const noNode: FailoverEvent = { type: "no_node" };

test("a node that fails is excluded, and requests that hang there are repeated at the next one", () => {
  for (const event of [failed("s1"), failed("s1", 502), stalled("s1")]) {
    const { at, state } = machine();
    assert.deepEqual(at(10_000, event), [{ type: "retry_in", ms: 100 }]);
    assert.deepEqual(at(10_100, due), [{ type: "ask_master", exclude: ["s1"] }]);
    assert.deepEqual(at(10_150, granted("s2")), [{ type: "switch", from: "s1", abandon: true }]);
    assert.equal(state().nodeId, "s2");
    assert.deepEqual(at(10_160, granted("s2")), [], "told twice, done once");
  }
});

test("viewers of a dead node spread their first question over 200 ms", () => {
  assert.deepEqual(machine().at(0, failed("s1"), 0), [{ type: "retry_in", ms: 0 }]);
  assert.deepEqual(machine().at(0, failed("s1"), 0.999), [{ type: "retry_in", ms: 199.8 }]);
});

test("many requests that fail at once are one failure and one question", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  assert.deepEqual(at(1, failed("s1")), []);
  at(100, due);
  assert.deepEqual(at(101, failed("s1")), []);
  assert.deepEqual(at(102, stalled("s1")), []);
  assert.equal(state().failed[0]?.failures, 1);
});

test("what happened at a node that was left is of no interest", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  at(100, due);
  at(150, granted("s2"));
  const before = state();
  for (const event of [failed("s1"), stalled("s1"), refused("s1"), advised("s1"), progressed("s1")]) assert.deepEqual(at(200, event), []);
  assert.equal(state(), before);
});

test("advice moves without abandoning anything, and the node is not held to have failed", () => {
  const { at, state } = machine();
  assert.deepEqual(at(10_000, advised("s1")), [{ type: "ask_master", exclude: ["s1"] }]);
  assert.deepEqual(at(10_010, advised("s1")), []);
  assert.deepEqual(at(10_050, granted("s2")), [{ type: "switch", from: "s1", abandon: false }]);
  assert.deepEqual(excludedNodes(state(), 10_060), []);
});

test("advice that nobody can follow is asked about again now and then, and playback is left alone", () => {
  for (const answer of [unreachable, noNode, granted("s1")]) {
    const { at } = machine();
    at(10_000, advised("s1"));
    assert.ok(!at(10_050, answer).some(({ type }) => type === "switch" || type === "retry_in"));
    assert.deepEqual(at(10_060, advised("s1")), []);
    assert.deepEqual(at(16_000, advised("s1")), [{ type: "ask_master", exclude: ["s1"] }], answer.type);
  }
});

test("a node that is advised to be left and then dies has failed", () => {
  const { at } = machine();
  at(10_000, advised("s1"));
  at(10_010, failed("s1"));
  assert.deepEqual(at(10_050, granted("s2")), [{ type: "switch", from: "s1", abandon: true }]);
});

test("a refused token is renewed first; one that is refused right after it came means the wrong node", () => {
  const { at } = machine();
  assert.deepEqual(at(10_000, refused("s1")), [{ type: "retry_in", ms: 100 }]);
  assert.deepEqual(at(10_100, due), [{ type: "ask_master", exclude: [] }]);
  assert.deepEqual(at(10_150, granted("s1")), [{ type: "repeat" }]);
  at(10_200, refused("s1"));
  assert.deepEqual(at(10_800, due)[0], { type: "ask_master", exclude: ["s1"] });
});

test("the master away: the present node is tried again, rarer and rarer, until media comes", () => {
  const { at } = machine();
  at(0, failed("s1"));
  at(100, due);
  let nowMs = 100;
  const delays: number[] = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const [retry] = at(nowMs, unreachable);
    assert.equal(retry?.type, "retry_in");
    if (retry?.type === "retry_in") delays.push(retry.ms);
    nowMs += delays.at(-1) ?? 0;
    assert.deepEqual(at(nowMs, due), [{ type: "ask_master", exclude: ["s1"] }, { type: "repeat" }]);
  }
  assert.deepEqual(delays, [375, 750, 1_500, 3_000, 6_000, 6_000, 6_000]);
  at(nowMs, progressed("s1"));
  at(nowMs, unreachable);
  at(nowMs, progressed("s1"));
  assert.deepEqual(at(nowMs + 1, due), [], "a planned question is dropped: the node is back");
  assert.deepEqual(at(nowMs + 2, failed("s1")), [{ type: "retry_in", ms: 100 }]);
});

test("when every node is excluded, all get another chance", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  at(100, due);
  at(150, granted("s2"));
  at(200, failed("s2"));
  assert.deepEqual(at(700, due)[0], { type: "ask_master", exclude: ["s1", "s2"] });
  assert.deepEqual(at(750, noNode), [{ type: "retry_in", ms: 750 }]);
  assert.deepEqual(excludedNodes(state(), 750), []);
  assert.deepEqual(at(1_500, due), [{ type: "ask_master", exclude: [] }, { type: "repeat" }]);
});

test("a node is excluded for 30 s, then longer each time, at most 5 minutes", () => {
  const { at, state } = machine();
  let nowMs = 0;
  const lasted: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    at(nowMs, failed("s1"));
    lasted.push((state().failed.find(({ nodeId }) => nodeId === "s1")?.untilMs ?? 0) - nowMs);
    at(nowMs, due);
    at(nowMs, granted("s2"));
    nowMs += lasted.at(-1) ?? 0;
    assert.deepEqual(excludedNodes(state(), nowMs - 1), ["s1"]);
    assert.deepEqual(excludedNodes(state(), nowMs), []);
    at(nowMs, granted("s1"));
  }
  assert.deepEqual(lasted, [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

test("a node that serves again has not failed", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  at(50, progressed("s1"));
  assert.deepEqual(excludedNodes(state(), 60), []);
});

test("however many nodes fail, the list stays short and the questions rare", () => {
  const { at, state } = machine("s0");
  let [nowMs, questions] = [0, 0];
  for (let node = 0; node < 200; node += 1) {
    const [retry] = at(nowMs, failed(`s${node}`));
    nowMs += retry?.type === "retry_in" ? retry.ms : 0;
    questions += at(nowMs, due).filter(({ type }) => type === "ask_master").length;
    at(nowMs, granted(`s${node + 1}`));
  }
  assert.ok(state().failed.length <= 16);
  assert.equal(questions, 200);
  assert.ok(nowMs > 190 * 4_000, `200 questions in ${nowMs} ms`);
});

test("what failed while the device had no network is forgotten, and tried again at once", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  at(100, due);
  at(150, unreachable);
  assert.deepEqual(at(160, { type: "reconnected" }), [{ type: "repeat" }]);
  assert.deepEqual([state().phase, state().attempts, excludedNodes(state(), 160)], ["content", 0, []]);
  assert.deepEqual(at(170, due), [], "a timer that was planned before asks nothing");
  assert.deepEqual(at(200, failed("s1")), [{ type: "retry_in", ms: 100 }]);
});

test("a question that is on its way while the network comes back is still answered", () => {
  const { at, state } = machine();
  at(0, failed("s1"));
  at(100, due);
  at(160, { type: "reconnected" });
  assert.equal(state().phase, "asking");
  assert.deepEqual(at(200, granted("s2")), [{ type: "switch", from: "s1", abandon: false }]);
});
