import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import jwt from "jsonwebtoken";
import type { TokenClaims } from "../../src/shared/protocol/viewer-token.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";
import { adminToken } from "../support/master-environment.ts";
import type { TestMaster } from "./master-harness.ts";

const claimsOf = (token: string) => jwt.decode(token) as TokenClaims;

test("a token has the Contract's fields and claims, and verifies with the public keys alone", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const before = Math.floor(Date.now() / 1000);
  const { status, body } = await master.join({ user_id: "kim.minji", class: "math" });
  assert.equal(status, 200);
  const { token, hls_url, ...rest } = body;
  assert.deepEqual(rest, {
    token_type: "Bearer",
    expires_in: 3600,
    node_id: "slave-1",
    node_name: "PC slave-1",
    path: "live/math",
    user_id: "kim.minji",
    user_type: "student",
    class_title: "math",
  });
  assert.equal(hls_url, `http://10.0.0.7:8888/live/math/index.m3u8?jwt=${token}`);

  const jwks = await master.call<{ keys: { kid: string; d?: string }[] }>("GET", "/.well-known/jwks.json");
  const header = jwt.decode(token, { complete: true })?.header;
  const jwk = jwks.body.keys.find((key) => key.kid === header?.kid);
  assert.ok(jwk);
  assert.equal("d" in jwk, false, "nothing private");
  const claims = jwt.verify(token, createPublicKey({ key: jwk, format: "jwk" }), { algorithms: ["ES256"] }) as TokenClaims;
  const { iat, exp, jti, ...named } = claims;
  assert.deepEqual(named, { user_type: "student", user_id: "kim.minji", action: "read", path: "live/math", node_id: "slave-1" });
  assert.ok(iat >= before && exp === iat + 3600 && jti.length >= 16);

  const session = await master.asAdmin("GET", `/cluster/sessions/${jti}`);
  assert.deepEqual([session.body["node_id"], session.body["state"]], ["slave-1", "issued"]);
  await heartbeat(master, "slave-1", { connections: 1, activated: [jti] });
  assert.equal((await master.asAdmin("GET", `/cluster/sessions/${jti}`)).body["state"], "active");
});

test("who may join: a table", async (t) => {
  const master = await startMaster(t);
  await master.createClass("open", { open: true });
  const closed = await master.createClass("closed", { join_code: "K7QX2M" });
  assert.equal(closed.join_code, "K7QX2M");
  await addNode(master, "slave-1");
  const cases: [string, Record<string, unknown>, number, string | undefined][] = [
    ["open class", { class: "open" }, 200, undefined],
    ["by path", { path: "live/open" }, 200, undefined],
    ["both, the same", { path: "live/open", class: "open" }, 200, undefined],
    ["both, not the same", { path: "live/open", class: "closed" }, 422, "invalid_input"],
    ["neither", {}, 422, "invalid_input"],
    ["no code", { class: "closed" }, 403, "join_code_required"],
    ["wrong code", { class: "closed", join_code: "K7QX2N" }, 403, "join_code_wrong"],
    ["half a code", { class: "closed", join_code: "K7QX" }, 403, "join_code_wrong"],
    ["right code", { class: "closed", join_code: "K7QX2M" }, 200, undefined],
    ["small letters", { class: "closed", join_code: "k7qx2m" }, 200, undefined],
    ["no such class", { class: "nobody" }, 404, "no_such_class"],
    ["teacher", { class: "open", user_type: "teacher" }, 401, "admin_required"],
    ["publish", { class: "open", action: "publish" }, 401, "admin_required"],
    ["other type", { class: "open", user_type: "admin" }, 422, "invalid_input"],
    ["no user", { class: "open", user_id: "" }, 422, "invalid_input"],
    ["long user", { class: "open", user_id: "x".repeat(129) }, 422, "invalid_input"],
    ["control characters", { class: "open", user_id: "a\nb" }, 422, "invalid_input"],
    ["number as user", { class: "open", user_id: 5 }, 422, "invalid_input"],
    ["unknown field", { class: "open", node_id: "slave-1" }, 422, "invalid_input"],
    ["SQL", { class: "x' OR '1'='1" }, 422, "invalid_input"],
    ["upwards", { path: "live/../../etc/passwd" }, 422, "invalid_input"],
    ["flag", { class: "--help" }, 422, "invalid_input"],
    ["URL", { path: "http://evil.example/live/x" }, 422, "invalid_input"],
    ["query", { path: "live/open?jwt=x" }, 422, "invalid_input"],
    ["line break", { path: "live/open\n" }, 422, "invalid_input"],
    ["SQL as code", { class: "closed", join_code: "' OR 1=1" }, 422, "invalid_input"],
    ["exclude SQL", { class: "open", exclude: ["'; --"] }, 422, "invalid_input"],
    ["all excluded", { class: "open", exclude: ["slave-1"] }, 503, "no_node"],
  ];
  for (const [what, body, status, code] of cases) {
    const answer = await master.join({ user_id: "kim", ...body });
    assert.equal(answer.status, status, `${what}: ${answer.text}`);
    assert.equal(answer.body.code, code, what);
    if (status >= 400) assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  }
  const unavailable = await master.join({ user_id: "kim", class: "open", exclude: ["slave-1"] });
  assert.match(unavailable.headers.get("retry-after") ?? "", /^\d+$/);
});

