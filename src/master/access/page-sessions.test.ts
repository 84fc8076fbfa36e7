import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { hashSecret } from "../../shared/tokens/random-secrets.ts";
import type { SessionRecord, SessionStore } from "../store/session-store.ts";
import type { ClassRecord } from "../store/store.ts";
import { createPageSessions } from "./page-sessions.ts";

const hourMs = 3_600_000;

function setUp() {
  const records = new Map<string, SessionRecord>();
  const world = { nowMs: 0, writes: 0, teacherToken: "the teacher token" as string | undefined, records };
  const store: SessionStore = {
    get: (idHash) => records.get(idHash),
    insert: (record) => void records.set(record.idHash, record),
    setExpiry(idHash, expiresAtMs) {
      const record = records.get(idHash);
      if (record) records.set(idHash, { ...record, expiresAtMs });
      world.writes += 1;
    },
    delete: (idHash) => void records.delete(idHash),
    deleteExpired: () => {},
  };
  const math = (): ClassRecord => ({
    name: "math",
    title: "",
    open: false,
    joinCode: "",
    streamKeyHash: "",
    createdAtMs: 0,
    closedAtMs: undefined,
    teacherTokenHash: world.teacherToken === undefined ? undefined : hashSecret(world.teacherToken),
  });
  const classes = {
    get: (name: string) => (name === "math" ? math() : undefined),
    findByTeacherToken: (token: string) => (token === world.teacherToken ? math() : undefined),
  };
  const sessionsWith = (adminToken: string, secret: string) =>
    createPageSessions({
      store,
      classes,
      adminTokenHash: hashSecret(adminToken),
      key: createSecretKey(Buffer.from(secret.padEnd(32))),
      clock: { wallMs: () => world.nowMs, monotonicMs: () => 0 },
    });
  return { world, sessionsWith, sessions: sessionsWith("the admin token", "secret") };
}

test("who has a token; what is none has nobody", () => {
  const { sessions, world } = setUp();
  assert.deepEqual(sessions.whoHas("the admin token"), { role: "admin" });
  assert.deepEqual(sessions.whoHas("the teacher token"), { role: "teacher", className: "math" });
  for (const other of ["", "The admin token", "the admin token ", hashSecret("the admin token")])
    assert.equal(sessions.whoHas(other), undefined);
  world.teacherToken = undefined;
  assert.equal(sessions.whoHas("the teacher token"), undefined);
});

test("a session is of one id, one key, and the token of its day", () => {
  const { sessions, sessionsWith, world } = setUp();
  const admin = sessions.open({ role: "admin" });
  const teacher = sessions.open({ role: "teacher", className: "math" });
  assert.notEqual(admin.id, teacher.id);
  assert.notEqual(admin.session.csrfToken, teacher.session.csrfToken);
  assert.deepEqual(sessions.find(admin.id), admin.session);
  assert.equal(sessions.find(hashSecret(admin.id)), undefined, "what is stored is no id");
  assert.equal(sessionsWith("the admin token", "another secret").find(admin.id), undefined, "another CLUSTER_SECRET");
  assert.equal(sessions.find(admin.id), undefined, "what was found ended is gone");

  const { id } = sessions.open({ role: "admin" });
  assert.equal(sessionsWith("another admin token", "secret").find(id), undefined);
  assert.deepEqual(sessions.find(teacher.id), teacher.session, "the teacher's is not the admin's");
  world.teacherToken = "another teacher token";
  assert.equal(sessions.find(teacher.id), undefined);
  world.teacherToken = undefined;
  assert.throws(() => sessions.open({ role: "teacher", className: "math" }));
  assert.throws(() => sessions.open({ role: "teacher", className: "nothing" }));
});

test("each use keeps it for 12 hours, at most 7 days; the store is written every 10 minutes", () => {
  const { sessions, world } = setUp();
  const { id } = sessions.open({ role: "admin" });
  for (let minute = 0; minute < 60; minute += 1) {
    world.nowMs = minute * 60_000;
    assert.ok(sessions.find(id));
  }
  assert.equal(world.writes, 5);
  world.nowMs += 12 * hourMs - 600_000;
  assert.equal(sessions.find(id)?.expiresAtMs, world.nowMs + 12 * hourMs);
  world.nowMs += 12 * hourMs;
  assert.equal(sessions.find(id), undefined);

  const start = world.nowMs;
  const long = sessions.open({ role: "admin" });
  for (; world.nowMs < start + 7 * 24 * hourMs; world.nowMs += hourMs) assert.ok(sessions.find(long.id));
  assert.equal(sessions.find(long.id), undefined);
});

test("hostile ids are looked for nowhere", () => {
  const { sessions, world } = setUp();
  world.records.get = () => assert.fail("looked for");
  for (const id of ["", "x", "x".repeat(33), "x".repeat(10_000), "' OR 1=1 --", "__proto__", "\u0000".repeat(32)]) {
    assert.equal(sessions.find(id), undefined);
    sessions.close(id);
  }
});
