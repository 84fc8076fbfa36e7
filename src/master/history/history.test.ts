import assert from "node:assert/strict";
import { test } from "node:test";
import { createHistory, historySteps } from "./history.ts";
import type { Figures } from "./history.ts";

const cluster: Figures<"cluster"> = { connections: 10, capacity: 100, cpu: 5, memory: 40, bandwidth_mbps: 1.5, streams: 1 };
const node: Figures<"nodes"> = { connections: 10, cpu: 5.126_4, memory: 40, bandwidth_mbps: Number.NaN };
const lesson: Figures<"classes"> = { viewers: 3, students: 2, bitrate: 2.5e6, fps: 30, dropped_frames: 0, delay_s: 1.25 };
const wallMs = 1_800_000_000_000;

test("figures of each step, with the wall clock's time; what was not measured is null", () => {
  const history = createHistory();
  const put = (atMs: number, nodes: [string, Figures<"nodes">][]) =>
    history.put(atMs, wallMs + atMs, { cluster, nodes: new Map(nodes), classes: new Map() });
  put(100_000, [["a", node]]);
  put(105_020, []);
  put(110_001, [
    ["a", node],
    ["b", node],
  ]);
  assert.deepEqual(history.cluster().at, [1_800_000_100, 1_800_000_105, 1_800_000_110]);
  assert.deepEqual(history.cluster().connections, [10, 10, 10]);
  assert.deepEqual(history.node("a"), {
    at: [1_800_000_100, 1_800_000_105, 1_800_000_110],
    connections: [10, null, 10],
    cpu: [5.126, null, 5.126],
    memory: [40, null, 40],
    bandwidth_mbps: [null, null, null],
  });
  assert.deepEqual(history.node("b")?.connections, [null, null, 10], "it came later");
  assert.equal(history.node("c"), undefined);
});

test("30 minutes and no more, whatever the time; a class that is gone is forgotten with its last figure", () => {
  const history = createHistory();
  for (let second = 0; second < 4_000; second += 5) {
    const classes = second < 1_000 ? new Map([["math", lesson]]) : new Map<string, Figures<"classes">>();
    history.put(second * 1_000, wallMs + second * 1_000, { cluster, nodes: new Map(), classes });
    if (second === 2_000) assert.equal(history.class("math")?.viewers.filter((value) => value !== null).length, 159);
  }
  const { at } = history.cluster();
  assert.equal(at.length, historySteps);
  assert.equal((at.at(-1) ?? 0) - (at[0] ?? 0), 1_795);
  assert.deepEqual(history.size, { nodes: 0, classes: 0 });
});

test("a wall clock that is set is followed, one that is a little off is not", () => {
  const history = createHistory();
  const step = { cluster, nodes: new Map(), classes: new Map() };
  history.put(0, wallMs, step);
  history.put(5_000, wallMs + 5_300, step);
  assert.deepEqual(history.cluster().at, [1_800_000_000, 1_800_000_005]);
  history.put(10_000, wallMs + 3_610_000, step);
  assert.deepEqual(history.cluster().at, [1_800_003_600, 1_800_003_605, 1_800_003_610]);
});

test("memory is bounded: 200 nodes and 200 classes take less than 4 MB, and more than the limit are not remembered", () => {
  const history = createHistory({ maxNodes: 200, maxClasses: 200 });
  const nodes = new Map(Array.from({ length: 300 }, (_, index) => [`node-${index}`, node]));
  const classes = new Map(Array.from({ length: 300 }, (_, index) => [`class-${index}`, lesson]));
  const before = process.memoryUsage().arrayBuffers;
  for (let step = 0; step < 2 * historySteps; step += 1) history.put(step * 5_000, wallMs, { cluster, nodes, classes });
  const bytes = process.memoryUsage().arrayBuffers - before;
  assert.deepEqual(history.size, { nodes: 200, classes: 200 });
  assert.ok(bytes > 2e6 && bytes < 4e6, `${bytes} bytes`);
});
