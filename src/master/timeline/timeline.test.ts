import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import { createTimeline } from "./timeline.ts";

test("events are numbered, told, and what does not concern them is null", () => {
  const timeline = createTimeline();
  const told: TimelineEvent[] = [];
  const end = timeline.listen((event) => told.push(event));
  timeline.add({ kind: "master_started" }, 0, 1_800_000_000_000);
  timeline.add(
    { kind: "failover", path: "live/math", nodeId: "b", nodeName: "PC b", fromNodeId: "a", fromNodeName: "PC a" },
    1,
    1_800_000_001_000,
  );
  end();
  timeline.add({ kind: "joined", nodeId: "c", nodeName: "PC c" }, 2, 1_800_000_002_000);
  assert.deepEqual(told, timeline.list().slice(0, 2));
  assert.deepEqual(timeline.list()[1], {
    id: 2,
    at: "2027-01-15T08:00:01.000Z",
    kind: "failover",
    node_id: "b",
    node_name: "PC b",
    path: "live/math",
    from_node_id: "a",
    from_node_name: "PC a",
  });
  assert.equal(timeline.list()[2]?.path, null);
});

test("the last 500 are kept, and one node that comes and goes does not push out the others", () => {
  const timeline = createTimeline();
  for (let index = 0; index < 300; index += 1) timeline.add({ kind: "joined", nodeId: `node-${index}` }, 0, 0);
  for (let second = 0; second < 600; second += 1) timeline.add({ kind: "suspect", nodeId: "flapping" }, second * 1_000, 0);
  const flaps = timeline.list().filter(({ node_id: id }) => id === "flapping").length;
  assert.ok(flaps >= 20 && flaps < 70, `${flaps}`);
  assert.equal(timeline.list().length, 300 + flaps);
  for (let index = 0; index < 900; index += 1) timeline.add({ kind: "left", nodeId: `other-${index}` }, 0, 0);
  assert.equal(timeline.list().length, 500);
  assert.equal(timeline.list().at(-1)?.node_id, "other-899");
});
