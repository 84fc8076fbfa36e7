import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { NodeView } from "../shared/protocol/nodes.ts";
import type { StreamsView } from "../shared/protocol/cluster-views.ts";
import { statusLines } from "./status-text.ts";
import type { ClusterStatus } from "./status-text.ts";
import { createPaint, harmless, wantsColours } from "./terminal-text.ts";

const nowMs = Date.UTC(2026, 0, 1);
const node = (id: string, more: Partial<NodeView> = {}): NodeView => ({
  node_id: id,
  node_name: `PC ${id}`,
  host: "10.0.0.7",
  api_url: "",
  rtmp_url: "",
  hls_url: "",
  whep: false,
  current_connections: 0,
  reserved: 0,
  max_connections: 150,
  load_percentage: 0,
  cpu_usage: 0,
  memory_usage: 0,
  bandwidth_mbps: null,
  streams: 0,
  origin_streams: 0,
  drain_deadline: null,
  status: "healthy",
  last_heartbeat: new Date(nowMs - 3_000).toISOString(),
  registered_at: "",
  version: "test",
  ...more,
});
const copy = (id: string, inSync: boolean) => ({ node_id: id, in_sync: inSync }) as StreamsView["streams"][number]["copies"][number];

const busy: ClusterStatus = {
  health: "degraded",
  masterWallMs: nowMs,
  nodes: {
    total_nodes: 3,
    healthy_nodes: 2,
    total_connections: 37,
    total_capacity: 300,
    utilization: 12.3,
    nodes: [
      node("slave-10", { status: "offline", last_heartbeat: new Date(nowMs - 600_000).toISOString() }),
      node("slave-2", {
        current_connections: 37,
        load_percentage: 24.7,
        cpu_usage: 12,
        memory_usage: 40.4,
        bandwidth_mbps: 59.2,
        streams: 1,
        origin_streams: 1,
      }),
      node("slave-1", { node_name: "evil\u001B[2J\nname\u202E", last_heartbeat: null }),
    ],
  },
  streams: {
    total_streams: 1,
    replication_factor: 2,
    streams: [
      {
        path: "live/math",
        state: "live",
        origin: "slave-2",
        epoch: 3,
        viewers: 37,
        copies: [copy("slave-2", true), copy("slave-1", false)],
      },
    ],
  },
};

test("summary, slaves and streams; names of others are harmless", () => {
  const lines = statusLines(busy, createPaint(false));
  assert.deepEqual(lines, [
    "Cluster: degraded · 2 of 3 slaves up · 37 of 300 viewers (12 %) · 1 live class",
    "",
    "NODE            ID        STATUS   VIEWERS  LOAD   CPU  MEMORY  MBIT/S  STREAMS  ORIGIN OF   HEARTBEAT",
    "evil?[2J?name?  slave-1   healthy    0/150   0 %   0 %     0 %       –        0          0       never",
    "PC slave-2      slave-2   healthy   37/150  25 %  12 %    40 %    59.2        1          1     3 s ago",
    "PC slave-10     slave-10  offline    0/150   0 %   0 %     0 %       –        0          0  10 min ago",
    "",
    "STREAM     STATE  ORIGIN   VIEWERS  COPIES IN SYNC  EPOCH",
    "live/math  live   slave-2       37             1/2      3",
  ]);
  const coloured = statusLines(busy, createPaint(true));
  assert.equal(coloured.find((line) => line.includes("offline"))?.includes("\u001B[31moffline"), true);
  const plain = coloured.map((line) => stripVTControlCharacters(line).trimEnd());
  assert.deepEqual(plain, lines, "columns are as wide with colours");
});

test("an empty cluster", () => {
  const nodes = { total_nodes: 0, healthy_nodes: 0, total_connections: 0, total_capacity: 0, utilization: 0, nodes: [] };
  const streams = { total_streams: 0, replication_factor: 2, streams: [] };
  assert.deepEqual(statusLines({ health: "unavailable", nodes, streams, masterWallMs: nowMs }, createPaint(false)), [
    "Cluster: unavailable · 0 of 0 slaves up · 0 of 0 viewers (0 %) · 0 live classes",
    "",
    "No slave has registered yet.",
    "",
    "Nobody publishes.",
  ]);
});

test("colours are for terminals that want them", () => {
  assert.equal(wantsColours({ isTTY: true }, {}), true);
  assert.equal(wantsColours({ isTTY: true }, { NO_COLOR: "1" }), false);
  assert.equal(wantsColours({ isTTY: true }, { TERM: "dumb" }), false);
  assert.equal(wantsColours({}, {}), false);
});

test("long names are cut, wide ones are whole", () => {
  assert.equal(harmless("教室十二"), "教室十二");
  assert.equal(harmless("x".repeat(41)), `${"x".repeat(39)}…`);
});
