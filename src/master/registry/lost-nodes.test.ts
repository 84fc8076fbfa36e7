import assert from "node:assert/strict";
import { test } from "node:test";
import { createLostNodes } from "./lost-nodes.ts";
import type { NodeInfo } from "./registry.ts";

const info = (nodeId: string): NodeInfo => ({
  nodeId,
  nodeName: nodeId,
  host: "10.0.0.9",
  apiPort: 8000,
  rtmpPort: 1935,
  hlsPort: 8888,
  hlsUrl: undefined,
  tls: false,
  maxConnections: 100,
  follows: true,
  version: "1",
  instance: "1",
  heartbeatIntervalMs: 5_000,
});

test("nodes that did not come back are looked for as long as those that went silent, but for those that left", () => {
  const back = new Set<string>();
  const lost = createLostNodes(["a", "b", "c"].map(info), 1_000, (nodeId) => back.has(nodeId));
  const ids = (now: number) => lost.list(now).map(({ nodeId }) => nodeId);
  assert.deepEqual(ids(1_000), ["a", "b", "c"]);
  back.add("a");
  lost.remove("b");
  assert.deepEqual(ids(600_999), ["c"]);
  assert.deepEqual(ids(601_000), []);
});