test("the teacher's tokens need the admin token, and then no code", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await addNode(master, "slave-1");
  const teacher = await master.asAdmin<{ token: string; user_type: string }>("POST", "/api/token", {
    user_id: "ms-lee",
    user_type: "teacher",
    class: "math",
    action: "publish",
  });
  assert.equal(teacher.status, 200, teacher.text);
  assert.equal(teacher.body.user_type, "teacher");
  assert.equal(claimsOf(teacher.body.token).action, "publish");
  assert.equal((await master.nodeView("slave-1"))?.reserved, 0, "a publisher takes no viewer's place");
  const wrong = await master.call(
    "POST",
    "/api/token",
    { user_id: "x", user_type: "teacher", class: "math" },
    { authorization: "Bearer guess" },
  );
  assert.equal(wrong.body["code"], "admin_required");
  const refreshed = await master.call("POST", "/api/token/refresh", undefined, { authorization: `Bearer ${teacher.body.token}` });
  assert.equal(refreshed.body["code"], "wrong_action");
});

const refresh = (master: TestMaster, token: string) =>
  master.call<{ token: string; node_id: string; code?: string }>("POST", "/api/token/refresh", undefined, {
    authorization: `Bearer ${token}`,
  });

test("a refresh keeps node and place; when the node takes nobody, it leads elsewhere", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const { body } = await master.join({ user_id: "kim", class: "math" });
  await addNode(master, "slave-2");
  const renewed = await refresh(master, body.token);
  assert.equal(renewed.status, 200, renewed.text);
  assert.equal(renewed.body.node_id, "slave-1", "although the other one is emptier");
  assert.equal(claimsOf(renewed.body.token).jti, claimsOf(body.token).jti);
  assert.equal((await master.nodeView("slave-1"))?.reserved, 1);

  await master.asAdmin("POST", "/cluster/nodes/slave-1/drain");
  const moved = await refresh(master, renewed.body.token);
  assert.equal(moved.body.node_id, "slave-2");
  assert.notEqual(claimsOf(moved.body.token).jti, claimsOf(body.token).jti);

  await master.asAdmin("DELETE", "/api/classes/math");
  assert.equal((await refresh(master, moved.body.token)).body.code, "no_such_class");
});

test("what is not a good viewer token is not renewed", async (t) => {
  let aheadMs = 0;
  const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() + aheadMs };
  const master = await startMaster(t, {}, { clock });
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const { body } = await master.join({ user_id: "kim", class: "math" });
  const [header, , signature] = body.token.split(".");
  const forged = Buffer.from(JSON.stringify({ ...claimsOf(body.token), user_type: "teacher" })).toString("base64url");
  const cases: [string, string, string][] = [
    ["no JWT", "x", "token_invalid"],
    ["changed claims", `${header}.${forged}.${signature}`, "token_invalid"],
    ["alg none", jwt.sign(claimsOf(body.token), "", { algorithm: "none" }), "token_invalid"],
    ["other key", jwt.sign(claimsOf(body.token), "x".repeat(40), { algorithm: "HS256" }), "token_invalid"],
    ["the admin token", adminToken, "token_invalid"],
  ];
  for (const [what, token, code] of cases) {
    const answer = await refresh(master, token);
    assert.deepEqual([answer.status, answer.body.code], [401, code], what);
  }
  assert.equal((await master.call("POST", "/api/token/refresh")).body["code"], "token_missing");
  aheadMs = 3_600_000 + 10_000;
  assert.equal((await refresh(master, body.token)).body.code, "token_expired");
});

