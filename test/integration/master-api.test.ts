import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createMaster } from "../../src/master/master.ts";
import { loadMasterConfig } from "../../src/shared/config/load-config.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";
import { clusterSecret } from "../support/master-environment.ts";

test("classes: created, listed, changed, rotated, deleted; the key is shown twice only", async (t) => {
  const master = await startMaster(t, { PUBLIC_URL: "https://class.school.example/" });
  const created = await master.asAdmin("POST", "/api/classes", { name: "math-3b", title: "Maths 3b" });
  assert.equal(created.status, 201, created.text);
  const { stream_key: key, join_code: code, ...rest } = created.body as Record<string, string>;
  assert.deepEqual(rest, {
    name: "math-3b",
    title: "Maths 3b",
    path: "live/math-3b",
    open: false,
    closed: false,
    has_teacher_token: false,
    live: false,
    rtmp_url: "rtmp://127.0.0.1:1935/live",
    watch_url: "https://class.school.example/watch/math-3b",
  });
  assert.match(key ?? "", /^[\w-]{32}$/);
  assert.match(code ?? "", /^[2-9A-HJKMNP-Z]{6}$/);

  assert.equal((await master.asAdmin("POST", "/api/classes", { name: "math-3b" })).body["code"], "class_exists");
  const one = await master.asAdmin("GET", "/api/classes/math-3b");
  const all = await master.asAdmin("GET", "/api/classes");
  assert.deepEqual(all.body["classes"], [one.body]);
  assert.ok(!all.text.includes(key ?? "?") && !("stream_key" in one.body));

  const changed = await master.asAdmin("PATCH", "/api/classes/math-3b", { open: true, title: "", join_code: "ABCD" });
  assert.deepEqual([changed.status, changed.body["open"], changed.body["title"], changed.body["join_code"]], [200, true, "", "ABCD"]);
  const rotated = await master.asAdmin("POST", "/api/classes/math-3b/rotate-key");
  assert.equal(rotated.status, 200);
  assert.notEqual(rotated.body["stream_key"], key);
  assert.equal(rotated.body["join_code"], "ABCD");

  assert.equal((await master.asAdmin("DELETE", "/api/classes/math-3b")).status, 204);
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["PATCH", ""],
    ["POST", "/rotate-key"],
  ] as const) {
    const answer = await master.asAdmin(method, `/api/classes/math-3b${path}`, method === "PATCH" ? {} : undefined);
    assert.deepEqual([answer.status, answer.body["code"]], [404, "no_such_class"], `${method} ${path}`);
  }
});

test("hostile class names and fields get 422", async (t) => {
  const master = await startMaster(t);
  const names = [
    "",
    "Math",
    "a b",
    "-x",
    "x'; DROP TABLE classes; --",
    "../x",
    "a/b",
    "é",
    "x".repeat(65),
    "a\n",
    "%2e%2e",
    5,
    null,
    ["a"],
  ];
  for (const name of names) {
    const answer = await master.asAdmin("POST", "/api/classes", { name });
    assert.deepEqual([answer.status, answer.body["code"]], [422, "invalid_input"], JSON.stringify(name));
  }
  for (const extra of [
    { title: "a\u0000b" },
    { title: "x".repeat(201) },
    { join_code: "a b c d" },
    { join_code: "abc" },
    { open: "yes" },
    { stream_key: "mine" },
  ]) {
    assert.equal((await master.asAdmin("POST", "/api/classes", { name: "math", ...extra })).status, 422, JSON.stringify(extra));
  }
  for (const path of ["/api/classes/..%2f..%2fx", "/api/classes/x'--", "/watch/Math", "/watch/..%2fetc"]) {
    assert.ok([404, 422].includes((await master.asAdmin("GET", path)).status), path);
  }
  assert.deepEqual((await master.asAdmin("GET", "/api/classes")).body, { classes: [] });
});

test("every admin endpoint refuses who is not the admin", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math");
  await addNode(master, "slave-1");
  const endpoints = [
    "GET /cluster/nodes",
    "GET /cluster/best-node",
    "GET /cluster/streams",
    "GET /cluster/streams/live/math/replicas",
    "GET /cluster/sessions/x",
    "GET /cluster/prometheus",
    "POST /cluster/nodes/slave-1/drain",
    "POST /cluster/nodes/slave-1/undrain",
    "GET /api/classes",
    "POST /api/classes",
    "GET /api/classes/math",
    "PATCH /api/classes/math",
    "DELETE /api/classes/math",
    "POST /api/classes/math/rotate-key",
    "POST /api/classes/math/teacher-token",
    "DELETE /api/classes/math/teacher-token",
    "GET /health/detailed",
  ];
  for (const endpoint of endpoints) {
    const [method = "", path = ""] = endpoint.split(" ");
    for (const headers of [{}, { authorization: "Bearer wrong-token-of-some-length" }, { authorization: "Basic eDp5" }]) {
      const answer = await master.call(method, path, undefined, headers);
      assert.deepEqual([answer.status, answer.body["code"]], [401, "admin_required"], `${endpoint} ${JSON.stringify(headers)}`);
      assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    }
  }
  assert.equal((await master.nodeView("slave-1"))?.status, "healthy");
});

