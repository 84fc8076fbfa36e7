// `airclass status` against a real master: what it says, its exit codes, and how it watches.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { runStatus } from "../../src/admin/status.ts";
import type { StatusDeps } from "../../src/admin/status.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import type { StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken } from "../support/master-environment.ts";
import { runAirclass } from "../support/processes.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";

const stream: StreamReport = { path: "live/math", role: "origin", state: "live", epoch: 4, msn: 5, part: 1, viewers: 3 };

/** So long that a slow machine makes no node suspect. */
const rarely = { heartbeat_interval_s: 300 };
const patient = { OFFLINE_AFTER: "3600" };

function watcher(masterUrl: string, args: string[], isTTY: boolean) {
  const stdout = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, rows: 40 });
  const stop = new AbortController();
  const seen = { text: "" };
  stdout.on("data", (text: string) => (seen.text += text));
  const deps: StatusDeps = {
    args: ["--master", masterUrl, ...args],
    env: { ADMIN_TOKEN: adminToken, NO_COLOR: "1" },
    stdout,
    stopSignal: () => stop.signal,
  };
  return { seen, stop: () => stop.abort(), done: runStatus(deps) };
}

test("the command: a table or JSON, code 0 for a cluster that is well, 1 for one that is not", async (t) => {
  const master = await startMaster(t, patient);
  const env = { MASTER_URL: master.url, ADMIN_TOKEN: adminToken };
  const empty = await runAirclass(["status"], env);
  assert.equal(empty.code, 1, empty.stderr);
  assert.match(empty.stdout, /^Cluster: (starting|unavailable) · 0 of 0 slaves up/);

  await addNode(master, "slave-1", rarely);
  await heartbeat(master, "slave-1", { connections: 3, cpu: 12, bandwidth_mbps: 4.8, streams: [stream] });
  const table = await runAirclass(["status"], env);
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, /^Cluster: ok · 1 of 1 slave up · 3 of 150 viewers \(2 %\) · 1 live class$/m);
  assert.match(table.stdout, /^PC slave-1 +slave-1 +healthy +3\/150 +2 % +12 % +40 % +4\.8 +1 +1 +\d+ s ago$/m);
  assert.match(table.stdout, /^live\/math +live +slave-1 +3 +1\/1 +4$/m);
  assert.ok(!table.stdout.includes("\u001B"), "no colours where there is no terminal");

  await addNode(master, "slave-2", rarely);
  await heartbeat(master, "slave-2", { connections: 149 });
  const json = await runAirclass(["status", "--json"], env);
  assert.equal(json.code, 1, "a node is critical");
  const parsed = JSON.parse(json.stdout) as {
    health: string;
    nodes: { nodes: { status: string }[] };
    streams: { replication_factor: number };
  };
  assert.deepEqual(
    [parsed.health, parsed.nodes.nodes.map(({ status }) => status), parsed.streams.replication_factor],
    ["degraded", ["healthy", "critical"], 2],
  );

  const wrongToken = await runAirclass(["status", "--admin-token", "a-wrong-token-of-some-length"], env);
  assert.deepEqual([wrongToken.code, wrongToken.stderr.includes("does not accept this admin token")], [1, true]);
  for (const args of [["--watch", "0"], ["--watch=often"], ["extra"], ["--colour"]]) {
    assert.equal((await runAirclass(["status", ...args], env)).code, 2, args.join(" "));
  }
});

test("--watch goes on over a restart of the master, and ends with code 0 when it is stopped", async (t) => {
  const master = await startMaster(t, patient);
  const port = new URL(master.url).port;
  await addNode(master, "slave-1", rarely);
  const watching = watcher(master.url, ["--watch", "1"], true);
  const lines = watcher(master.url, ["--watch", "--json"], false);
  await eventually("it is drawn", async () => watching.seen.text.includes("Cluster: ok · 1 of 1 slave up"));
  await eventually("it is told", async () => lines.seen.text.includes("\n"));
  await master.restart({ API_PORT: "0" });
  await eventually("it says that the master is away, and shows what was", async () =>
    /has not answered for \d+ s; as it was before:.*\n.*Cluster: ok/.test(watching.seen.text),
  );
  await master.restart({ API_PORT: port });
  await eventually("it sees the master again", async () => /No slave has registered yet/.test(watching.seen.text));
  await addNode(master, "slave-2", rarely);
  await eventually("and who is new", async () => /slave-2 +healthy/.test(watching.seen.text));
  watching.stop();
  assert.equal(await watching.done, 0);
  assert.ok(watching.seen.text.includes("\u001B[?1049l"), "the terminal is as it was");
  lines.stop();
  assert.equal(await lines.done, 0);
  const healths = lines.seen.text
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { health: string }).health);
  assert.equal(healths[0], "ok");
});

test("what is no master, or one of another version, is told in a sentence that says what to do", async (t) => {
  const answers: Record<string, object> = {
    "/health/cluster": { status: "ok" },
    "/cluster/nodes": {
      total_nodes: 1,
      healthy_nodes: 1,
      total_connections: 0,
      total_capacity: 1,
      utilization: 0,
      nodes: [{ node_id: "slave-1" }],
    },
    "/cluster/streams": { total_streams: 0, replication_factor: 2, streams: [] },
    "/health/detailed": { status: "ok" },
    "/health": { status: "ok" },
    "/api/token": { token: "x" },
  };
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json").end(JSON.stringify(answers[request.url ?? ""] ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const sentence = (path: string) => `What answers at ${url} is not an AIRClass master of this version (its answer to ${path} `;
  const whatToDo = "): is MASTER_URL right? If it is, run the airclass of the master's version.";
  for (const args of [["status"], ["status", "--watch", "1"], ["drain", "slave-1"], ["undrain", "slave-1"], ["token", "math"]]) {
    const { code, stderr } = await runAirclass(args, { MASTER_URL: url, ADMIN_TOKEN: adminToken });
    assert.equal(code, 1, args.join(" "));
    assert.ok(stderr.includes(sentence(args[0] === "token" ? "/api/token" : "/cluster/nodes")) && stderr.includes(whatToDo), stderr);
  }
  const { stdout } = await runAirclass(["doctor", "--role", "slave"], {
    CLUSTER_SECRET: "a secret of enough length",
    MASTER_URL: url,
    ADMIN_TOKEN: adminToken,
  });
  assert.ok(stdout.includes(sentence("/health/detailed")) && stdout.includes(sentence("/cluster/nodes")), stdout);
});

test("--watch ends when the admin token is refused", async (t) => {
  const master = await startMaster(t, patient);
  const watching = watcher(master.url, ["--watch", "1", "--admin-token", "a-wrong-token-of-some-length"], true);
  await assert.rejects(watching.done, (error) => error instanceof UserError && /does not accept/.test(error.message));
  assert.ok(watching.seen.text.includes("\u001B[?1049l"), "the terminal is as it was");
});