async function joinAll(master: TestMaster, count: number) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => master.join({ user_id: `student-${index}`, class: "math" })),
  );
  const byNode = new Map<string, number>();
  for (const { status, body } of answers) if (status === 200) byNode.set(body.node_id, (byNode.get(body.node_id) ?? 0) + 1);
  return { answers, byNode };
}

test("a token of a deleted class does not lead into another one of the same name", async (t) => {
  let aheadMs = 0;
  const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() + aheadMs };
  const master = await startMaster(t, {}, { clock });
  await addNode(master, "slave-1");
  await master.createClass("math", { open: true });
  const { body } = await master.join({ user_id: "kim", class: "math" });
  assert.equal((await refresh(master, body.token)).status, 200);
  await master.asAdmin("DELETE", "/api/classes/math");
  aheadMs = 2_000;
  await master.createClass("math", { open: false });
  const answer = await refresh(master, body.token);
  assert.deepEqual([answer.status, answer.body.code], [404, "no_such_class"]);
});

test("500 students join at once, from one address, between two heartbeats: nobody gets more than 2 % over its share", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  for (const id of ["slave-1", "slave-2", "slave-3"]) await addNode(master, id);
  const { answers, byNode } = await joinAll(master, 500);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 500);
  for (const [node, count] of byNode) assert.ok(count <= (500 / 3) * 1.02, `${node} got ${count} of 500`);
  assert.equal(new Set(answers.map((answer) => claimsOf(answer.body.token).jti)).size, 500);

  // Half of them are seen by their nodes: the sum stays, nobody is counted twice.
  for (const node of byNode.keys()) {
    const jtis = answers.filter((answer) => answer.body.node_id === node).map((answer) => claimsOf(answer.body.token).jti);
    await heartbeat(master, node, { connections: 80, activated: jtis.slice(0, 80) });
    const view = await master.nodeView(node);
    assert.equal((view?.current_connections ?? 0) + (view?.reserved ?? 0), jtis.length);
  }
});

test("with OVERLOAD_POLICY=reject exactly 450 of 500 get in, the others are told when to try again", async (t) => {
  const master = await startMaster(t, { OVERLOAD_POLICY: "reject" });
  await master.createClass("math", { open: true });
  for (const id of ["slave-1", "slave-2", "slave-3"]) await addNode(master, id);
  const { answers, byNode } = await joinAll(master, 500);
  assert.deepEqual([...byNode.values()], [150, 150, 150]);
  const refused = answers.filter((answer) => answer.status !== 200);
  assert.equal(refused.length, 50);
  for (const { status, body, headers } of refused) {
    assert.deepEqual([status, body.code], [503, "no_capacity"]);
    assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  }
});

test("sticky: one class stays together, many are spread within the bound", async (t) => {
  const master = await startMaster(t, { ROUTING: "sticky" });
  await master.createClass("math", { open: true });
  for (const id of ["slave-1", "slave-2", "slave-3"]) await addNode(master, id);
  assert.equal((await joinAll(master, 30)).byNode.size, 1);
  const { byNode } = await joinAll(master, 270);
  assert.equal(byNode.size, 3);
  for (const id of byNode.keys()) {
    const reserved = (await master.nodeView(id))?.reserved ?? 0;
    assert.ok(reserved <= 1.25 * 100 + 1, `${id}: ${reserved} of 300`);
  }
});