test("what the operator reads", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  assert.deepEqual((await master.asAdmin("GET", "/cluster/best-node")).body["code"], "no_node");
  await addNode(master, "slave-1");
  await addNode(master, "slave-2", { host: "10.0.0.8", tls: true });
  const origin = { path: "live/math", role: "origin", state: "live", epoch: 2, msn: 9, part: 1, viewers: 30, bitrate: 1_600_000 } as const;
  await heartbeat(master, "slave-1", { connections: 30, streams: [origin] });
  await heartbeat(master, "slave-2", { connections: 15, streams: [{ ...origin, role: "replica", viewers: 15 }] });

  const nodes = await master.asAdmin("GET", "/cluster/nodes");
  const { nodes: list, ...totals } = nodes.body;
  assert.deepEqual(totals, { total_nodes: 2, healthy_nodes: 2, total_connections: 45, total_capacity: 300, utilization: 15 });
  assert.equal((list as unknown[]).length, 2);

  const best = await master.asAdmin("GET", "/cluster/best-node?path=live/math");
  assert.deepEqual(best.body, {
    node_id: "slave-2",
    node_name: "PC slave-2",
    rtmp_url: "rtmp://10.0.0.8:1935/live",
    hls_url: "https://10.0.0.8:8888/live/math/index.m3u8",
    api_url: "https://10.0.0.8:8000",
    load_percentage: 10,
    current_connections: 15,
    max_connections: 150,
  });
  assert.equal((await master.nodeView("slave-2"))?.reserved, 0, "asking holds no place");
  assert.equal((await master.asAdmin("GET", "/cluster/best-node?path=/etc/passwd")).status, 422);

  const streams = await master.asAdmin<{ streams: { origin: string; viewers: number; state: string; copies: unknown[] }[] }>(
    "GET",
    "/cluster/streams",
  );
  assert.deepEqual(
    streams.body.streams.map(({ origin, viewers, state, copies }) => [origin, viewers, state, copies.length]),
    [["slave-1", 45, "live", 2]],
  );
  const lesson = await master.asAdmin("GET", "/api/classes/math");
  assert.deepEqual([lesson.body["live"], lesson.body["rtmp_url"]], [true, "rtmp://10.0.0.7:1935/live"]);

  const targets = await master.asAdmin<{ targets: string[]; labels: Record<string, string> }[]>("GET", "/cluster/prometheus");
  assert.deepEqual(
    targets.body.map(({ targets, labels }) => [...targets, labels["node_id"], labels["__scheme__"]]),
    [
      ["10.0.0.7:8000", "slave-1", "http"],
      ["10.0.0.8:8000", "slave-2", "https"],
    ],
  );
  assert.equal((await master.asAdmin("GET", "/cluster/sessions/nobody")).body["code"], "no_such_session");
});

test("health: little for everybody, more for the admin", async (t) => {
  const master = await startMaster(t);
  assert.deepEqual((await master.call("GET", "/health")).body, { status: "ok" });
  const empty = await master.call("GET", "/health/cluster");
  assert.deepEqual([empty.status, empty.body], [503, { status: "starting" }]);
  await addNode(master, "slave-1");
  assert.deepEqual((await master.call("GET", "/health/cluster")).body, { status: "ok" });
  await heartbeat(master, "slave-1", { connections: 149 });
  assert.deepEqual((await master.call("GET", "/health/cluster")).body, { status: "degraded" });
  const detailed = await master.asAdmin("GET", "/health/detailed");
  assert.equal(detailed.status, 200, detailed.text);
  assert.deepEqual([detailed.body["nodes"], detailed.body["signing_algorithm"]], [1, "ES256"]);
});

