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

const copy = (role: "origin" | "replica", epoch: number, more: Partial<StreamReport> = {}): StreamReport => ({
  ...report("live/x", role, epoch),
  ...more,
});

test("the head: the winning origin, else the best copy that is left", () => {
  const cases: [string, Record<string, StreamReport>, [string, string]][] = [
    ["the only origin", { a: copy("origin", 1), b: copy("replica", 1) }, ["a", "origin"]],
    ["the higher epoch", { a: copy("origin", 1), b: copy("origin", 2) }, ["b", "origin"]],
    ["a tie: the greater node id", { b: copy("origin", 2), a: copy("origin", 2) }, ["b", "origin"]],
    ["an old origin, and a copy of the new one", { a: copy("origin", 1, { msn: 9 }), b: copy("replica", 2) }, ["b", "replica"]],
    ["the newest copy", { a: copy("replica", 1, { msn: 5 }), b: copy("replica", 1, { msn: 6 }) }, ["b", "replica"]],
    ["the newest part", { a: copy("replica", 1, { part: 3 }), b: copy("replica", 1, { part: 2 }) }, ["a", "replica"]],
    ["a live one first", { a: copy("replica", 1, { state: "waiting", msn: 9 }), b: copy("replica", 1) }, ["b", "replica"]],
    ["the higher epoch first", { a: copy("replica", 2, { state: "waiting" }), b: copy("replica", 1, { msn: 9 }) }, ["a", "replica"]],
    [
      "whom the newest follows: it reported later, that is all",
      { a: copy("replica", 1), b: copy("replica", 1, { msn: 6, upstream: "a" }), c: copy("replica", 1, { msn: 7, upstream: "b" }) },
      ["a", "replica"],
    ],
    [
      "in a circle, the newest",
      { a: copy("replica", 1, { upstream: "b" }), b: copy("replica", 1, { msn: 6, upstream: "a" }) },
      ["b", "replica"],
    ],
  ];
  for (const [what, copies, expected] of cases) {
    for (const nodes of [Object.keys(copies), Object.keys(copies).toReversed()]) {
      const directory = createStreamDirectory();
      for (const node of nodes) directory.report(node, [copies[node] ?? copy("origin", 0)]);
      const head = directory.headOf("live/x");
      assert.deepEqual([head?.copy.nodeId, head?.role], expected, what);
      assert.equal(directory.originOf("live/x")?.nodeId, expected[1] === "origin" ? expected[0] : undefined, what);
    }
  }
});

test("an unreachable node is no head while another copy lives, but its epoch counts", () => {
  const directory = createStreamDirectory();
  directory.report("a", [copy("origin", 3)]);
  directory.report("b", [copy("replica", 2)]);
  directory.setReachable("a", false);
  assert.deepEqual([directory.headOf("live/x")?.copy.nodeId, directory.headOf("live/x")?.highestEpoch], ["b", 3]);
  assert.deepEqual([...directory.carriersOf("live/x").keys()], ["b"]);
  assert.deepEqual([...directory.allCopiesOf("live/x").keys()], ["a", "b"]);
  assert.equal(directory.countOf("a"), 0);
  directory.report("b", []);
  assert.deepEqual([directory.headOf("live/x")?.copy.nodeId, directory.headOf("live/x")?.reachable], ["a", false]);
  assert.equal(directory.originOf("live/x"), undefined);
  assert.deepEqual(directory.paths(), []);
  directory.setReachable("a", true);
  assert.equal(directory.originOf("live/x")?.nodeId, "a");
  // Gone for good: what comes after still knows of it.
  directory.remove("a");
  assert.equal(directory.headOf("live/x"), undefined);
  directory.report("c", [copy("origin", 1)]);
  assert.equal(directory.headOf("live/x")?.highestEpoch, 3);
});

test("numbers alone do not touch a stream that has an origin; what matters does", () => {
  const touched: string[] = [];
  const directory = createStreamDirectory({ changed: (path) => touched.push(path) });
  directory.report("a", [copy("origin", 1)]);
  directory.report("b", [copy("replica", 1, { upstream: "a" })]);
  directory.headOf("live/x");
  const { version } = directory;
  touched.length = 0;
  directory.report("a", [copy("origin", 1, { msn: 7, part: 2, viewers: 9 })]);
  directory.report("b", [copy("replica", 1, { upstream: "a", msn: 7, lag_s: 0.2 })]);
  assert.deepEqual([touched, directory.version], [[], version]);
  assert.equal(directory.headOf("live/x")?.copy.msn, 7);
  for (const change of [{ state: "waiting" }, { epoch: 2 }, { viewers: 0 }, { upstream: "c" }, { lag_s: 60 }] as const) {
    touched.length = 0;
    directory.report("b", [copy("replica", 1, { upstream: "a", ...change })]);
    assert.ok(touched.length > 0 && directory.version > version, JSON.stringify(change));
    directory.report("b", [copy("replica", 1, { upstream: "a" })]);
    directory.headOf("live/x");
  }
});

test("what a node publishes: its live origin streams and what it encodes for them", () => {
  const directory = createStreamDirectory();
  directory.report("a", [
    copy("origin", 1, { encoded: 2 }),
    { ...report("live/y"), encoded: 1 },
    { ...report("live/z", "replica"), encoded: 4 },
    { ...report("live/w"), state: "waiting", encoded: 4 },
  ]);
  assert.deepEqual(directory.publishingOf("a"), { streams: 2, encoded: 3 });
  assert.deepEqual(directory.publishingOf("nobody"), { streams: 0, encoded: 0 });
});
