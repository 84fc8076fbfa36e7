import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterTotals, NodeLive, TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import { nodeLive } from "./sample-node.ts";
import { findings, findingTone, type ClusterLook } from "./verdict.ts";

function look(nodes: readonly NodeLive[], totals: Partial<ClusterTotals> = {}, changes: Partial<ClusterLook> = {}): ClusterLook {
  const routable = nodes.filter(({ status }) => ["healthy", "warning", "critical"].includes(status)).length;
  const sums = { connections: 0, capacity: 100 * nodes.length, utilization: 0, bandwidth_mbps: 0, streams: 0, live_streams: 0 };
  return {
    nodes,
    totals: { nodes: nodes.length, routable_nodes: routable, ...sums, ...totals },
    steps: { warningPercent: 70, criticalPercent: 90 },
    overloadPolicy: "distribute",
    masterVersion: "1",
    busyCpu: new Set(),
    busyMemory: new Set(),
    events: [],
    nowMs: Date.parse("2026-11-22T11:00:00Z"),
    settled: true,
    ...changes,
  };
}
const kinds = (of: ClusterLook) => findings(of).map(({ kind }) => kind);
const two = [nodeLive("a"), nodeLive("b")];

test("with nothing wrong there is nothing to say", () => {
  assert.deepEqual(findings(look(two)), []);
});

test("an empty cluster wants a slave, but not while a restarted master still hears of them", () => {
  assert.deepEqual(kinds(look([])), ["no_slave"]);
  assert.deepEqual(kinds(look([], {}, { settled: false })), ["starting"]);
  assert.deepEqual(kinds(look([nodeLive("a", { status: "registering" })], {}, { settled: false })), ["starting"]);
});

test("one that is away is named, with the time at which it was heard last", () => {
  const [first] = findings(look([...two, nodeLive("c", { status: "offline", last_heartbeat: "2026-11-22T10:42:00Z" })]));
  assert.deepEqual(first, { kind: "offline", names: ["c"], sinceMs: Date.parse("2026-11-22T10:42:00Z") });
  assert.deepEqual(kinds(look([...two, nodeLive("c", { status: "suspect", last_heartbeat: null })])), ["suspect"]);
});

test("one that the master has forgotten is missed until it comes back, leaves in order, or is listed again", () => {
  const event = (id: number, kind: TimelineEvent["kind"], nodeId: string): TimelineEvent => ({
    id,
    at: `2026-11-22T10:4${id}:00Z`,
    kind,
    node_id: nodeId,
    node_name: nodeId.toUpperCase(),
    path: null,
    from_node_id: null,
    from_node_name: null,
  });
  const offline = event(2, "offline", "c");
  assert.deepEqual(findings(look(two, {}, { events: [offline, event(1, "joined", "c")] })), [
    { kind: "missing", names: ["C"], sinceMs: Date.parse("2026-11-22T10:42:00Z") },
  ]);
  assert.deepEqual(kinds(look(two, {}, { events: [event(3, "left", "c"), offline] })), []);
  assert.deepEqual(kinds(look(two, {}, { events: [offline], nowMs: Date.parse("2026-11-23T08:00:00Z") })), [], "the next day");
  assert.deepEqual(kinds(look([...two, nodeLive("c")], {}, { events: [offline] })), []);
  assert.deepEqual(kinds(look([...two, nodeLive("c", { status: "offline" })], {}, { events: [offline] })), ["offline"]);
});

test("two slaves of one name are told apart by their ids", () => {
  const alike = ["pc-x1", "pc-y2"].map((id) => nodeLive(id, { node_name: "pc", status: "offline", last_heartbeat: null }));
  const [first] = findings(look([...two, ...alike]));
  assert.deepEqual(first, { kind: "offline", names: ["pc-x1", "pc-y2"], sinceMs: undefined });
});

test("how full it is: filling, almost full, full; each once and at the master's percent", () => {
  assert.deepEqual(kinds(look(two, { connections: 139, utilization: 69.9 })), []);
  assert.deepEqual(kinds(look(two, { connections: 140, utilization: 70 })), ["filling"]);
  assert.deepEqual(kinds(look(two, { connections: 180, utilization: 90 })), ["almost_full"]);
  assert.deepEqual(findings(look(two, { connections: 200, utilization: 100 }, { overloadPolicy: "reject" })), [
    { kind: "full", waiting: true },
  ]);
});

test("a full node is a finding only while there is room elsewhere", () => {
  const nodes = [nodeLive("a", { status: "critical" }), nodeLive("b")];
  assert.deepEqual(kinds(look(nodes, { utilization: 50 })), ["node_full"]);
  assert.deepEqual(kinds(look(nodes, { connections: 190, utilization: 95 })), ["almost_full"]);
});

test("the gravest comes first", () => {
  const nodes = [...two, nodeLive("c", { status: "draining" }), nodeLive("d", { status: "offline" }), nodeLive("e")];
  assert.deepEqual(kinds(look(nodes, { utilization: 92 }, { busyCpu: new Set(["e"]) })), [
    "almost_full",
    "offline",
    "busy_cpu",
    "draining",
  ]);
});

test("when all are drained or gone nobody takes students; what a silent node said last is not complained about", () => {
  assert.deepEqual(kinds(look([nodeLive("a", { status: "drained" })])), ["nobody_takes", "drained"]);
  assert.deepEqual(kinds(look([nodeLive("a", { status: "offline", version: "0" })], {}, { busyCpu: new Set(["a"]) })), [
    "nobody_takes",
    "offline",
  ]);
});

test("replicas that stay behind, other versions, a single slave", () => {
  const copy = (lag_s: number) => [{ path: "live/x", role: "replica", state: "live", viewers: 0, lag_s, lag_parts: 9 } as const];
  const lagging = findings(look([nodeLive("a", { copies: copy(1) }), nodeLive("b", { copies: copy(4.5) })]));
  assert.deepEqual(lagging, [{ kind: "lagging", names: ["b"], behindS: 4.5 }]);
  assert.deepEqual(kinds(look([nodeLive("a", { version: "0.9" })])), ["one_slave", "other_version"]);
  assert.equal(findingTone("one_slave"), "plain");
});
