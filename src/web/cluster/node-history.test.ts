import assert from "node:assert/strict";
import { test } from "node:test";
import { emptySeries, withPoint } from "./node-history.ts";
import { nodeLive } from "./sample-node.ts";

test("points are added at the end, each time once, and leave after half an hour", () => {
  const node = nodeLive("a", { current_connections: 7, cpu_usage: 30 });
  const one = withPoint(emptySeries, node, 100);
  assert.deepEqual([one.at, one.connections, one.cpu], [[100], [7], [30]]);
  assert.equal(withPoint(one, node, 100), one);
  assert.deepEqual(withPoint(withPoint(one, node, 1_000), node, 1_905).at, [1_000, 1_905]);
});

test("of a node that is silent nothing is known", () => {
  const silent = withPoint(emptySeries, nodeLive("a", { status: "suspect", current_connections: 7 }), 5);
  assert.deepEqual([silent.at, silent.connections], [[5], [null]]);
});
