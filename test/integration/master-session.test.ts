// Signing in to the pages: the cookie, its CSRF token, what each role may do, when a session ends, and who guesses.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { ClassView, TeacherToken } from "../../src/shared/protocol/classes.ts";
import type { SessionInfo } from "../../src/shared/protocol/session.ts";
import { adminToken } from "../support/master-environment.ts";
import { addNode, startMaster } from "./master-harness.ts";
import type { Answer, TestMaster } from "./master-harness.ts";

/** A browser that is signed in. */
interface Page {
  readonly cookie: string;
  readonly info: SessionInfo;
  /** With cookie and CSRF token, unless told otherwise. */
  readonly call: <Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<Body>>;
}

const cookieOf = (answer: Answer<unknown>) => answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

async function signIn(master: TestMaster, token: string, headers: Record<string, string> = {}): Promise<Page> {
  const answer = await master.call<SessionInfo>("POST", "/api/session", { token }, headers);
  assert.equal(answer.status, 200, answer.text);
  return pageWith(master, cookieOf(answer), answer.body);
}

function pageWith(master: TestMaster, cookie: string, info: SessionInfo): Page {
  return {
    cookie,
    info,
    call: (method, path, body, headers = {}) =>
      master.call(method, path, body, { cookie, "x-csrf-token": info.csrf_token, origin: master.url, ...headers }),
  };
}

