import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo } from "../../../test/support/node-info.ts";
import { createLostNodes } from "./lost-nodes.ts";

test("nodes that did not come back are looked for as long as those that went silent, but for those that left", () => {
  const back = new Set<string>();
  const lost = createLostNodes(
    ["a", "b", "c"].map((nodeId) => nodeInfo(nodeId)),
    1_000,
    (nodeId) => back.has(nodeId),
  );
  const ids = (now: number) => lost.list(now).map(({ nodeId }) => nodeId);
  assert.deepEqual(ids(1_000), ["a", "b", "c"]);
  back.add("a");
  lost.remove("b");
  assert.deepEqual(ids(600_999), ["c"]);
  assert.deepEqual(ids(601_000), []);
});
