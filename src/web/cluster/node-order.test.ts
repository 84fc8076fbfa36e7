import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";
import { heldOrder, orderNodes, type NodeChoice } from "./node-order.ts";
import { nodeLive } from "./sample-node.ts";

const choice: NodeChoice = { sort: "attention", reversed: false, state: "all", words: "" };
const order = (nodes: readonly NodeLive[], changes: Partial<NodeChoice> = {}) => orderNodes(nodes, { ...choice, ...changes });

const nodes = [
  nodeLive("slave-10", { load_percentage: 10, cpu_usage: 80 }),
  nodeLive("slave-2", { load_percentage: 50, cpu_usage: 20, status: "draining" }),
  nodeLive("slave-1", { load_percentage: 95, cpu_usage: 50, status: "critical" }),
  nodeLive("slave-3", { load_percentage: 0, cpu_usage: 0, status: "offline", host: "10.1.2.3" }),
];

test("what wants to be looked at comes first; names count as people count", () => {
  assert.deepEqual(order(nodes), ["slave-3", "slave-1", "slave-2", "slave-10"]);
  assert.deepEqual(order(nodes, { sort: "name" }), ["slave-1", "slave-2", "slave-3", "slave-10"]);
});

test("figures begin with the highest, and can be turned round", () => {
  assert.deepEqual(order(nodes, { sort: "load" }), ["slave-1", "slave-2", "slave-10", "slave-3"]);
  assert.deepEqual(order(nodes, { sort: "cpu", reversed: true }), ["slave-3", "slave-2", "slave-1", "slave-10"]);
});

test("of equal figures the name decides, so that rows do not change places", () => {
  const equal = [nodeLive("b"), nodeLive("a"), nodeLive("c")];
  assert.deepEqual(order(equal, { sort: "memory" }), ["a", "b", "c"]);
});

test("a node is found by its name, host, version or streams, with all words", () => {
  const copies = [{ path: "live/math-3b", role: "origin", state: "live", viewers: 0, lag_s: null, lag_parts: null } as const];
  const all = [...nodes, nodeLive("slave-4", { copies })];
  assert.deepEqual(order(all, { words: "MATH" }), ["slave-4"]);
  assert.deepEqual(order(all, { words: "10.1 slave" }), ["slave-3"]);
  assert.deepEqual(order(all, { words: "math slave-1" }), []);
});

test("states are chosen by what they mean", () => {
  assert.deepEqual(order(nodes, { state: "taking" }), ["slave-1", "slave-10"]);
  assert.deepEqual(order(nodes, { state: "away" }), ["slave-3"]);
  assert.deepEqual(order(nodes, { state: "draining" }), ["slave-2"]);
  assert.deepEqual(order(nodes, { state: "attention" }), ["slave-3", "slave-1"]);
});

test("under the pointer nothing moves: who is gone leaves, who is new comes at the end", () => {
  assert.deepEqual(heldOrder(["a", "b", "c"], ["d", "c", "a"]), ["a", "c", "d"]);
});