async function teacherToken(master: TestMaster, name: string): Promise<string> {
  const answer = await master.asAdmin<TeacherToken>("POST", `/api/classes/${name}/teacher-token`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.teacher_token;
}

const code = ({ status, body }: Answer) => `${status} ${typeof body["code"] === "string" ? body["code"] : ""}`.trim();

/** A clock that can be put forward. */
function clockOf() {
  let aheadMs = 0;
  return {
    forward: (ms: number) => void (aheadMs += ms),
    clock: { wallMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs },
  };
}

const hourMs = 3_600_000;

test("signing in: a cookie that scripts cannot read, an answer that nobody keeps", async (t) => {
  const master = await startMaster(t);
  const answer = await master.call<SessionInfo>("POST", "/api/session", { token: adminToken });
  assert.equal(answer.status, 200);
  const [cookie = "", ...others] = answer.headers.getSetCookie();
  assert.deepEqual(others, []);
  assert.match(cookie, /^airclass_session=[\w-]{32}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const { role, class: className, csrf_token: csrf, expires_at: expires } = answer.body;
  assert.deepEqual([role, className], ["admin", null]);
  assert.match(csrf, /^[\w-]{43}$/);
  assert.ok(Math.abs(Date.parse(expires) - Date.now() - 12 * hourMs) < 60_000, expires);
  assert.ok(!answer.text.includes(cookieOf(answer).split("=")[1] ?? "?"), "the id is in the cookie alone");

  const again = await master.call<SessionInfo>("GET", "/api/session", undefined, { cookie: cookieOf(answer) });
  assert.equal(again.status, 200);
  assert.equal(again.body.csrf_token, csrf);
  assert.equal(again.headers.get("cache-control"), "no-store");
  assert.deepEqual(again.headers.getSetCookie(), []);
});

test("nobody is signed in without a cookie, with a wrong one, nor by a bearer", async (t) => {
  const master = await startMaster(t);
  const hostile = [
    "",
    "airclass_session=",
    `airclass_session=${"x".repeat(32)}`,
    "airclass_session=%00%ff;;;=;,",
    "__proto__=x; constructor=y",
  ];
  hostile.push(`airclass_session=${"a".repeat(8_000)}`, Array.from({ length: 1_500 }, (_, index) => `c${index}=1`).join("; "));
  for (const cookie of hostile) {
    const answer = await master.call("GET", "/api/session", undefined, { cookie });
    assert.equal(code(answer), "401 admin_required", cookie.slice(0, 60));
    assert.equal(code(await master.call("GET", "/cluster/nodes", undefined, { cookie })), "401 admin_required");
  }
  // Beyond what Node reads of headers at all.
  const huge = await master.call("GET", "/api/session", undefined, { cookie: `airclass_session=${"a".repeat(20_000)}` });
  assert.equal(huge.status, 400);
  assert.equal(code(await master.asAdmin("GET", "/api/session")), "401 admin_required", "a bearer has no session");
  const { cookie } = await signIn(master, adminToken);
  const many = `${Array.from({ length: 500 }, (_, index) => `c${index}=1`).join("; ")}; ${cookie}`;
  assert.equal((await master.call("GET", "/api/session", undefined, { cookie: many })).status, 200, "among many others");
});

test("hostile bodies sign nobody in", async (t) => {
  const master = await startMaster(t);
  const bodies: [unknown, string][] = [
    [{}, "422 invalid_input"],
    [{ token: "" }, "422 invalid_input"],
    [{ token: "x".repeat(513) }, "422 invalid_input"],
    [{ token: 5 }, "422 invalid_input"],
    [{ token: [adminToken] }, "422 invalid_input"],
    [{ token: adminToken, role: "admin" }, "422 invalid_input"],
    [null, "422 invalid_input"],
    ["{", "400 malformed_request"],
    [`{"token":"${adminToken}","__proto__":{"x":1}}`, "400 malformed_request"],
    [{ token: "x".repeat(3_000) }, "413 body_too_large"],
    [{ token: "' OR 1=1 --" }, "401 sign_in_failed"],
    [{ token: "\u0000" }, "401 sign_in_failed"],
  ];
  for (const [body, expected] of bodies) {
    const answer = await master.call("POST", "/api/session", body);
    assert.equal(code(answer), expected, JSON.stringify(body).slice(0, 80));
    assert.deepEqual(answer.headers.getSetCookie(), []);
  }
  const form = await fetch(`${master.url}/api/session`, { method: "POST", body: new URLSearchParams({ token: adminToken }) });
  assert.equal(form.status, 415, "a form of another site");
  const text = await fetch(`${master.url}/api/session`, { method: "POST", body: JSON.stringify({ token: adminToken }) });
  assert.equal(text.status, 415, "text/plain needs no preflight");
});

test("a cookie alone changes nothing: the CSRF token of its session is needed, and an origin of ours", async (t) => {
  const master = await startMaster(t, { PUBLIC_URL: "https://class.school.example" });
  const page = await signIn(master, adminToken);
  const other = await signIn(master, adminToken);
  const make = (name: string, headers: Record<string, string>) =>
    master.call("POST", "/api/classes", { name }, { cookie: page.cookie, ...headers });
  const csrf = { "x-csrf-token": page.info.csrf_token };
  const refused: Record<string, string>[] = [
    {},
    { origin: master.url },
    { "x-csrf-token": "" },
    { "x-csrf-token": "x".repeat(43) },
    { "x-csrf-token": other.info.csrf_token },
    { ...csrf, origin: "https://evil.example" },
    { ...csrf, origin: "null" },
    { ...csrf, origin: `${master.url}.evil.example` },
    { ...csrf, origin: "http://127.0.0.1:1" },
    { ...csrf, origin: "garbage" },
  ];
  for (const headers of refused) assert.equal(code(await make("never", headers)), "403 csrf_token_invalid", JSON.stringify(headers));
  assert.equal(code(await page.call("DELETE", "/api/session", undefined, { "x-csrf-token": "x" })), "403 csrf_token_invalid");
  assert.equal((await make("a", csrf)).status, 201, "programs send no origin");
  assert.equal((await make("b", { ...csrf, origin: master.url })).status, 201);
  assert.equal((await make("c", { ...csrf, origin: "https://class.school.example" })).status, 201, "PUBLIC_URL");
  const { body } = await page.call<{ classes: ClassView[] }>("GET", "/api/classes", undefined, { "x-csrf-token": "" });
  assert.deepEqual(
    body.classes.map(({ name }) => name),
    ["a", "b", "c"],
    "reading needs none",
  );
});

test("no other site's page signs a browser in, reads with its session, or is allowed to by CORS", async (t) => {
  const master = await startMaster(t, { CORS_ORIGINS: "https://school.example" });
  const page = await signIn(master, adminToken);
  for (const origin of ["https://evil.example", "https://school.example", "null"]) {
    const answer = await master.call("POST", "/api/session", { token: adminToken }, { origin });
    assert.equal(code(answer), "403 csrf_token_invalid", origin);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    for (const [method, path] of [
      ["GET", "/api/session"],
      ["GET", "/cluster/nodes"],
      ["OPTIONS", "/api/classes"],
      ["OPTIONS", "/api/session"],
    ] as const) {
      const headers = {
        origin,
        cookie: page.cookie,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-csrf-token",
      };
      const asked = await master.call(method, path, undefined, headers);
      assert.equal(asked.headers.get("access-control-allow-credentials"), null, `${method} ${path} ${origin}`);
    }
  }
  const any = await startMaster(t, { CORS_ORIGINS: "*" });
  const answer = await any.call("GET", "/api/classes", undefined, { origin: "https://evil.example" });
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.equal(answer.headers.get("access-control-allow-credentials"), null);
});

test("a bearer wins over the cookie and needs no CSRF token", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  const teacher = await signIn(master, await teacherToken(master, "math"));
  const bearer = { authorization: `Bearer ${adminToken}` };
  assert.equal((await master.call("POST", "/api/classes", { name: "art" }, { ...bearer, cookie: teacher.cookie })).status, 201);
  const wrong = { authorization: "Bearer wrong-token-of-some-length", cookie: teacher.cookie, "x-csrf-token": teacher.info.csrf_token };
  assert.equal(code(await master.call("PATCH", "/api/classes/math", {}, wrong)), "401 admin_required");
});

test("a student in a browser where a teacher is signed in is a student; what only teachers may needs the CSRF token", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { join_code: "MATH-1" });
  await addNode(master, "slave-1");
  const page = await signIn(master, await teacherToken(master, "math"));
  const ask = (body: object, headers: Record<string, string> = {}) =>
    master.call("POST", "/api/token", { user_id: "kim", class: "math", ...body }, { cookie: page.cookie, ...headers });
  assert.equal((await ask({ join_code: "MATH-1" })).body["user_type"], "student");
  assert.equal(code(await ask({})), "403 join_code_required");
  assert.equal(code(await ask({ user_type: "teacher" })), "401 admin_required");
  assert.equal(code(await ask({ user_type: "teacher" }, { "x-csrf-token": "wrong" })), "403 csrf_token_invalid");
  const own = { "x-csrf-token": page.info.csrf_token };
  assert.equal((await ask({ user_type: "teacher" }, own)).body["user_type"], "teacher");
  assert.equal(code(await ask({ user_type: "teacher" }, { ...own, origin: "https://evil.example" })), "403 csrf_token_invalid");
});

