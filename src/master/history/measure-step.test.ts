import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo, registeredNode } from "../../../test/support/node-info.ts";
import type { IngestReport, PlayersReport, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import { createStreamDirectory } from "../streams/stream-directory.ts";
import { createDropMeter, measureStep } from "./measure-step.ts";

const node = (nodeId: string, changes: Partial<RegisteredNode> = {}): RegisteredNode =>
  registeredNode({
    info: nodeInfo(nodeId),
    load: { connections: 10, cpu: 20, memory: 40, bandwidthMbps: 5 },
    ...changes,
  });

const ingest: IngestReport = {
  started_at: "2026-01-01T08:00:00.000Z",
  bitrate: 2e6,
  fps: 30,
  keyframe_interval_s: 2,
  dropped_frames: 5,
  video: null,
  audio: null,
  reencoding: false,
  ffmpeg_restarts: 0,
};
const origin: StreamReport = {
  path: "live/math",
  role: "origin",
  state: "live",
  epoch: 1,
  msn: 1,
  part: 0,
  viewers: 3,
  teachers: 1,
  ingest,
};
const players: PlayersReport = { reports: 2, delay_s: 1.5, watched_s: 20, stalls: 0, stalled_s: 0 };

function step(
  nodes: readonly RegisteredNode[],
  reports: Readonly<Record<string, readonly StreamReport[]>> = {},
  drops = createDropMeter(),
) {
  const directory = createStreamDirectory();
  for (const [nodeId, streams] of Object.entries(reports)) directory.report(nodeId, streams);
  const told = { of: (path: string) => (path === "live/math" ? players : undefined) };
  return measureStep({ nodes, directory, classNames: ["math", "art"], players: told, drops, nowMs: 0 });
}

test("the cluster is what is there; means are of the nodes that are heard; a silent one has no figures", () => {
  const { cluster, nodes } = step([
    node("a"),
    node("b", { load: { connections: 30, cpu: 40, memory: 60, bandwidthMbps: undefined } }),
    node("silent", { liveness: "suspect", status: "suspect" }),
    node("gone", { liveness: "offline", status: "offline" }),
  ]);
  assert.deepEqual(cluster, { connections: 50, capacity: 300, cpu: 30, memory: 50, bandwidth_mbps: 5, streams: 0 });
  assert.deepEqual([...nodes.keys()], ["a", "b"]);
  assert.ok(Number.isNaN(nodes.get("b")?.bandwidth_mbps));
  assert.deepEqual(step([]).cluster, { connections: 0, capacity: 0, cpu: 0, memory: 0, bandwidth_mbps: 0, streams: 0 });
});

test("a class has figures as long as somebody holds it, those of its publisher while it is live", () => {
  const replica: StreamReport = { ...origin, role: "replica", viewers: 4, teachers: 0 };
  const { cluster, classes } = step([node("a"), node("b")], { a: [origin], b: [replica] });
  assert.equal(cluster.streams, 1);
  assert.deepEqual([...classes.keys()], ["math"]);
  assert.deepEqual(classes.get("math"), { viewers: 7, students: 6, bitrate: 2e6, fps: 30, dropped_frames: 0, delay_s: 1.5 });
  const waiting = step([node("a")], { a: [{ ...origin, state: "waiting" }] }).classes.get("math");
  assert.equal(waiting?.viewers, 3);
  assert.ok([waiting.bitrate, waiting.fps, waiting.dropped_frames].every((value) => Number.isNaN(value)));
});

test("dropped frames are those since the step before, also of a publisher who has come anew", () => {
  const drops = createDropMeter();
  const at = (total: number, startedAt = "1") => drops.since("live/math", { started_at: startedAt, dropped_frames: total });
  assert.deepEqual([at(5), at(5), at(12), at(3, "2"), at(4, "2"), at(2, "2")], [0, 0, 7, 3, 1, 0]);
});
