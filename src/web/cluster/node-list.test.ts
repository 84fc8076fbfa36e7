import assert from "node:assert/strict";
import { test } from "node:test";
import { createClusterStore } from "./cluster-store.ts";
import { createNodeList } from "./node-list.ts";
import { nodeLive } from "./sample-node.ts";

const totals = { nodes: 0, routable_nodes: 0, connections: 0, capacity: 0, utilization: 0, bandwidth_mbps: 0, streams: 0, live_streams: 0 };

test("rows change their places when states do, but not while somebody is at them", (t) => {
  const store = createClusterStore();
  const put = (...nodes: ReturnType<typeof nodeLive>[]) => store.change({ totals, nodes, removed: [] }, 0);
  put(nodeLive("a"), nodeLive("b"), nodeLive("c"));
  const list = createNodeList(store);
  t.after(() => list.close());
  assert.deepEqual(list.shown.value, ["a", "b", "c"]);
  put(nodeLive("b", { status: "offline" }));
  assert.deepEqual(list.shown.value, ["b", "a", "c"]);

  list.hold("pointer", true);
  list.hold("focus", true);
  put(nodeLive("c", { status: "offline" }), nodeLive("d", { status: "critical" }));
  assert.deepEqual(list.shown.value, ["b", "a", "c", "d"], "who is new comes at the end");
  list.hold("pointer", false);
  assert.deepEqual(list.shown.value, ["b", "a", "c", "d"]);
  list.hold("focus", false);
  assert.deepEqual(list.shown.value, ["b", "c", "d", "a"]);
});

test("an order that somebody chooses is there at once; chosen again, it is turned round", (t) => {
  const store = createClusterStore();
  store.change({ totals, nodes: [nodeLive("a", { cpu_usage: 5 }), nodeLive("b", { cpu_usage: 9 })], removed: [] }, 0);
  const list = createNodeList(store);
  t.after(() => list.close());
  list.hold("pointer", true);
  list.sortBy("cpu");
  assert.deepEqual(list.shown.value, ["b", "a"]);
  list.sortBy("cpu");
  assert.deepEqual(list.shown.value, ["a", "b"]);
});

test("a figure that changes moves no row by itself", (t) => {
  const store = createClusterStore();
  store.change({ totals, nodes: [nodeLive("a", { cpu_usage: 5 }), nodeLive("b", { cpu_usage: 9 })], removed: [] }, 0);
  const list = createNodeList(store);
  t.after(() => list.close());
  list.sortBy("cpu");
  const before = list.shown.value;
  store.change({ totals, nodes: [nodeLive("a", { cpu_usage: 50 })], removed: [] }, 0);
  assert.equal(list.shown.value, before);
});