test("everything that the admin may do by a bearer, a session may; answers are for no cache", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1");
  const page = await signIn(master, adminToken);
  const calls = [
    ["POST", "/api/classes", { name: "math" }, 201],
    ["GET", "/api/classes", undefined, 200],
    ["GET", "/api/classes/math", undefined, 200],
    ["PATCH", "/api/classes/math", { closed: true }, 200],
    ["POST", "/api/classes/math/rotate-key", undefined, 200],
    ["POST", "/api/classes/math/teacher-token", undefined, 200],
    ["DELETE", "/api/classes/math/teacher-token", undefined, 204],
    ["DELETE", "/api/classes/math", undefined, 204],
    ["GET", "/cluster/nodes", undefined, 200],
    ["GET", "/cluster/streams", undefined, 200],
    ["GET", "/cluster/prometheus", undefined, 200],
    ["POST", "/cluster/nodes/slave-1/drain", { deadline_s: 5 }, 200],
    ["POST", "/cluster/nodes/slave-1/undrain", undefined, 200],
    ["GET", "/health/detailed", undefined, 200],
  ] as const;
  for (const [method, path, body, status] of calls) {
    const answer = await page.call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} ${answer.text}`);
    assert.equal(answer.headers.get("cache-control"), "no-store", path);
  }
});

test("a teacher has one class: not another one, not the cluster, no class to make or delete", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { join_code: "MATH-1" });
  await master.createClass("art", { join_code: "ART-1" });
  await addNode(master, "slave-1");
  const token = await teacherToken(master, "math");
  const page = await signIn(master, token);
  assert.deepEqual([page.info.role, page.info.class], ["teacher", "math"]);
  const asScript: Page["call"] = (method, path, body) => master.call(method, path, body, { authorization: `Bearer ${token}` });

  for (const call of [page.call, asScript]) {
    const own = await call<{ classes: ClassView[] }>("GET", "/api/classes");
    assert.deepEqual(
      own.body.classes.map(({ name }) => name),
      ["math"],
    );
    assert.equal((await call("GET", "/api/classes/math")).status, 200);
    assert.equal((await call("PATCH", "/api/classes/math", { title: "Maths", open: true })).status, 200);
    assert.equal((await call("POST", "/api/classes/math/rotate-key")).status, 200);
    const endpoints = [
      ["GET", "/api/classes/art"],
      ["PATCH", "/api/classes/art"],
      ["POST", "/api/classes/art/rotate-key"],
      ["POST", "/api/classes/art/teacher-token"],
      ["DELETE", "/api/classes/art/teacher-token"],
      ["DELETE", "/api/classes/art"],
      ["GET", "/api/classes/nothing"],
      ["POST", "/api/classes"],
      ["DELETE", "/api/classes/math"],
      ["POST", "/api/classes/math/teacher-token"],
      ["DELETE", "/api/classes/math/teacher-token"],
      ["GET", "/cluster/nodes"],
      ["GET", "/cluster/best-node"],
      ["GET", "/cluster/streams"],
      ["GET", "/cluster/streams/live/math/replicas"],
      ["GET", "/cluster/sessions/x"],
      ["GET", "/cluster/prometheus"],
      ["POST", "/cluster/nodes/slave-1/drain"],
      ["POST", "/cluster/nodes/slave-1/undrain"],
      ["GET", "/health/detailed"],
    ] as const;
    for (const [method, path] of endpoints) {
      const body = method === "PATCH" ? { title: "mine" } : path === "/api/classes" ? { name: "more" } : undefined;
      assert.equal(code(await call(method, path, body)), "403 not_your_class", `${method} ${path}`);
    }
  }
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
  const all = await master.asAdmin<{ classes: ClassView[] }>("GET", "/api/classes");
  assert.deepEqual(
    all.body.classes.map(({ name, title, has_teacher_token: has }) => [name, title, has]),
    [
      ["art", "art", false],
      ["math", "Maths", true],
    ],
  );
});

test("a teacher who tries join codes to learn those of others is slowed down; the admin is not", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await master.createClass("art", { join_code: "ART-1" });
  const page = await signIn(master, await teacherToken(master, "math"));
  const answers = [];
  for (let count = 0; count < 40; count += 1)
    answers.push((await page.call("PATCH", "/api/classes/math", { join_code: `ART-${count}` })).status);
  assert.equal(answers[1], 409);
  assert.ok(answers.includes(429), answers.join(" "));
  assert.equal((await page.call("PATCH", "/api/classes/math", { title: "still" })).status, 200);
  assert.equal((await master.asAdmin("PATCH", "/api/classes/math", { join_code: "NEW-1" })).status, 200);
});

test("a teacher token: shown once, kept as a hash, replaced, taken away; its sessions end with it", async (t) => {
  const master = await startMaster(t, { PUBLIC_URL: "https://class.school.example" });
  await master.createClass("math");
  const made = await master.asAdmin<TeacherToken>("POST", "/api/classes/math/teacher-token");
  const first = made.body.teacher_token;
  assert.match(first, /^[\w-]{32}$/);
  assert.equal(made.body.teach_url, `https://class.school.example/teach#${first}`);
  assert.ok(!(await master.asAdmin("GET", "/api/classes")).text.includes(first));
  const page = await signIn(master, first);

  const second = await teacherToken(master, "math");
  assert.equal(code(await page.call("GET", "/api/session")), "401 admin_required", "replaced");
  assert.equal(code(await page.call("PATCH", "/api/classes/math", { closed: true })), "401 admin_required");
  assert.equal(code(await master.call("POST", "/api/session", { token: first })), "401 sign_in_failed");
  const bearer = (token: string) => master.call("GET", "/api/classes/math", undefined, { authorization: `Bearer ${token}` });
  assert.equal((await bearer(first)).status, 401);
  assert.equal((await bearer(second)).status, 200);

  const next = await signIn(master, second);
  assert.equal((await master.asAdmin("DELETE", "/api/classes/math/teacher-token")).status, 204);
  assert.equal((await next.call("GET", "/api/session")).status, 401, "taken away");
  assert.equal((await bearer(second)).status, 401);
  assert.equal((await master.asAdmin("DELETE", "/api/classes/math/teacher-token")).status, 204, "twice is well");
  assert.equal(code(await master.asAdmin("POST", "/api/classes/nothing/teacher-token")), "404 no_such_class");
  assert.equal(code(await master.asAdmin("DELETE", "/api/classes/nothing/teacher-token")), "404 no_such_class");

  const last = await signIn(master, await teacherToken(master, "math"));
  await master.asAdmin("DELETE", "/api/classes/math");
  assert.equal((await last.call("GET", "/api/session")).status, 401, "its class is gone");
  await master.createClass("math");
  assert.equal((await last.call("GET", "/api/session")).status, 401, "a class of the same name is another one");
});

