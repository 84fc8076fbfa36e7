import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterChange } from "../../shared/protocol/cluster-live.ts";
import { changeSlices, createSliceQueue } from "./change-slices.ts";
import { nodeLive } from "./sample-node.ts";

const totals = { nodes: 0, routable_nodes: 0, connections: 0, capacity: 0, utilization: 0, bandwidth_mbps: 0, streams: 0, live_streams: 0 };
const change = (count: number, prefix = "pc"): ClusterChange => ({
  totals,
  nodes: Array.from({ length: count }, (_, index) => nodeLive(`${prefix}-${index}`)),
  removed: ["gone"],
});

function queue(isDrawn = true) {
  const applied: string[] = [];
  const frames: (() => void)[] = [];
  const made = createSliceQueue({
    apply: ({ nodes }) => void applied.push(`${nodes[0]?.node_id ?? "none"} ${nodes.length}`),
    nextFrame: (callback) => void frames.push(callback),
    isDrawn: () => isDrawn,
  });
  const frame = (): void => frames.shift()?.();
  return { ...made, applied, frame };
}

test("the pieces together are the change; who has gone is told once, totals with each", () => {
  const slices = changeSlices(change(23));
  assert.deepEqual(
    slices.map(({ nodes, removed }) => [nodes.length, removed.length]),
    [
      [10, 1],
      [10, 0],
      [3, 0],
    ],
  );
  assert.deepEqual(changeSlices(change(0)).length, 1, "totals alone");
});

test("one piece a frame, the first at once", () => {
  const { add, frame, applied } = queue();
  add(change(25));
  assert.deepEqual(applied, ["pc-0 10"]);
  frame();
  frame();
  frame();
  assert.deepEqual(applied, ["pc-0 10", "pc-10 10", "pc-20 5"]);
});

test("what is newer never comes before what is older", () => {
  const { add, frame, applied } = queue();
  add(change(25, "old"));
  add(change(5, "new"));
  assert.deepEqual(applied, ["old-0 10", "old-10 10", "old-20 5", "new-0 5"]);
  frame();
  assert.equal(applied.length, 4, "a frame that was ordered for what is shown already does nothing");
});

test("in a tab that nobody looks at nothing waits for a frame that does not come", () => {
  const { add, applied } = queue(false);
  add(change(25));
  assert.equal(applied.length, 3);
});
