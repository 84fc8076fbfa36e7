// Closed classes and joining by code alone, at the master's API.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassView } from "../../src/shared/protocol/classes.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";
import type { Answer } from "./master-harness.ts";

const code = ({ status, body }: Answer) => `${status} ${typeof body["code"] === "string" ? body["code"] : ""}`.trim();

test("closing: the class says so, also after a restart; slaves are told with their next heartbeat", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await addNode(master, "slave-1");
  const grants = async () =>
    (await heartbeat(master, "slave-1")).body.orders?.class_grants?.classes.map(({ name, closed = false }) => [name, closed]);
  const patch = (closed: unknown) => master.asAdmin<ClassView>("PATCH", "/api/classes/math", { closed });
  assert.deepEqual(await grants(), [["math", false]]);
  const { status, body } = await patch(true);
  assert.deepEqual([status, body.closed], [200, true]);
  assert.deepEqual(await grants(), [["math", true]]);
  await master.restart();
  assert.equal((await master.asAdmin<ClassView>("GET", "/api/classes/math")).body.closed, true);
  assert.equal((await patch(false)).body.closed, false);
  await addNode(master, "slave-1");
  assert.deepEqual(await grants(), [["math", false]]);
  for (const bad of ["yes", null, 1]) assert.equal((await patch(bad)).status, 422);
});

test("join codes: another class's is refused, made ones are no two the same", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { join_code: "MATH-1" });
  assert.equal(code(await master.asAdmin("POST", "/api/classes", { name: "art", join_code: "math-1" })), "409 join_code_taken");
  assert.equal(code(await master.asAdmin("GET", "/api/classes/art")), "404 no_such_class");
  await master.createClass("art");
  assert.equal(code(await master.asAdmin("PATCH", "/api/classes/art", { join_code: "Math-1", title: "x" })), "409 join_code_taken");
  assert.equal((await master.asAdmin<ClassView>("GET", "/api/classes/art")).body.title, "art", "nothing of it was done");
  assert.equal((await master.asAdmin("PATCH", "/api/classes/math", { join_code: "math-1" })).status, 200);
});

test("a join code alone leads to its class, also to one that is over", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { join_code: "MATH-1", title: "Maths" });
  await master.createClass("art", { join_code: "ART-1" });
  const join = (body: unknown) => master.call("POST", "/api/join", body);
  assert.deepEqual((await join({ join_code: "math-1" })).body, { name: "math", title: "Maths" });
  await master.asAdmin("PATCH", "/api/classes/art", { closed: true });
  assert.deepEqual((await join({ join_code: "ART-1" })).body, { name: "art", title: "art" });
  assert.equal(code(await join({ join_code: "WRONG" })), "403 join_code_wrong");
  for (const bad of [
    {},
    { join_code: "" },
    { join_code: "abc" },
    { join_code: "a b c d" },
    { join_code: "MATH%" },
    { join_code: "x".repeat(33) },
  ]) {
    assert.equal((await join(bad)).status, 422, JSON.stringify(bad));
  }
  assert.equal((await join({ join_code: "MATH-1", name: "art" })).status, 422);
});

test("who tries join codes is slowed down, others are not", async (t) => {
  const master = await startMaster(t, { TRUSTED_PROXIES: "loopback" });
  await master.createClass("math", { join_code: "MATH-1" });
  const join = (address: string, joinCode: string) =>
    master.call("POST", "/api/join", { join_code: joinCode }, { "x-forwarded-for": address });
  const guesses = await Promise.all(Array.from({ length: 80 }, (_, index) => join("10.1.0.1", `GUESS-${index}`)));
  assert.ok(guesses.filter(({ status }) => status === 403).length <= 62);
  const limited = await join("10.1.0.1", "MATH-1");
  assert.equal(code(limited), "429 too_many_requests");
  assert.ok(Number(limited.headers.get("retry-after")) >= 1);
  const school = await Promise.all(Array.from({ length: 300 }, () => join("10.1.0.2", "math-1")));
  assert.ok(
    school.every(({ status }) => status === 200),
    "300 right ones from one address",
  );
});
