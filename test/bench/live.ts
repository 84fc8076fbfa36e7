// What live figures cost the master: 200 nodes with a heartbeat each 5 s, without readers and with 50 cluster pages open.
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/demo/free-port.ts";
import type { NodeStats, StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signCredential } from "../../src/shared/tokens/node-credential.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken, clusterSecret, masterEnvironment } from "../support/master-environment.ts";
import { startProcessNode } from "../support/process-node.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { measureUse, pinMainProcess } from "./support/cpu.ts";
import { figure } from "./support/report.ts";

const nodes = 200;
const heartbeatMs = 5_000;
const pages = 50;
const lessons = 20;
const floorPercent = 10;

export async function benchLive({ settings, closer, log }: BenchContext): Promise<PartResult> {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-bench-live-"));
  closer.add("data", () => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePort(20_000 + Math.floor(Math.random() * 10_000), new Set());
  const master = startProcessNode({ role: "master", env: { ...masterEnvironment(dataDir), API_PORT: String(port) }, clockOffsetMs: 0 });
  closer.add("master", () => master.terminate());
  const url = `http://127.0.0.1:${port}`;
  await eventually("the master answers", async () => (await fetch(`${url}/health`)).ok);
  const { pid } = master;
  if (pid === undefined) throw new Error("the master has no process");
  await pinMainProcess(pid);
  const { credential } = deriveClusterKeys(clusterSecret);

  async function call(nodeId: string, path: string, body: object): Promise<void> {
    const raw = JSON.stringify(body);
    const signed = signCredential(credential, { nodeId, method: "POST", path, body: raw }, Date.now());
    const headers = { authorization: `Bearer ${signed.credential}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: raw });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }

  const ids = Array.from({ length: nodes }, (_, index) => `pc-${index}`);
  for (const id of ids) await call(id, "/cluster/register", registration(id));
  const beats = ids.map((id, index) => beatForEver(index, () => call(id, "/cluster/stats", { node_id: id, stats: statsOf(index) })));
  closer.add("heartbeats", () => beats.forEach((end) => end()));
  // What runs for the first time costs more.
  await sleep(settings.quick ? heartbeatMs : 4 * heartbeatMs);

  const windowS = settings.quick ? 3 : 20;
  const alone = (await measureUse([pid], windowS))[0]?.cpuPercent ?? Number.NaN;
  log(`live: ${alone.toFixed(1)} % without readers`);
  const readers = Array.from({ length: pages }, () => readCounting(`${url}/cluster/live`));
  closer.add("pages", () => readers.forEach((reader) => reader.close()));
  await eventually("all pages have their snapshot", () => readers.every(({ bytes }) => bytes() > 10_000));
  await sleep(2_000);
  const bytesBefore = readers[0]?.bytes() ?? 0;
  const use = (await measureUse([pid], windowS))[0];
  const bytesPerS = ((readers[0]?.bytes() ?? 0) - bytesBefore) / windowS;
  log(`live: ${use?.cpuPercent.toFixed(1)} % with ${pages} pages, ${(bytesPerS / 1e3).toFixed(0)} kB/s each`);
  const at = `${nodes} nodes, a heartbeat each ${heartbeatMs / 1_000} s that changes each of them; ${lessons} streams with 2 copies`;
  return {
    figures: {
      cpu_without_readers: figure(alone, "% of a core", { digits: 1, note: at }),
      cpu_with_readers: figure(use?.cpuPercent, "% of a core", {
        floor: { atMost: floorPercent },
        digits: 1,
        note: `${pages} cluster pages open`,
      }),
      bytes_per_page: figure(bytesPerS / 1e3, "kB/s", { digits: 0 }),
      snapshot: figure((readers[0]?.first() ?? Number.NaN) / 1e3, "kB", { digits: 0 }),
      rss: figure(use?.rssMb, "MB", { digits: 0 }),
    },
  };
}

function registration(nodeId: string): object {
  return {
    node_id: nodeId,
    node_name: `PC ${nodeId}`,
    host: "10.0.0.7",
    api_port: 8_000,
    rtmp_port: 1_935,
    hls_port: 8_888,
    max_connections: 150,
    version: "bench",
    instance: `${nodeId}-instance`,
    heartbeat_interval_s: heartbeatMs / 1_000,
  };
}

/** Something else each time, as real nodes do. */
function statsOf(index: number): NodeStats {
  const viewers = Math.floor(Math.random() * 150);
  const lesson = Math.floor(index / 2);
  const common = { path: `live/class-${lesson}`, state: "live" as const, epoch: 1, msn: Math.floor(Date.now() / 2_000), part: 0, viewers };
  const stream: StreamReport = index % 2 === 0 ? { ...common, role: "origin" } : { ...common, role: "replica", lag_s: 0.2, lag_parts: 1 };
  return {
    connections: viewers,
    cpu: Math.random() * 100,
    memory: 40 + Math.random() * 20,
    bandwidth_mbps: viewers * 1.6,
    streams: lesson < lessons ? [stream] : [],
  };
}

/** Spread over the interval. @returns what ends it. */
function beatForEver(index: number, beat: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const again = async (): Promise<void> => {
    timer = setTimeout(() => void again(), heartbeatMs);
    try {
      await beat();
    } catch (error) {
      // The master has stopped, at the end; before it, the figures show that nothing comes.
      if (!isOver) console.error(error);
    }
  };
  timer = setTimeout(() => void again(), (index * heartbeatMs) / nodes);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** A page that only counts. */
function readCounting(url: string): { bytes: () => number; first: () => number; close: () => void } {
  let bytes = 0;
  let first = 0;
  const asked = request(url, { headers: { authorization: `Bearer ${adminToken}` }, agent: false }, (answer) => {
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (first === 0 && bytes > 10_000 && chunk.subarray(-2).toString() === "\n\n") first = bytes;
    });
    // Ended by the master's stop, or by ours.
    answer.on("error", () => {});
  });
  asked.on("error", () => {});
  asked.end();
  return { bytes: () => bytes, first: () => first, close: () => void asked.destroy() };
}
