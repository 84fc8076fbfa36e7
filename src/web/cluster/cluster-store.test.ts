import assert from "node:assert/strict";
import { test } from "node:test";
import { effect } from "@preact/signals";
import type { ClusterSnapshot, NodeLive, TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import { createClusterStore } from "./cluster-store.ts";
import { nodeLive } from "./sample-node.ts";

const totals = { nodes: 0, routable_nodes: 0, connections: 0, capacity: 0, utilization: 0, bandwidth_mbps: 0, streams: 0, live_streams: 0 };

function snapshot(nodes: readonly NodeLive[], changes: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return {
    version: "1",
    now: "2026-11-22T10:00:00.000Z",
    overload_policy: "distribute",
    warning_percent: 70,
    critical_percent: 90,
    master_url: "http://10.0.0.1:8000",
    totals,
    nodes: [...nodes],
    events: [],
    step_s: 5,
    samples: [],
    ...changes,
  };
}
const event = (id: number): TimelineEvent => ({
  id,
  at: "2026-11-22T10:00:00.000Z",
  kind: "joined",
  node_id: "a",
  node_name: "a",
  path: null,
  from_node_id: null,
  from_node_name: null,
});
const sample = (at: number) => ({ at, connections: 1, capacity: 1, cpu: 1, memory: 1, bandwidth_mbps: 1, streams: 1 });

test("a change of one node is seen by who reads that node, and by nobody who reads another", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([nodeLive("a"), nodeLive("b")]), 0);
  const seen: string[] = [];
  effect(() => void seen.push(`a ${store.node("a")?.value.cpu_usage}`));
  effect(() => void seen.push(`b ${store.node("b")?.value.cpu_usage}`));
  effect(() => void seen.push(`ids ${store.ids.value.join()}`));
  seen.length = 0;
  store.change({ totals, nodes: [nodeLive("b", { cpu_usage: 77 })], removed: [] }, 0);
  assert.deepEqual(seen, ["b 77"]);
});

test("nodes come and go, also while the page was not connected", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([nodeLive("a")]), 0);
  store.change({ totals, nodes: [nodeLive("b")], removed: ["a"] }, 0);
  assert.deepEqual(store.ids.value, ["b"]);
  store.snapshot(snapshot([nodeLive("c")]), 0);
  assert.deepEqual(
    store.nodes.value.map(({ node_id: id }) => id),
    ["c"],
  );
  assert.equal(store.node("b"), undefined);
});

test("the newest event is on top; none is there twice", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([], { events: [event(1), event(2)] }), 0);
  store.event(event(2));
  store.event(event(3));
  assert.deepEqual(
    store.events.value.map(({ id }) => id),
    [3, 2, 1],
  );
  assert.equal(store.news.value?.id, 3);
});

test("a restarted master counts its events anew", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([], { events: [event(8)] }), 0);
  store.snapshot(snapshot([], { events: [event(1)] }), 0);
  store.event(event(2));
  assert.deepEqual(
    store.events.value.map(({ id }) => id),
    [2, 1],
  );
});

test("samples are kept for half an hour, each time once", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([], { samples: [sample(100), sample(105)] }), 0);
  store.sample(sample(105));
  store.sample(sample(1_902));
  assert.deepEqual(
    store.samples.value.map(({ at }) => at),
    [105, 1_902],
  );
});

test("how many were there when a node began to be emptied is remembered until it is taken back", () => {
  const store = createClusterStore();
  const node = (changes: Partial<NodeLive>) => store.change({ totals, nodes: [nodeLive("a", changes)], removed: [] }, 0);
  node({ status: "draining", current_connections: 12 });
  node({ status: "draining", current_connections: 4 });
  assert.equal(store.viewersAtDrain("a"), 12);
  node({ status: "healthy", current_connections: 4 });
  assert.equal(store.viewersAtDrain("a"), undefined);
});

test("times are told by the master's clock", () => {
  const store = createClusterStore();
  store.snapshot(snapshot([]), Date.parse("2026-11-22T09:59:30.000Z"));
  assert.equal(store.facts.value?.clockAheadMs, 30_000);
});

test("busy is who stays busy, not who has a moment's work", () => {
  const store = createClusterStore();
  const cpu = (percent: number, nowMs: number) =>
    store.change({ totals, nodes: [nodeLive("a", { cpu_usage: percent })], removed: [] }, nowMs);
  cpu(97, 0);
  assert.deepEqual([...store.busyNodes("cpu", 19_999)], []);
  cpu(92, 15_000);
  assert.deepEqual([...store.busyNodes("cpu", 20_000)], ["a"]);
  assert.deepEqual([...store.busyNodes("memory", 20_000)], []);
  cpu(89, 21_000);
  cpu(95, 22_000);
  assert.deepEqual([...store.busyNodes("cpu", 30_000)], []);
});
