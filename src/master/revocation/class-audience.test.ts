import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlaveViewers } from "../../shared/protocol/class-viewers.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import { createSessionDirectory } from "../tokens/session-directory.ts";
import { createClassAudience } from "./class-audience.ts";

const wallMs = 1_800_000_000_000;
const viewer = (jti: string, user_id: string, watching_s = 5): SlaveViewers["viewers"][number] => ({
  jti,
  user_id,
  user_type: "student",
  exp: wallMs / 1_000 + 60,
  watching_s,
});

function setUp(answers: Record<string, string | undefined>, carriers: readonly string[] = []) {
  const asked: string[] = [];
  const time = { ms: 0 };
  const sessions = createSessionDirectory();
  const nodes = Object.keys(answers).map((nodeId) => {
    const info = { nodeId, nodeName: `PC ${nodeId}` };
    return { info, liveness: nodeId === "off" ? "offline" : "alive" } as RegisteredNode;
  });
  const audience = createClassAudience({
    nodes: { list: () => nodes },
    directory: { allCopiesOf: () => new Map(carriers.map((nodeId) => [nodeId, {} as never])) },
    sessions,
    ask: async ({ nodeId }) => {
      asked.push(nodeId);
      return answers[nodeId];
    },
    clock: { monotonicMs: () => time.ms, wallMs: () => wallMs },
  });
  return { audience, asked, time, sessions };
}

const answer = (viewers: SlaveViewers["viewers"], total = viewers.length, path = "live/math") => JSON.stringify({ path, total, viewers });

test("by name, with since when; what is no answer is a missing node", async () => {
  const { audience, asked } = setUp({
    one: answer([viewer("a", "Student 10"), viewer("b", "student 9", 60)], 7),
    two: answer([viewer("c", "kim")]),
    silent: undefined,
    garbage: "{",
    odd: JSON.stringify({ path: "live/math", total: 1, viewers: [{ jti: "x" }] }),
    other: answer([], 0, "live/art"),
    off: answer([viewer("d", "d")]),
  });
  const { total, members, missingNodes } = await audience.of("live/math");
  assert.deepEqual(
    members.map(({ userId, nodeId, sinceMs }) => [userId, nodeId, wallMs - sinceMs]),
    [
      ["kim", "two", 5_000],
      ["student 9", "one", 60_000],
      ["Student 10", "one", 5_000],
    ],
  );
  assert.equal(total, 8, "with those that a slave counts and does not list");
  assert.deepEqual(missingNodes, ["silent", "garbage", "odd", "other"]);
  assert.equal(asked.includes("off"), false);
});

test("those that carry the stream are asked, once a second however many want to know", async () => {
  const { audience, asked, time } = setUp({ one: answer([]), two: answer([]) }, ["two"]);
  await Promise.all([audience.of("live/math"), audience.of("live/math")]);
  time.ms = 999;
  await audience.of("live/math");
  assert.deepEqual(asked, ["two"]);
  time.ms = 1_000;
  await audience.of("live/math");
  await audience.fresh("live/math");
  assert.equal(asked.length, 3);
});

test("who has moved is counted where he is now", async () => {
  const { audience, sessions } = setUp({ one: answer([viewer("old", "kim"), viewer("lee", "lee")]), two: answer([viewer("new", "kim")]) });
  const common = { userId: "kim", userType: "student", action: "read", path: "live/math", issuedAtS: wallMs / 1_000 } as const;
  for (const [jti, nodeId] of [
    ["old", "one"],
    ["new", "two"],
  ] as const)
    sessions.put({ ...common, jti, nodeId, expiresAtS: wallMs / 1_000 + 60 });
  sessions.moved("old", "new");
  sessions.moved("lee", "not here yet");
  const { total, members } = await audience.of("live/math");
  assert.deepEqual(
    members.map(({ jti }) => jti),
    ["new", "lee"],
  );
  assert.equal(total, 2);
});
