import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessionDirectory } from "../tokens/session-directory.ts";
import type { AudienceMember } from "./class-audience.ts";
import { createViewerRemoval } from "./viewer-removal.ts";

const nowS = 1_800_000_000;

function setUp(present: Partial<AudienceMember>[] = []) {
  const sessions = createSessionDirectory();
  const revoked = new Map<string, number>();
  const removed: string[] = [];
  const nudged: string[][] = [];
  const members = present.map((member) => ({
    jti: "",
    userId: "kim",
    userType: "student" as const,
    exp: nowS + 60,
    nodeId: "slave-1",
    nodeName: "PC",
    sinceMs: 0,
    ...member,
  }));
  const removal = createViewerRemoval({
    sessions,
    audience: { fresh: () => Promise.resolve({ total: members.length, members, missingNodes: [] }) },
    revocations: { revokeTokens: (tokens) => tokens.forEach(({ jti, exp }) => revoked.set(jti, exp)) },
    removed: { remove: (className, userId) => void removed.push(`${className} ${userId}`) },
    nudge: (nodeIds = []) => void nudged.push([...nodeIds].toSorted()),
    tokenTtlS: 3_600,
    clock: { wallMs: () => nowS * 1_000 },
  });
  const issue = (jti: string, userId = "kim", path = "live/math", nodeId = "slave-1", userType: "student" | "teacher" = "student") =>
    sessions.put({ jti, userId, userType, action: "read", path, nodeId, issuedAtS: nowS, expiresAtS: nowS + 7_200 });
  return { removal, issue, revoked, removed, nudged };
}

test("all tokens of the name in this class end, at the nodes that they are for; nobody else's", async () => {
  const { removal, issue, revoked, removed, nudged } = setUp([
    { jti: "listed", nodeId: "slave-3", exp: nowS + 10 },
    { jti: "other", userId: "lee" },
    { jti: "preview", userType: "teacher" },
  ]);
  issue("one");
  issue("two", "KIM ", "live/math", "slave-2");
  issue("art", "kim", "live/art");
  issue("lee", "lee");
  issue("teacher", "kim", "live/math", "slave-1", "teacher");
  assert.equal(await removal.remove("math", "one"), "kim");
  assert.deepEqual([...revoked.keys()].toSorted(), ["listed", "one", "two"]);
  assert.deepEqual(
    [revoked.get("one"), revoked.get("listed")],
    [nowS + 7_200, nowS + 3_600],
    "until it ends, or until one that was renewed without our knowing would",
  );
  assert.deepEqual(nudged[0], ["slave-1", "slave-2"]);
  assert.deepEqual(nudged[1], ["slave-1", "slave-2", "slave-3"]);
  assert.equal(new Set(removed).size, 1);
  assert.equal(removed[0], "math kim");
});

test("a viewer of another class, a publisher or nobody is not removed from this one", async () => {
  const { removal, issue, revoked, removed, nudged } = setUp();
  issue("art", "kim", "live/art");
  assert.equal(await removal.remove("math", "art"), undefined);
  assert.equal(await removal.remove("math", "nobody"), undefined);
  assert.deepEqual([revoked.size, removed, nudged], [0, [], []]);
});

test("a teacher's preview ends, but a teacher is not kept out", async () => {
  const { removal, issue, revoked, removed } = setUp();
  issue("preview", "ms-lee", "live/math", "slave-1", "teacher");
  issue("student", "ms-lee");
  assert.equal(await removal.remove("math", "preview"), "ms-lee");
  assert.deepEqual([...revoked.keys()], ["preview"]);
  assert.deepEqual(removed, []);
});

test("when the right to teach is taken away, the tokens of teachers end, at the nodes that they are for", async () => {
  const { removal, issue, revoked, removed, nudged } = setUp([
    { jti: "of before the restart", userId: "teacher", userType: "teacher", nodeId: "slave-3" },
    { jti: "since then", userId: "teacher", userType: "teacher" },
    { jti: "preview", userId: "teacher", userType: "teacher" },
    { jti: "student" },
  ]);
  issue("preview", "teacher", "live/math", "slave-1", "teacher");
  issue("another", "ms-lee", "live/math", "slave-2", "teacher");
  issue("art", "teacher", "live/art", "slave-1", "teacher");
  issue("kim");
  const ended = removal.endTeachers("math");
  // While slaves are asked, who may goes on already, and is seen there.
  issue("since then", "teacher", "live/math", "slave-1", "teacher");
  await ended;
  assert.deepEqual([...revoked.keys()].toSorted(), ["another", "of before the restart", "preview"]);
  assert.deepEqual(nudged, [["slave-1", "slave-2"], ["slave-3"]]);
  assert.deepEqual(removed, []);
});
