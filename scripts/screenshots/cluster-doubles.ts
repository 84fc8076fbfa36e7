// Clusters in states that real nodes on one PC are seldom in: many slaves, full ones, silent ones, none at all.
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { NodeStats, RegisterRequest } from "../../src/shared/protocol/cluster-messages.ts";
import { startCluster, type Cluster } from "../../test/support/cluster.ts";
import { adminToken } from "../../test/support/master-environment.ts";
import { createScriptedNodes, type ScriptedNodes } from "../../test/support/scripted-nodes.ts";

export interface Doubles {
  readonly cluster: Cluster;
  readonly nodes: ScriptedNodes;
  stop(): Promise<void>;
}

/** A master of its own, and no real slave. */
export async function startDoubles(): Promise<Doubles> {
  const cluster = await startCluster({ slaves: 0, master: { OFFLINE_AFTER: "6" } });
  const nodes = createScriptedNodes(cluster.masterUrl, { intervalMs: 1_000 });
  return {
    cluster,
    nodes,
    async stop() {
      nodes.stop();
      await cluster.stop();
    },
  };
}

/** Sessions belong to one master: here the browser signs in by hand. */
export async function visitDoubles(page: Page, { cluster }: Doubles): Promise<void> {
  await page.goto(`${cluster.masterUrl}/cluster`);
  await page.fill("#token", adminToken);
  await page.click("#sign-in-button");
  await page.waitForSelector("#verdict");
}

const copyOf = (path: string, role: "origin" | "replica", lagS = 0) => ({
  path,
  role,
  state: "live" as const,
  epoch: 1,
  msn: 40,
  part: 0,
  viewers: 20,
  ...(role === "origin" ? {} : { lag_s: lagS, lag_parts: lagS > 0 ? 12 : 1 }),
});

interface Room {
  readonly name: string;
  readonly stats: Partial<NodeStats>;
  readonly registration?: Partial<RegisterRequest>;
}

const rooms: readonly Room[] = [
  { name: "Library PC", stats: { connections: 42, cpu: 31, memory: 44, streams: [copyOf("live/maths-3b", "origin")] } },
  { name: "Staff room", stats: { connections: 18, cpu: 12, memory: 38, streams: [copyOf("live/maths-3b", "replica")] } },
  { name: "Lab 1", stats: { connections: 74, cpu: 48, memory: 51, streams: [copyOf("live/korean-1", "origin")] } },
  {
    name: "Lab 2, by the window",
    stats: { connections: 93, cpu: 71, memory: 62, streams: [copyOf("live/korean-1", "replica", 4.2)] },
    registration: { whep: true },
  },
  { name: "컴퓨터실 3", stats: { connections: 35, cpu: 96, memory: 58 } },
  { name: "방송실", stats: { connections: 12, cpu: 20, memory: 40 } },
  { name: "Old laptop", stats: { connections: 6, cpu: 33, memory: 93 } },
  { name: "Room 2", stats: { connections: 21, cpu: 15, memory: 35 }, registration: { version: "0.0.9" } },
  { name: "Room 12", stats: { connections: 3, cpu: 9, memory: 36 } },
  { name: "Gym", stats: { connections: 0, cpu: 4, memory: 30 } },
  { name: "Office", stats: { connections: 28, cpu: 22, memory: 47 } },
  { name: "Music room", stats: { connections: 31, cpu: 25, memory: 41 } },
];

/** Twelve slaves, among them full, busy, draining, drained, silent and offline ones. */
export async function twelveRooms({ cluster, nodes }: Doubles): Promise<void> {
  for (const [index, { name, stats, registration }] of rooms.entries())
    await nodes.put({
      nodeId: `pc-${index + 1}`,
      registration: { node_name: name, max_connections: 100, ...registration },
      stats: { bandwidth_mbps: (stats.connections ?? 0) * 1.6, ...stats },
    });
  for (const nodeId of ["pc-9", "pc-10"]) await cluster.fetch(`/cluster/nodes/${nodeId}/drain`, { method: "POST" });
  nodes.silence("pc-11");
  await sleep(7_000);
  nodes.silence("pc-12");
  await sleep(3_500);
}

/** @param load percent of each */
export async function manyRooms({ nodes }: Doubles, count: number, load: (index: number) => number): Promise<void> {
  for (let index = 1; index <= count; index += 1)
    await nodes.put({
      nodeId: `pc-${index}`,
      registration: { max_connections: 100 },
      stats: { connections: load(index), cpu: (index * 7) % 70, memory: 30 + (index % 40), bandwidth_mbps: load(index) * 1.6 },
    });
}
