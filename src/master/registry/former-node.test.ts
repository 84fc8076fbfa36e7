import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo } from "../../../test/support/node-info.ts";
import { readFormerNode } from "./former-node.ts";

test("what a master wrote of a node is read again", () => {
  for (const info of [nodeInfo("s1"), nodeInfo("s1", { hlsUrl: "/n/{node_id}", tls: true })]) {
    assert.deepEqual({ ...readFormerNode("s1", JSON.stringify(info)) }, JSON.parse(JSON.stringify(info)));
  }
});

test("anything else is nothing: a store may come from elsewhere", () => {
  const info = nodeInfo("s1");
  const texts = [
    "",
    "null",
    "[]",
    "{",
    JSON.stringify({ ...info, nodeId: "s2" }),
    JSON.stringify({ ...info, host: undefined }),
    JSON.stringify({ ...info, hlsPort: "8888" }),
    JSON.stringify({ ...info, apiPort: 70_000 }),
    JSON.stringify({ ...info, heartbeatIntervalMs: null }),
  ];
  for (const text of texts) assert.equal(readFormerNode("s1", text), undefined, text);
});