test("guessing join codes ends in 429; others, and other classes, join all the same", async (t) => {
  const master = await startMaster(t);
  const math = await master.createClass("math");
  const art = await master.createClass("art");
  await addNode(master, "slave-1");
  const guesses = await Promise.all(
    Array.from({ length: 130 }, (_, index) => master.join({ user_id: "x", class: "math", join_code: `A${1000 + index}` })),
  );
  const limited = guesses.filter((answer) => answer.status === 429);
  assert.ok(limited.length >= 20, `${limited.length} were limited`);
  assert.equal(limited[0]?.body.code, "too_many_requests");
  assert.match(limited[0]?.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.equal(
    (await master.join({ user_id: "kim", class: "math", join_code: math.join_code })).status,
    429,
    "not even the right one: else the guesser would go on",
  );
  assert.equal((await master.join({ user_id: "kim", class: "art", join_code: art.join_code })).status, 200);
});

test("with JWT_SECRET tokens are HS256", async (t) => {
  const secret = "a shared secret of more than thirty-two bytes";
  const master = await startMaster(t, { JWT_SECRET: secret, TOKEN_TTL: "60" });
  await master.createClass("math", { open: true });
  await addNode(master, "slave-1");
  const { body } = await master.join({ user_id: "kim", class: "math" });
  const claims = jwt.verify(body.token, secret, { algorithms: ["HS256"] }) as TokenClaims;
  assert.equal(claims.exp - claims.iat, 60);
  assert.equal((await refresh(master, body.token)).status, 200);
});

test("after a restart: the same classes, keys and admin token, and old tokens still good", async (t) => {
  const master = await startMaster(t, { ADMIN_TOKEN: "" });
  assert.equal(master.announced.length, 1);
  const generated = /: (\S+)$/.exec(master.announced[0] ?? "")?.[1] ?? "";
  const admin = { authorization: `Bearer ${generated}` };
  const created = await master.call("POST", "/api/classes", { name: "math", title: "Maths", open: true }, admin);
  assert.equal(created.status, 201, created.text);
  await addNode(master, "slave-1");
  const before = await master.join({ user_id: "kim", class: "math" });
  const jwks = await master.call("GET", "/.well-known/jwks.json");

  await master.restart();
  assert.equal(master.announced.length, 1, "shown once only");
  assert.deepEqual((await master.call("GET", "/.well-known/jwks.json")).body, jwks.body);
  const again = await master.call("GET", "/api/classes/math", undefined, admin);
  assert.deepEqual([again.body["title"], again.body["join_code"]], ["Maths", created.body["join_code"]]);
  assert.equal((await heartbeat(master, "slave-1")).body.status, "unknown", "register again");
  assert.equal((await master.call("GET", "/health/cluster")).body["status"], "starting");
  await addNode(master, "slave-1");
  const renewed = await refresh(master, before.body.token);
  assert.equal(renewed.status, 200, renewed.text);
  assert.equal(claimsOf(renewed.body.token).jti, claimsOf(before.body.token).jti);
});

test("many addresses that guess at one class's join code get few guesses each; who has not guessed, and other classes, notice nothing", async (t) => {
  const master = await startMaster(t, { TRUSTED_PROXIES: "loopback" });
  await addNode(master, "a");
  for (const [name, joinCode] of [
    ["math", "K7QX2M"],
    ["art", "K7QX2N"],
  ] as const)
    await master.createClass(name, { join_code: joinCode });
  const from = async (address: number, name: string, joinCode: string) => {
    const headers = { "x-forwarded-for": `10.${address >> 8}.${address & 255}.9` };
    return (await master.call("POST", "/api/token", { class: name, user_id: "kim", join_code: joinCode }, headers)).status;
  };
  const addresses = Array.from({ length: 25 }, (_, index) => index);
  for (let round = 0; round < 99; round += 1) await Promise.all(addresses.map((address) => from(address, "math", "AAAAAA")));
  assert.deepEqual(await Promise.all([1, 2, 3].map((address) => from(address, "math", "K7QX2M"))), [429, 429, 429]);
  assert.equal(await from(1, "art", "K7QX2N"), 200, "another class");
  assert.equal(await from(900, "math", "AAAAAA"), 403, "mistyped");
  assert.equal(await from(900, "math", "K7QX2M"), 200);
});