test("/docs describes every route, and asks no other host", async (t) => {
  const master = await startMaster(t);
  const page = await master.call("GET", "/docs");
  assert.equal(page.status, 200);
  const document = await master.call<{ paths: Record<string, Record<string, { summary?: string; responses: object }>> }>(
    "GET",
    "/docs/json",
  );
  const expected = [
    "/api/token",
    "/api/token/refresh",
    "/cluster/register",
    "/cluster/stats",
    "/cluster/nodes/{id}",
    "/cluster/nodes",
    "/cluster/best-node",
    "/cluster/gateway",
    "/cluster/streams",
    "/cluster/streams/live/{name}/replicas",
    "/cluster/sessions/{jti}",
    "/cluster/nodes/{id}/drain",
    "/cluster/nodes/{id}/undrain",
    "/cluster/prometheus",
    "/api/classes",
    "/api/classes/{name}",
    "/api/classes/{name}/rotate-key",
    "/api/classes/{name}/teacher-token",
    "/api/classes/{name}/viewers",
    "/api/classes/{name}/viewers/{jti}",
    "/api/classes/{name}/removed/{user_id}",
    "/api/classes/{name}/live",
    "/cluster/live",
    "/cluster/nodes/{id}/history",
    "/api/session",
    "/api/join",
    "/health",
    "/health/detailed",
    "/metrics",
    "/health/cluster",
    "/.well-known/jwks.json",
  ];
  assert.deepEqual(Object.keys(document.body.paths).toSorted(), expected.toSorted());
  for (const [path, methods] of Object.entries(document.body.paths)) {
    for (const [method, operation] of Object.entries(methods)) assert.ok(operation.summary, `${method} ${path} has a summary`);
  }
  const urls = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  assert.ok(urls.length >= 3);
  for (const url of urls) {
    assert.doesNotMatch(url, /^(https?:)?\/\//);
    assert.equal((await fetch(new URL(url, `${master.url}/docs/`))).status, 200, url);
  }
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
});

test("errors of HTTP itself are problem documents too", async (t) => {
  const master = await startMaster(t);
  const json = { "content-type": "application/json" };
  const cases: [string, string, string | undefined, Record<string, string>, number, string][] = [
    ["GET", "/nope", undefined, {}, 404, "not_found"],
    ["POST", "/api/token", "{", json, 400, "malformed_request"],
    ["POST", "/api/token", "user_id=x", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    ["POST", "/api/token", "x".repeat(9_000), json, 413, "body_too_large"],
    ["POST", "/api/token", '{"user_id":"x","class":"a","__proto__":{"isAdmin":true}}', json, 400, "malformed_request"],
    ["GET", "/%", undefined, {}, 400, "malformed_request"],
  ];
  for (const [method, path, body, headers, status, code] of cases) {
    const answer = await master.call(method, path, body, headers);
    assert.deepEqual([answer.status, answer.body["code"]], [status, code], `${method} ${path} ${answer.text.slice(0, 100)}`);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  }
});

test("pages of other origins may call only where CORS_ORIGINS says so", async (t) => {
  const master = await startMaster(t, { CORS_ORIGINS: "https://school.example" });
  const preflight = (origin: string) =>
    master.call("OPTIONS", "/api/token", undefined, {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    });
  assert.equal((await preflight("https://school.example")).headers.get("access-control-allow-origin"), "https://school.example");
  assert.equal((await preflight("https://evil.example")).headers.get("access-control-allow-origin"), null);
  const closed = await startMaster(t);
  assert.equal(
    (await closed.call("GET", "/health", undefined, { origin: "https://evil.example" })).headers.get("access-control-allow-origin"),
    null,
  );
});

test("a taken port or an unusable DATA_DIR is one sentence, and nothing is left open", async (t) => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  t.after(() => blocker.close());
  const address = blocker.address();
  assert.ok(address && typeof address === "object");
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-master-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const env = { CLUSTER_SECRET: clusterSecret, BIND_HOST: "127.0.0.1", API_PORT: String(address.port), RTMP_PORT: "0", DATA_DIR: dataDir };
  const make = (changes: Record<string, string>) => {
    const { config } = loadMasterConfig({ env: { ...env, ...changes }, args: [] });
    return createMaster(config, { logger: createLogger("silent", {}), version: "test", announce: () => {} });
  };
  await assert.rejects(make({}).start(), (error) => error instanceof UserError && error.message.includes(`Port ${address.port} is taken`));
  writeFileSync(join(dataDir, "file"), "");
  await assert.rejects(
    make({ DATA_DIR: join(dataDir, "file") }).start(),
    (error) => error instanceof UserError && error.message.startsWith("DATA_DIR "),
  );
  const master = make({ API_PORT: "0", RTMP_PORT: "0" });
  await master.start();
  await Promise.all([master.stop(), master.stop()]);
  await master.stop();
});
