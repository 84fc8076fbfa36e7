import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createStreamDirectory } from "./stream-directory.ts";

const report = (path: string, role: "origin" | "replica" = "origin", epoch = 1): StreamReport => ({
  path,
  role,
  state: "live",
  epoch,
  msn: 4,
  part: 1,
  viewers: 3,
});

test("a report replaces the one before it", () => {
  const directory = createStreamDirectory();
  directory.report("a", [report("live/x"), report("live/y")]);
  directory.report("b", [report("live/x", "replica")]);
  assert.deepEqual([...directory.copiesOf("live/x").keys()], ["a", "b"]);
  assert.equal(directory.countOf("a"), 2);
  directory.report("a", [report("live/y")]);
  assert.deepEqual([...directory.copiesOf("live/x").keys()], ["b"]);
  assert.deepEqual(directory.paths(), ["live/x", "live/y"]);
  directory.remove("b");
  assert.deepEqual(directory.paths(), ["live/y"]);
  assert.equal(directory.copiesOf("live/x").size, 0);
});

test("the origin is the one with the highest epoch", () => {
  const directory = createStreamDirectory();
  directory.report("old", [report("live/x", "origin", 1)]);
  directory.report("copy", [report("live/x", "replica", 2)]);
  assert.equal(directory.originOf("live/x")?.nodeId, "old");
  assert.deepEqual(directory.origins(), [{ path: "live/x", node_id: "old", epoch: 1 }]);
  directory.report("copy", [report("live/x", "origin", 2)]);
  assert.deepEqual(directory.origins(), [{ path: "live/x", node_id: "copy", epoch: 2 }]);
  directory.report("copy", []);
  assert.deepEqual(directory.origins(), [{ path: "live/x", node_id: "old", epoch: 1 }]);
  directory.remove("old");
  assert.deepEqual(directory.origins(), []);
  assert.equal(directory.originOf("live/x"), undefined);
});
