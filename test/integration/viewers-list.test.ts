// Who watches a class, as its teacher is told: asked of the slaves, put together by the master. With a real stream.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { ClassViewers } from "../../src/shared/protocol/class-viewers.ts";
import type { ClassWithKey, TeacherToken } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { selfSigned } from "../support/self-signed.ts";
import { claimsIn, joinAs, renew, watch } from "./audience-harness.ts";
import { registration, signedHeaders } from "./master-harness.ts";

async function listOf(cluster: Cluster, name: string, authorization?: string): Promise<ClassViewers> {
  const response = await cluster.fetch(`/api/classes/${name}/viewers`, authorization === undefined ? {} : { headers: { authorization } });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as ClassViewers;
}

const names = ({ viewers }: ClassViewers) => viewers.map(({ user_id: userId }) => userId);

describe("viewers of a class", () => {
  let cluster: Cluster;
  let lesson: ClassWithKey;

  before(async () => {
    cluster = await startCluster({ slaves: 2, slave: { HEARTBEAT_INTERVAL: "1" } });
    lesson = await cluster.createClass("math");
    await cluster.publish(lesson);
  });
  after(() => cluster.stop());

  const join = async (user_id: string, exclude: string[]) => {
    const { status, body } = await joinAs(cluster.masterUrl, { user_id, class: "math", exclude });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.class_title, lesson.title);
    const response = await fetch(body.hls_url);
    assert.equal(response.status, 200, await response.text());
    return body;
  };

  test("everybody on every node by name, once; who moved is where he is now", async () => {
    const startedMs = Date.now();
    const lee = await join("lee", ["slave-1"]);
    await join("kim <script>", ["slave-2"]);
    const other = await joinAs(cluster.masterUrl, { user_id: "kim", class: (await cluster.createClass("art")).name });
    await watch(other.body.hls_url);
    await eventually("both are listed", async () => {
      const list = await listOf(cluster, "math");
      return names(list).includes("lee") && names(list).includes("kim <script>");
    });
    const moved = await renew(cluster.masterUrl, lee.token, ["slave-2"]);
    assert.equal((await fetch(moved.body.hls_url)).status, 200);
    await eventually("lee is listed at his new node", async () => {
      const { viewers } = await listOf(cluster, "math");
      return viewers.some(({ jti }) => jti === claimsIn(moved.body.token).jti);
    });
    const list = await listOf(cluster, "math");
    const entry = list.viewers.find(({ user_id: userId }) => userId === "lee");
    assert.deepEqual(
      [names(list).filter((name) => name === "lee").length, entry?.node_id, entry?.user_type, list.missing_nodes, list.removed],
      [1, "slave-1", "student", [], []],
    );
    assert.ok(Date.parse(entry?.watching_since ?? "") >= startedMs - 1_000);
    assert.equal(list.total, list.viewers.length);
    assert.deepEqual(
      names(list).filter((name) => name !== "test"),
      ["kim <script>", "lee"],
    );
  });

  test("who was removed is gone from the list at once, stands among the removed, and gets no more of the stream", async () => {
    const longest = "김".repeat(128);
    const { token, hls_url } = await join(longest, []);
    await eventually("he is listed", async () => names(await listOf(cluster, "math")).includes(longest));
    const playlist = await (await fetch(hls_url)).text();
    const child = new URL(playlist.split("\n").find((line) => line.includes("jwt=")) ?? "", hls_url);
    const { jti } = claimsIn(token);
    assert.equal((await cluster.fetch(`/api/classes/math/viewers/${jti}`, { method: "DELETE" })).status, 204);
    const list = await listOf(cluster, "math");
    assert.equal(names(list).includes(longest), false);
    assert.deepEqual(
      list.removed.map(({ user_id: userId }) => userId),
      [longest],
    );
    const inHours = (Date.parse(list.removed[0]?.until ?? "") - Date.now()) / 3_600_000;
    assert.ok(inHours > 11.9 && inHours <= 12, `${inHours} h`);
    await eventually("playlists are refused", async () => (await fetch(child)).status === 401);
    const letIn = await cluster.fetch(`/api/classes/math/removed/${encodeURIComponent(longest)}`, { method: "DELETE" });
    assert.equal(letIn.status, 204);
    assert.deepEqual((await listOf(cluster, "math")).removed, []);
    assert.equal((await joinAs(cluster.masterUrl, { user_id: longest, class: "math" })).status, 200);
  });

  test("for the admin and the teacher of the class, nobody else", async () => {
    await cluster.createClass("pe");
    const teacherOf = async (name: string) => {
      const response = await cluster.fetch(`/api/classes/${name}/teacher-token`, { method: "POST" });
      return `Bearer ${((await response.json()) as TeacherToken).teacher_token}`;
    };
    const [own, foreign] = [await teacherOf("math"), await teacherOf("pe")];
    assert.ok((await listOf(cluster, "math", own)).total >= 1);
    const refusedTo = async (authorization: string, method: string, path: string) =>
      ((await (await cluster.fetch(`/api/classes/math/${path}`, { method, headers: { authorization } })).json()) as { code: string }).code;
    const { body } = await joinAs(cluster.masterUrl, { user_id: "choi", class: "math" });
    const { jti } = claimsIn(body.token);
    for (const [method, path] of [
      ["GET", "viewers"],
      ["DELETE", `viewers/${jti}`],
      ["DELETE", "removed/choi"],
    ] as const) {
      assert.equal(await refusedTo(foreign, method, path), "not_your_class");
      assert.equal(await refusedTo("Bearer guess", method, path), "admin_required");
      assert.equal(await refusedTo(`Bearer ${body.token}`, method, path), "admin_required");
    }
    const removal = await cluster.fetch(`/api/classes/math/viewers/${jti}`, { method: "DELETE", headers: { authorization: own } });
    assert.equal(removal.status, 204);
    // The teacher watches his class, of another one he is told that it is not his.
    const preview = (authorization: string) =>
      cluster.fetch("/api/token", {
        method: "POST",
        headers: { authorization },
        body: JSON.stringify({ user_id: "choi", user_type: "teacher", class: "math" }),
      });
    assert.equal((await preview(own)).status, 200, "although a student of this name was removed");
    assert.equal((await preview(foreign)).status, 403);
  });

  test("slaves over TLS are asked, too; those that do not answer are named, and nobody waits long for them", async (t) => {
    const certificate = await selfSigned();
    t.after(() => certificate.remove());
    const slave = await cluster.addSlave({ TLS_CERT: certificate.certPath, TLS_KEY: certificate.keyPath });
    assert.ok(slave.hlsUrl.startsWith("https:"));
    await cluster.createClass("waiting");
    await eventually("it is in the cluster", async () => {
      const { nodes } = (await (await cluster.fetch("/cluster/nodes")).json()) as { nodes: { node_id: string; status: string }[] };
      return nodes.some(({ node_id: nodeId, status }) => nodeId === slave.nodeId && status === "healthy");
    });
    // Before anybody publishes, all are asked.
    assert.deepEqual((await listOf(cluster, "waiting")).missing_nodes, []);

    // One takes connections and says nothing, at another nobody listens.
    const hanging = createServer(() => undefined).listen(0, "127.0.0.1");
    t.after(() => hanging.close());
    await once(hanging, "listening");
    await registerAs(cluster, "hanging", (hanging.address() as AddressInfo).port);
    await registerAs(cluster, "gone", 1);
    const { name } = await cluster.createClass("later");
    const startedMs = performance.now();
    assert.deepEqual((await listOf(cluster, name)).missing_nodes.toSorted(), ["gone", "hanging"]);
    assert.ok(performance.now() - startedMs < 4_000);
    assert.deepEqual((await listOf(cluster, "math")).missing_nodes, [], "they carry nothing of it");
  });
});

async function registerAs(cluster: Cluster, nodeId: string, apiPort: number): Promise<void> {
  const call = { nodeId, method: "POST", path: "/cluster/register", body: registration(nodeId, { host: "127.0.0.1", api_port: apiPort }) };
  const headers = { ...signedHeaders(call).headers, "content-type": "application/json" };
  const response = await fetch(`${cluster.masterUrl}${call.path}`, { method: "POST", headers, body: JSON.stringify(call.body) });
  assert.equal(response.status, 200, await response.text());
}
