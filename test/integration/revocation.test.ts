// A token that is no longer good is refused everywhere within seconds: viewers who were removed, classes that were closed or
// deleted, also over a restart of the master.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StatsResponse } from "../../src/shared/protocol/cluster-messages.ts";
import type { TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signMasterCredential } from "../../src/shared/tokens/master-credential.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken, clusterSecret } from "../support/master-environment.ts";
import { claimsIn, joinAs, renew, watch } from "./audience-harness.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";

/** What a teacher is promised. */
const everywhereWithinMs = 5_000;

describe("revocation in a cluster", () => {
  let cluster: Cluster;

  before(async () => {
    // Heartbeats are too rare to bring news within the time of any test here: what comes, a nudge has brought.
    cluster = await startCluster({ slaves: 2, slave: { HEARTBEAT_INTERVAL: "60" } });
  });
  after(() => cluster.stop());

  const asAdmin = async (method: string, path: string, body?: object) => {
    const response = await cluster.fetch(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response;
  };

  async function join(user_id: string, name: string, exclude: string[] = []): Promise<TokenResponse> {
    const { status, body } = await joinAs(cluster.masterUrl, { user_id, class: name, exclude });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async function refusedWithin(ms: number, urls: readonly string[]): Promise<number> {
    const startedMs = performance.now();
    for (const url of urls) {
      for (;;) {
        if ((await watch(url)) === "token_revoked") break;
        assert.ok(performance.now() - startedMs < ms, `not refused within ${ms} ms: ${url}`);
        await sleep(20);
      }
    }
    return performance.now() - startedMs;
  }

  test("a removed viewer is out on every node and stays out, others and other classes notice nothing; until let in again", async (t) => {
    await cluster.createClass("math");
    await cluster.createClass("art");
    const [first, second] = [await join("kim", "math", ["slave-2"]), await join("Kim ", "math", ["slave-1"])];
    const [lee, other] = [await join("lee", "math"), await join("kim", "art")];
    for (const { hls_url } of [first, second, lee, other]) assert.equal(await watch(hls_url), "ok");

    await asAdmin("DELETE", `/api/classes/math/viewers/${claimsIn(first.token).jti}`);
    const tookMs = await refusedWithin(everywhereWithinMs, [first.hls_url, second.hls_url]);
    t.diagnostic(`refused on both nodes after ${Math.round(tookMs)} ms`);
    for (const { hls_url } of [lee, other]) assert.equal(await watch(hls_url), "ok");

    assert.equal((await joinAs(cluster.masterUrl, { user_id: "KIM", class: "math" })).code, "viewer_removed");
    for (const { token } of [first, second]) {
      const answer = await renew(cluster.masterUrl, token);
      assert.deepEqual([answer.status, answer.code], [403, "viewer_removed"]);
    }
    assert.equal((await renew(cluster.masterUrl, other.token)).status, 200);

    await asAdmin("DELETE", "/api/classes/math/removed/kim");
    const again = await join("kim", "math");
    assert.equal(await watch(again.hls_url), "ok");
    assert.equal(await watch(first.hls_url), "token_revoked", "what was revoked stays so");
    const old = await renew(cluster.masterUrl, first.token);
    assert.deepEqual([old.status, old.code], [401, "token_revoked"]);
  });

  test("a viewer who moved is out with all his tokens", async () => {
    await cluster.createClass("moving");
    const start = await join("kim", "moving", ["slave-2"]);
    const moved = await renew(cluster.masterUrl, start.token, ["slave-1"]);
    assert.equal(moved.body.node_id, "slave-2");
    await asAdmin("DELETE", `/api/classes/moving/viewers/${claimsIn(start.token).jti}`);
    await refusedWithin(everywhereWithinMs, [start.hls_url, moved.body.hls_url]);
  });

  test("a closed class is over for all within seconds; opened again in the same second, everybody goes on", async () => {
    await cluster.createClass("short");
    const viewers = [await join("kim", "short", ["slave-2"]), await join("lee", "short", ["slave-1"])];
    await asAdmin("PATCH", "/api/classes/short", { closed: true });
    for (const { token } of viewers) {
      const answer = await renew(cluster.masterUrl, token);
      assert.deepEqual([answer.status, answer.code], [403, "class_closed"]);
    }
    const late = await joinAs(cluster.masterUrl, { user_id: "late", class: "short" });
    assert.deepEqual([late.status, late.code], [403, "class_closed"]);
    const teacher = await cluster.fetch("/api/token", {
      method: "POST",
      body: JSON.stringify({ user_id: "t", user_type: "teacher", action: "publish", class: "short" }),
    });
    assert.equal(teacher.status, 403);
    await asAdmin("PATCH", "/api/classes/short", { closed: false });
    await asAdmin("PATCH", "/api/classes/short", { closed: true });
    await asAdmin("PATCH", "/api/classes/short", { closed: false });

    const renewed = await Promise.all(viewers.map(({ token }) => renew(cluster.masterUrl, token)));
    const anew = [...renewed.map(({ body }) => body), await join("late", "short")];
    await refusedWithin(
      everywhereWithinMs,
      viewers.map(({ hls_url }) => hls_url),
    );
    for (const { hls_url } of anew) assert.equal(await watch(hls_url), "ok");
    for (const { body } of renewed) assert.equal((await renew(cluster.masterUrl, body.token)).status, 200);
  });

  test("who was a teacher of the class does not go on watching by what he got as one; who still is gets another token", async () => {
    await cluster.createClass("taught");
    const asTeacher = (bearer: string) =>
      fetch(`${cluster.masterUrl}/api/token`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
        body: JSON.stringify({ user_id: "teacher", user_type: "teacher", class: "taught" }),
      });
    const granted = (await (await asAdmin("POST", "/api/classes/taught/teacher-token")).json()) as { teacher_token: string };
    const answers = [await asTeacher(granted.teacher_token), await asTeacher(adminToken)];
    const [former, admin] = (await Promise.all(answers.map((answer) => answer.json()))) as [TokenResponse, TokenResponse];
    const student = await join("kim", "taught");
    for (const { hls_url } of [former, admin, student]) assert.equal(await watch(hls_url), "ok");

    await asAdmin("DELETE", "/api/classes/taught/teacher-token");
    await refusedWithin(everywhereWithinMs, [former.hls_url, admin.hls_url]);
    assert.equal((await renew(cluster.masterUrl, former.token)).code, "token_revoked");
    assert.equal((await asTeacher(granted.teacher_token)).status, 401);
    const again = (await (await asTeacher(adminToken)).json()) as TokenResponse;
    for (const { hls_url } of [again, student]) assert.equal(await watch(hls_url), "ok");
  });

  test("a deleted class ends its tokens, and another one of its name made at once does not wake them", async () => {
    await cluster.createClass("gone");
    const before = await join("kim", "gone");
    await asAdmin("DELETE", "/api/classes/gone");
    await cluster.createClass("gone");
    const answer = await renew(cluster.masterUrl, before.token);
    assert.deepEqual([answer.status, answer.code], [404, "no_such_class"]);
    await refusedWithin(everywhereWithinMs, [before.hls_url]);
    const after = await join("kim", "gone");
    assert.equal(await watch(after.hls_url), "ok");
    assert.equal((await renew(cluster.masterUrl, after.token)).status, 200);
  });

  test("a rotated key ends who publishes with the old one at once, and a class that was just made is known", async (t) => {
    const lesson = await cluster.createClass("rotating");
    const publisher = await cluster.publish(lesson);
    t.after(() => publisher.stop());
    const startedMs = performance.now();
    await asAdmin("POST", "/api/classes/rotating/rotate-key");
    const late = sleep(20_000, undefined, { ref: false }).then(() => assert.fail("still publishing"));
    await Promise.race([publisher.exited, late]);
    t.diagnostic(`ended after ${Math.round(performance.now() - startedMs)} ms`);
  });

  test("nobody but the master may ask a slave who watches, or make it send heartbeats", async () => {
    const { apiUrl } = cluster.slaves[0]!;
    const forged = deriveClusterKeys("the secret of an attacker").request;
    const question = { nodeId: "slave-1", ask: "viewers", path: "live/math" } as const;
    const other = signMasterCredential(deriveClusterKeys(clusterSecret).request, { ...question, nodeId: "slave-2" }, Date.now());
    const credentials = [undefined, adminToken, signMasterCredential(forged, question, Date.now()).credential, other.credential];
    for (const credential of credentials) {
      const headers = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
      for (const [method, path] of [
        ["GET", "/api/viewers?path=live/math"],
        ["POST", "/api/nudge"],
      ] as const) {
        const response = await fetch(`${apiUrl}${path}`, { method, headers });
        const { code } = (await response.json()) as { code: string };
        assert.deepEqual([response.status, code], [401, "credential_invalid"], `${method} ${path}`);
      }
    }
  });
});

test("a slave that cannot be nudged hears of it with its next heartbeat, once", async (t) => {
  const master = await startMaster(t);
  await master.createClass("math", { open: true });
  // Nobody listens there.
  await addNode(master, "slave-1", { host: "127.0.0.1", api_port: 1 });
  const { body } = await master.join({ user_id: "kim", class: "math" });
  const { jti, exp } = claimsIn(body.token);
  const before = (await heartbeat(master, "slave-1")).body as StatsResponse;
  assert.deepEqual(before.orders?.revocations, { version: "none", tokens: [], paths: [] });
  assert.equal((await master.asAdmin("DELETE", `/api/classes/math/viewers/${jti}`)).status, 204);
  const { orders } = (await heartbeat(master, "slave-1", {}, { revocations_version: "none" })).body;
  assert.deepEqual(
    orders?.revocations?.tokens.map((token) => token.jti),
    [jti],
  );
  assert.ok((orders?.revocations?.tokens[0]?.exp ?? 0) >= exp);
  const next = await heartbeat(master, "slave-1", {}, { revocations_version: orders?.revocations?.version });
  assert.equal(next.body.orders?.revocations, undefined);
  assert.equal((await master.asAdmin("DELETE", `/api/classes/math/viewers/${jti}x`)).body["code"], "no_such_viewer");
  assert.equal((await master.asAdmin("DELETE", `/api/classes/nobody/viewers/${jti}`)).body["code"], "no_such_class");
  assert.equal((await master.asAdmin("DELETE", "/api/classes/math/removed/lee")).body["code"], "no_such_viewer");
  assert.equal((await master.call("DELETE", `/api/classes/math/viewers/${jti}`)).body["code"], "admin_required");
});

test("over a restart of the master: who is out stays out, and who is known to slaves alone can be removed", async (t) => {
  const cluster = await startCluster({ slaves: 2, slave: { HEARTBEAT_INTERVAL: "60" } });
  t.after(() => cluster.stop());
  await cluster.createClass("math");
  const join = async (user_id: string) => (await joinAs(cluster.masterUrl, { user_id, class: "math" })).body;
  const [kim, lee, park] = [await join("kim"), await join("lee"), await join("park")];
  for (const { hls_url } of [kim, lee, park]) assert.equal(await watch(hls_url), "ok");
  const remove = ({ token }: TokenResponse) => cluster.fetch(`/api/classes/math/viewers/${claimsIn(token).jti}`, { method: "DELETE" });
  assert.equal((await remove(kim)).status, 204);
  await eventually("kim is out", async () => (await watch(kim.hls_url)) === "token_revoked");

  await cluster.restartMaster();
  assert.equal(await watch(kim.hls_url), "token_revoked");
  assert.equal((await joinAs(cluster.masterUrl, { user_id: "kim", class: "math" })).code, "viewer_removed");
  assert.equal((await renew(cluster.masterUrl, kim.token)).code, "viewer_removed");
  for (const { hls_url } of [lee, park]) assert.equal(await watch(hls_url), "ok");
  // The slaves do not know yet that their master is a new one: they are asked where they were.
  assert.equal((await remove(lee)).status, 204, "no token of his was issued by this master");
  await eventually("lee is out", async () => (await watch(lee.hls_url)) === "token_revoked");
  assert.equal(await watch(park.hls_url), "ok");
  assert.equal((await joinAs(cluster.masterUrl, { user_id: "lee", class: "math" })).code, "viewer_removed");
  assert.equal(await watch(kim.hls_url), "token_revoked");
});
