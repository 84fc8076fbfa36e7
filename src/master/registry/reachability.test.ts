import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../shared/logging/logger.ts";
import { createReachability } from "./reachability.ts";
import type { NodeInfo } from "./registered-node.ts";
import { createSettling } from "./settling.ts";

function setUp(answers: boolean) {
  const state = { now: 0, instance: "first", answers };
  const probed: string[] = [];
  const failed: string[] = [];
  const reachability = createReachability({
    nodes: {
      get: (nodeId) =>
        nodeId.startsWith("n")
          ? { info: { nodeId, instance: state.instance } as NodeInfo, liveness: "alive", unreachable: failed.includes(nodeId) }
          : undefined,
      probeFailed: (nodeId) => failed.push(nodeId),
    },
    probe: async ({ nodeId }) => {
      probed.push(nodeId);
      return state.answers;
    },
    clock: { monotonicMs: () => state.now, wallMs: () => 0 },
    logger: createLogger("silent", {}),
  });
  return { state, probed, failed, reachability };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("two viewers within 15 s; not one twice, not two long after each other, not of a node that nobody knows", async () => {
  const { state, probed, reachability } = setUp(true);
  for (const [atMs, node, user] of [
    [0, "n1", "kim"],
    [1_000, "n1", "kim"],
    [17_000, "n1", "lee"],
    [17_000, "n2", "kim"],
    [17_000, "x", "kim"],
    [17_000, "x", "lee"],
  ] as const) {
    state.now = atMs;
    reachability.viewerFailed(node, user);
  }
  assert.deepEqual(probed, []);
  state.now = 32_000;
  reachability.viewerFailed("n1", "kim");
  assert.deepEqual(probed, ["n1"]);
  await settle();
  reachability.failed("n1");
  state.now = 33_999;
  reachability.failed("n1");
  assert.deepEqual(probed, ["n1"], "at most once in two seconds");
  state.now = 34_000;
  reachability.failed("n1");
  assert.deepEqual(probed, ["n1", "n1"]);
  await reachability.stop();
});

test("a node that was never seen to answer is not blamed for silence, and is not asked for ever", async () => {
  const { state, probed, failed, reachability } = setUp(false);
  for (let round = 0; round < 6; round += 1) {
    reachability.heard("n1");
    await settle();
    state.now += 5_000;
  }
  assert.equal(probed.length, 3);
  reachability.failed("n1");
  await settle();
  assert.equal(probed.length, 4);
  assert.deepEqual(failed, []);
  state.answers = true;
  state.now += 5_000;
  reachability.failed("n1");
  await settle();
  state.answers = false;
  state.now += 5_000;
  reachability.heard("n1");
  assert.equal(probed.length, 5, "once is enough");
  reachability.failed("n1");
  await settle();
  assert.deepEqual(failed, ["n1"]);
  await reachability.stop();
});

test("no answer is a failed probe, but not of a process that came after the one that was asked; probes are bounded", async () => {
  const { state, probed, failed, reachability } = setUp(true);
  for (const node of ["n1", "n2"]) reachability.heard(node);
  await settle();
  probed.length = 0;
  state.answers = false;
  state.now += 5_000;
  reachability.failed("n1");
  await settle();
  assert.deepEqual(failed, ["n1"]);
  reachability.failed("n2");
  state.instance = "second";
  await settle();
  assert.deepEqual(failed, ["n1"]);
  for (let index = 10; index < 200; index += 1) reachability.failed(`n${index}`);
  assert.equal(probed.length, 2 + 32);
  await reachability.stop();
  assert.deepEqual(failed, ["n1"], "nobody is blamed by one who is stopping");
});

test("a master knows its cluster when all nodes are back, or when they had the time to", () => {
  const lost: string[][] = [];
  const gaveUp = (missing: readonly string[]) => lost.push([...missing]);
  assert.equal(createSettling([], 10_000, gaveUp).settled(0), true);
  const settling = createSettling(["a", "b", "c"], 10_000, gaveUp);
  settling.back("a");
  assert.equal(settling.settled(9_999), false);
  settling.back("b");
  assert.equal(settling.settled(10_000), true);
  assert.equal(settling.settled(10_001), true);
  assert.deepEqual(lost, [["c"]]);
  const early = createSettling(["a"], 10_000, gaveUp);
  early.back("a");
  assert.equal(early.settled(1), true);
});
