import assert from "node:assert/strict";
import { test } from "node:test";
import { createClusterClient } from "../support/cluster-client.ts";
import { adminToken } from "../support/master-environment.ts";
import { callAsNode, addNode, register, startMaster } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

type Targets = readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];

const targetsOf = async (master: TestMaster): Promise<Targets> =>
  createClusterClient(master.url, adminToken).json<Targets>("/cluster/prometheus");
const idsOf = async (master: TestMaster) => (await targetsOf(master)).map(({ labels }) => labels["node_id"]);
const leave = (master: TestMaster, nodeId: string) => callAsNode(master, { nodeId, method: "DELETE", path: `/cluster/nodes/${nodeId}` });

test("Prometheus hears of each slave where and how to ask it, and only who knows the admin token hears it", async (t) => {
  const master = await startMaster(t);
  await register(master, "slave-1", { node_name: "Room 1", host: "10.0.0.7" });
  await register(master, "slave-2", { node_name: "Room 2", host: "fd00::8", tls: true, api_port: 8443 });
  // On the master's own machine: the name by which Prometheus reached the master leads there.
  await register(master, "slave-3", { node_name: "Room 3", host: "127.0.0.1" });
  const { hostname } = new URL(master.url);
  assert.deepEqual(await targetsOf(master), [
    { targets: ["10.0.0.7:8000"], labels: { node_id: "slave-1", node_name: "Room 1", role: "slave", __scheme__: "http" } },
    { targets: ["[fd00::8]:8443"], labels: { node_id: "slave-2", node_name: "Room 2", role: "slave", __scheme__: "https" } },
    { targets: [`${hostname}:8000`], labels: { node_id: "slave-3", node_name: "Room 3", role: "slave", __scheme__: "http" } },
  ]);
  assert.equal((await fetch(`${master.url}/cluster/prometheus`)).status, 401);
});

test("a restart of the master hides no slave that has died, and keeps none that has left", async (t) => {
  const master = await startMaster(t);
  for (const nodeId of ["slave-1", "slave-2", "slave-3"]) await addNode(master, nodeId);
  assert.equal((await leave(master, "slave-3")).status, 204);
  await master.restart();
  assert.deepEqual(new Set(await idsOf(master)), new Set(["slave-1", "slave-2"]), "neither has come back yet");
  await addNode(master, "slave-1");
  assert.deepEqual(await idsOf(master), ["slave-1", "slave-2"], "each once");
  await leave(master, "slave-2");
  assert.deepEqual(await idsOf(master), ["slave-1"], "it left before it came back");
  await leave(master, "slave-1");
  assert.deepEqual(await idsOf(master), []);
});