test("sessions survive a restart of the master; another ADMIN_TOKEN ends the admin's, not the teacher's", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  const admin = await signIn(master, adminToken);
  const teacher = await signIn(master, await teacherToken(master, "math"));
  await master.restart();
  assert.equal((await admin.call<SessionInfo>("GET", "/api/session")).body.csrf_token, admin.info.csrf_token);
  assert.equal((await admin.call("PATCH", "/api/classes/math", { title: "x" })).status, 200);
  await master.restart({ ADMIN_TOKEN: "another-admin-token" });
  assert.equal(code(await admin.call("GET", "/api/session")), "401 admin_required");
  assert.equal(code(await admin.call("GET", "/cluster/nodes")), "401 admin_required");
  assert.equal((await teacher.call("PATCH", "/api/classes/math", { title: "y" })).status, 200);
  await master.restart();
  assert.equal((await admin.call("GET", "/api/session")).status, 401, "what was found ended stays so");
});

test("12 hours without a use end a session, each use gives another 12, and after 7 days it is over", async (t) => {
  const { clock, forward } = clockOf();
  const master = await startMaster(t, {}, { clock });
  const idle = await signIn(master, adminToken);
  const used = await signIn(master, adminToken);
  for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
    forward(8 * hourMs);
    const answer = await used.call<SessionInfo>("GET", "/api/session");
    assert.equal(answer.status, 200, `${hours} h`);
  }
  assert.equal((await idle.call("GET", "/api/session")).status, 401);
  const expiresMs = Date.parse((await used.call<SessionInfo>("GET", "/api/session")).body.expires_at);
  assert.ok(expiresMs - clock.wallMs() <= 8 * hourMs + 60_000, "no further than 7 days");
  forward(8 * hourMs);
  assert.equal((await used.call("GET", "/api/session")).status, 401);
});

