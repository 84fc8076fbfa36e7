import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessionDirectory } from "./session-directory.ts";

const session = (jti: string, issuedAtS = 0) =>
  ({
    jti,
    userId: "kim",
    userType: "student",
    action: "read",
    path: "live/math",
    nodeId: "a",
    issuedAtS,
    expiresAtS: issuedAtS + 60,
  }) as const;

test("a session lives as long as its token", () => {
  const sessions = createSessionDirectory();
  sessions.put(session("one"));
  assert.equal(sessions.get("one", 59_999)?.userId, "kim");
  assert.equal(sessions.get("one", 60_000), undefined);
  assert.equal(sessions.size, 0);
});

test("it is active when its own node has seen it; a refresh keeps that", () => {
  const sessions = createSessionDirectory();
  sessions.put(session("one"));
  sessions.activated("another", ["one", "nobody"], 5);
  assert.equal(sessions.get("one", 10)?.activatedAtMs, undefined);
  sessions.activated("a", ["one"], 6);
  sessions.activated("a", ["one"], 7);
  sessions.put(session("one", 50));
  assert.equal(sessions.get("one", 100_000)?.activatedAtMs, 6);
});

test("at most so many: the oldest are forgotten", () => {
  const sessions = createSessionDirectory(2);
  for (const jti of ["1", "2", "3"]) sessions.put(session(jti));
  assert.equal(sessions.size, 2);
  assert.equal(sessions.get("1", 0), undefined);
});
