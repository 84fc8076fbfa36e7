import assert from "node:assert/strict";
import { test } from "node:test";
import { initialFollowerState, stepFollower } from "./follower-state.ts";
import type { FollowerEvent, FollowerState } from "./follower-state.ts";

const source = (nodeId: string) => ({ nodeId, mediaUrl: `http://${nodeId}` });
const [a, b] = [source("a"), source("b")];

/** Runs events at their times; returns the last state, and all effects as words. */
function run(...events: readonly (readonly [nowMs: number, event: FollowerEvent])[]): { state: FollowerState; effects: string[] } {
  let state = initialFollowerState;
  const effects: string[] = [];
  for (const [nowMs, event] of events) {
    const step = stepFollower(state, event, nowMs, 0.999_999);
    ({ state } = step);
    effects.push(...step.effects.map((effect) => ("source" in effect ? `${effect.kind} ${effect.source.nodeId}` : effect.kind)));
  }
  return { state, effects };
}

test("the first source is tried, and followed once it has accepted", () => {
  const { state, effects } = run([0, { kind: "sources", sources: [a, b] }], [1, { kind: "accepted" }]);
  assert.deepEqual(effects, ["try a", "follow a"]);
  assert.equal(state.dueAtMs, undefined);
});

test("one that fails is tried again later and later; the next one at once", () => {
  const { state, effects } = run([0, { kind: "sources", sources: [a, b] }], [0, { kind: "failed" }], [0, { kind: "accepted" }]);
  assert.deepEqual(effects, ["try a", "try b", "follow b"]);
  assert.equal(Math.round(state.dueAtMs ?? 0), 100);
  const later = run(
    [0, { kind: "sources", sources: [a] }],
    ...Array.from({ length: 9 }, (_, n) => [n * 10_000, { kind: n % 2 ? "due" : "failed" }] as const),
  );
  assert.deepEqual(later.effects, ["try a", "try a", "try a", "try a", "try a"]);
  assert.equal(Math.round((later.state.dueAtMs ?? 0) - 80_000), 1_600);
});

test("a better source is tried beside the one that is followed, which goes on until then", () => {
  const first = [
    [0, { kind: "sources", sources: [b] }],
    [0, { kind: "accepted" }],
  ] as const;
  const refused = run(...first, [10, { kind: "sources", sources: [a, b] }], [20, { kind: "failed" }]);
  assert.deepEqual(refused.effects, ["try b", "follow b", "try a"]);
  assert.equal(refused.state.followed, b);
  const taken = run(...first, [10, { kind: "sources", sources: [a, b] }], [20, { kind: "accepted" }]);
  assert.deepEqual(taken.effects, ["try b", "follow b", "try a", "follow a"]);
});

test("one that nobody names any more serves until another does", () => {
  const { state, effects } = run([0, { kind: "sources", sources: [a] }], [0, { kind: "accepted" }], [1, { kind: "sources", sources: [] }]);
  assert.equal(state.followed, a);
  assert.deepEqual(effects, ["try a", "follow a"]);
});

test("a try for whom nobody names any more is given up", () => {
  const { effects } = run(
    [0, { kind: "sources", sources: [a] }],
    [1, { kind: "sources", sources: [b] }],
    [2, { kind: "sources", sources: [] }],
  );
  assert.deepEqual(effects, ["try a", "stop_trying", "try b", "stop_trying"]);
});

test("the same node at another address is another source", () => {
  const moved = { ...a, mediaUrl: "http://moved" };
  const { effects, state } = run(
    [0, { kind: "sources", sources: [a] }],
    [0, { kind: "accepted" }],
    [1, { kind: "sources", sources: [moved] }],
    [2, { kind: "accepted" }],
  );
  assert.deepEqual(effects, ["try a", "follow a", "try a", "follow a"]);
  assert.equal(state.followed, moved);
});

test("one that is lost is released and tried again after a pause, a short one once media had come", () => {
  const lostTwice = run(
    [0, { kind: "sources", sources: [a] }],
    [0, { kind: "accepted" }],
    [0, { kind: "lost" }],
    [100, { kind: "due" }],
    [100, { kind: "accepted" }],
    [100, { kind: "lost" }],
  );
  assert.deepEqual(lostTwice.effects, ["try a", "follow a", "release", "try a", "follow a", "release"]);
  assert.equal(Math.round(lostTwice.state.dueAtMs ?? 0), 300);
  const settled = run(
    [0, { kind: "sources", sources: [a] }],
    [0, { kind: "accepted" }],
    [0, { kind: "lost" }],
    [100, { kind: "due" }],
    [100, { kind: "accepted" }],
    [100, { kind: "settled" }],
    [100, { kind: "lost" }],
  );
  assert.equal(Math.round(settled.state.dueAtMs ?? 0), 200);
});

test("what comes too late changes nothing", () => {
  assert.deepEqual(run([0, { kind: "accepted" }], [0, { kind: "failed" }], [0, { kind: "lost" }], [0, { kind: "due" }]).effects, []);
});
