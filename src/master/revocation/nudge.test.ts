import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { NodeInfo, RegisteredNode } from "../registry/registered-node.ts";
import { createNudge } from "./nudge.ts";

const nodesOf = (count: number, liveness: RegisteredNode["liveness"] = "alive") =>
  Array.from({ length: count }, (_, index) => ({ info: { nodeId: `slave-${index}` }, liveness }) as RegisteredNode);

function setUp(nodes: RegisteredNode[]) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let [running, most] = [0, 0];
  const ask = async ({ nodeId }: NodeInfo) => {
    asked.push(nodeId);
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => void waiting.push(resolve));
    running -= 1;
    return undefined;
  };
  const { nudge, stop } = createNudge({ nodes: { list: () => nodes }, ask, logger: pino({ level: "silent" }) });
  const settle = () => new Promise(setImmediate);
  const answerAll = async () => {
    for (;;) {
      await settle();
      if (waiting.length === 0) return;
      for (const answer of waiting.splice(0)) answer();
    }
  };
  return { nudge, stop, asked, answerAll, settle, most: () => most };
}

test("all nodes or those that are named, once for what comes in one turn, a bounded number at a time", async () => {
  const { nudge, asked, answerAll, most } = setUp(nodesOf(100));
  nudge(["slave-3", "nobody"]);
  nudge(["slave-3"]);
  await answerAll();
  assert.deepEqual(asked, ["slave-3"]);
  nudge();
  await answerAll();
  assert.equal(asked.length, 101);
  assert.equal(most(), 32);
});

test("news that come while a node is asked reach it by another question", async () => {
  const { nudge, asked, answerAll, settle } = setUp(nodesOf(1));
  nudge();
  await settle();
  nudge();
  nudge();
  assert.equal(asked.length, 1);
  await answerAll();
  assert.equal(asked.length, 2);
});

test("nobody is asked who is offline, or after the end", async () => {
  const offline = setUp(nodesOf(2, "offline"));
  offline.nudge();
  await offline.answerAll();
  assert.deepEqual(offline.asked, []);
  const { nudge, stop, asked, answerAll } = setUp(nodesOf(2));
  await stop();
  nudge();
  await answerAll();
  assert.deepEqual(asked, []);
});