test("before a trusted proxy that ends TLS the cookie is Secure and __Host-; nobody else can say so", async (t) => {
  const behind = { "x-forwarded-proto": "https", "x-forwarded-host": "class.example", origin: "https://class.example" };
  const trusting = await startMaster(t, { TRUSTED_PROXIES: "loopback" });
  const answer = await trusting.call<SessionInfo>("POST", "/api/session", { token: adminToken }, behind);
  const [cookie = ""] = answer.headers.getSetCookie();
  assert.match(cookie, /^__Host-airclass_session=[\w-]{32}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  const page = pageWith(trusting, cookieOf(answer), answer.body);
  assert.equal((await page.call("POST", "/api/classes", { name: "math" }, behind)).status, 201);
  assert.equal((await page.call("GET", "/api/session")).status, 401, "not without TLS");
  const plain = page.cookie.replace("__Host-", "");
  assert.equal((await trusting.call("GET", "/api/session", undefined, { ...behind, cookie: plain })).status, 401, "not without its prefix");
  const out = await page.call("DELETE", "/api/session", undefined, behind);
  assert.match(out.headers.getSetCookie()[0] ?? "", /^__Host-airclass_session=; Max-Age=0; Path=\/;.*; Secure/);

  const other = await startMaster(t);
  const refused = await other.call("POST", "/api/session", { token: adminToken }, behind);
  assert.equal(code(refused), "403 csrf_token_invalid", "its host is not believed");
  const { origin: _, ...headers } = behind;
  assert.match((await signIn(other, adminToken, headers)).cookie, /^airclass_session=/);
});

test("signing out ends the session and takes the cookie away; signing in gives a new id and ends the one before", async (t) => {
  const master = await startMaster(t);
  const page = await signIn(master, adminToken);
  const out = await page.call("DELETE", "/api/session");
  assert.equal(out.status, 204);
  assert.match(out.headers.getSetCookie()[0] ?? "", /^airclass_session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970.*HttpOnly/);
  assert.equal((await page.call("GET", "/api/session")).status, 401);
  assert.equal((await page.call("DELETE", "/api/session")).status, 204, "twice is well");
  assert.equal((await master.call("DELETE", "/api/session")).status, 204);

  // Fixation: an id that somebody else chose, or knows, is never the one that is signed in.
  const chosen = `airclass_session=${"A".repeat(32)}`;
  const fixed = await signIn(master, adminToken, { cookie: chosen });
  assert.notEqual(fixed.cookie, chosen);
  assert.equal((await master.call("GET", "/api/session", undefined, { cookie: chosen })).status, 401);
  const next = await signIn(master, adminToken, { cookie: fixed.cookie });
  assert.equal((await fixed.call("GET", "/api/session")).status, 401, "the one before");
  assert.equal((await next.call("GET", "/api/session")).status, 200);
});

test("a sender who guesses is slowed down; the admin at another address gets in, also when everybody guesses", async (t) => {
  const master = await startMaster(t, { TRUSTED_PROXIES: "loopback" });
  const from = (address: string, token: string) => master.call("POST", "/api/session", { token }, { "x-forwarded-for": address });
  const answers = [];
  for (let count = 0; count < 12; count += 1) answers.push(code(await from("10.1.0.1", `guess-${count}`)));
  assert.equal(answers[0], "401 sign_in_failed");
  assert.equal(answers.at(-1), "429 too_many_requests");
  const limited = await from("10.1.0.1", adminToken);
  assert.equal(code(limited), "429 too_many_requests", "a guesser does not learn that this one is right");
  assert.ok(Number(limited.headers.get("retry-after")) >= 1);
  assert.deepEqual(limited.headers.getSetCookie(), []);
  // 150 addresses.
  const guesses = await Promise.all(Array.from({ length: 300 }, (_, index) => from(`10.2.0.${index % 150}`, "guess")));
  const tried = guesses.filter(({ status }) => status === 401).length;
  assert.ok(tried >= 100 && tried < 260, `${tried} guesses`);
  assert.equal((await from("10.3.0.1", adminToken)).status, 200, "the admin");
  assert.equal((await from("10.3.0.1", adminToken)).status, 200, "again");
  assert.equal((await from("10.1.0.1", adminToken)).status, 429);
});

test("wrong bearer tokens are limited, too: sign-in is not the only door", async (t) => {
  const master = await startMaster(t, { TRUSTED_PROXIES: "loopback" });
  const ask = (address: string, token: string) =>
    master.call("GET", "/api/classes", undefined, { authorization: `Bearer ${token}`, "x-forwarded-for": address });
  const answers = [];
  for (let count = 0; count < 130; count += 1) answers.push((await ask("10.1.0.1", `guess-${count}`)).status);
  assert.deepEqual(new Set(answers), new Set([401, 429]));
  assert.equal((await ask("10.1.0.1", adminToken)).status, 429);
  assert.equal((await ask("10.1.0.2", adminToken)).status, 200);
  assert.equal((await ask("10.1.0.2", "x".repeat(5_000))).status, 401);
});

test("too many sessions: those that would end first go, and only of the same class", async (t) => {
  const { clock, forward } = clockOf();
  const master = await startMaster(t, {}, { clock });
  await master.createClass("math");
  const token = await teacherToken(master, "math");
  const admin = await signIn(master, adminToken);
  const first = await signIn(master, token);
  for (let count = 0; count < 100; count += 1) {
    forward(2_000);
    await signIn(master, token);
  }
  assert.equal((await first.call("GET", "/api/session")).status, 401);
  assert.equal((await admin.call("GET", "/api/session")).status, 200);
});

test("sign-ins are counted by result", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await signIn(master, adminToken);
  await signIn(master, await teacherToken(master, "math"));
  for (let count = 0; count < 11; count += 1) await master.call("POST", "/api/session", { token: "guess" });
  const { text } = await master.call("GET", "/metrics");
  const counted = [...text.matchAll(/^airclass_sign_ins_total\{.*?result="(\w+)".*\} (\d+)$/gm)].map(
    ([, result, count]) => `${result} ${count}`,
  );
  assert.deepEqual(counted.toSorted(), ["admin 1", "failed 10", "limited 1", "teacher 1"]);
});

test("what the store keeps of a session and of tokens signs nobody in", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  const token = await teacherToken(master, "math");
  const { cookie, info } = await signIn(master, token);
  const database = new DatabaseSync(join(master.dataDir, "airclass.db"), { readOnly: true });
  t.after(() => database.close());
  const rows = JSON.stringify(["sessions", "classes"].map((table) => database.prepare(`SELECT * FROM ${table}`).all()));
  for (const secret of [cookie.split("=")[1] ?? "", info.csrf_token, token]) {
    assert.ok(secret.length >= 32 && !rows.includes(secret));
  }
});
