// Tokens per second on one core with 1,000 nodes: choosing alone, choosing and signing, and the whole POST /api/token
// of a real master in a process of its own, while 1,000 nodes send their heartbeats. Prints one JSON line.
// usage: node test/bench/tokens.bench.ts [seconds per measurement, default 4]
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createMaster } from "../../src/master/master.ts";
import { createRouter } from "../../src/master/routing/router.ts";
import type { RoutingName } from "../../src/master/routing/policy.ts";
import { createSessionDirectory } from "../../src/master/tokens/session-directory.ts";
import { createTokenIssuer } from "../../src/master/tokens/token-issuer.ts";
import { openKeyRing } from "../../src/master/tokens/key-ring.ts";
import { loadMasterConfig } from "../../src/shared/config/load-config.ts";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signCredential } from "../../src/shared/tokens/node-credential.ts";
import { adminToken, clusterSecret, masterEnvironment } from "../support/master-environment.ts";

const nodes = 1_000;
const connections = 32;
const heartbeatIntervalS = 5;
const jwtSecret = "a shared secret of more than thirty-two bytes";
const keys = deriveClusterKeys(clusterSecret);
type Algorithm = "ES256" | "HS256";

interface Figures {
  readonly tokens_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

function percentile(sorted: Float64Array, share: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 1_000) / 1_000;
}

function figures(latenciesMs: number[], elapsedMs: number): Figures {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  return {
    tokens_per_s: Math.round((latenciesMs.length * 1_000) / elapsedMs),
    p50_ms: percentile(sorted, 0.5),
    p99_ms: percentile(sorted, 0.99),
  };
}

function fullRouter(routing: RoutingName) {
  const router = createRouter({ routing, overload: "distribute" }, { clock: systemClock });
  for (let index = 0; index < nodes; index += 1) {
    router.put(`slave-${index}`, {
      maxConnections: 150,
      connections: index % 40,
      follows: true,
      routableUntilMs: Number.POSITIVE_INFINITY,
    });
  }
  return router;
}

/** Calls `once` for some seconds on this thread. */
function measure(seconds: number, once: (index: number) => void): Figures {
  const latenciesMs: number[] = [];
  for (let index = 0; index < 2_000; index += 1) once(index);
  const startMs = performance.now();
  for (let nowMs = startMs, index = 0; nowMs - startMs < seconds * 1_000; index += 1) {
    once(index);
    const afterMs = performance.now();
    latenciesMs.push(afterMs - nowMs);
    nowMs = afterMs;
  }
  return figures(latenciesMs, performance.now() - startMs);
}

function measureChoice(routing: RoutingName, seconds: number): Figures {
  const router = fullRouter(routing);
  return measure(seconds, (index) => void router.place(`viewer-${index}`, { path: `live/class-${index % 50}` }));
}

function measureIssue(algorithm: Algorithm, seconds: number): Figures {
  const store = { list: () => [], insert: () => {}, retire: () => {}, delete: () => {} };
  const secret = algorithm === "HS256" ? jwtSecret : undefined;
  const ring = openKeyRing({ jwtSecret: secret, tokenTtlMs: 3_600_000 }, { store, sealing: keys.sealing, nowMs: Date.now() });
  const revocations = { issueTimeS: () => Math.floor(Date.now() / 1_000) };
  const deps = { keys: ring, placement: fullRouter("least-load"), sessions: createSessionDirectory(), revocations, clock: systemClock };
  const issuer = createTokenIssuer({ tokenTtlS: 3_600 }, deps);
  return measure(
    seconds,
    (index) => void issuer.issue({ userId: `s-${index}`, userType: "student", action: "read", path: `live/class-${index % 50}` }),
  );
}

/** A keep-alive connection that costs the generator little: one request at a time, answers told by Content-Length. */
function openConnection(port: number, localAddress: string) {
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  let pending: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = received.toString("latin1", 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length < headEnd + 4 + length) return;
    received = received.subarray(headEnd + 4 + length);
    pending?.resolve(Number(head.slice(9, 12)));
  });
  socket.on("error", (error) => pending?.reject(error));
  return {
    post(path: string, body: string, authorization?: string): Promise<number> {
      const auth = authorization === undefined ? "" : `authorization: Bearer ${authorization}\r\n`;
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${auth}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
      });
    },
    close: () => socket.destroy(),
  };
}

type Connection = ReturnType<typeof openConnection>;

async function postAsNode(connection: Connection, nodeId: string, path: string, payload: object): Promise<void> {
  const body = JSON.stringify(payload);
  const { credential } = signCredential(keys.credential, { nodeId, method: "POST", path, body }, Date.now());
  const status = await connection.post(path, body, credential);
  if (status !== 200) throw new Error(`${path} of ${nodeId}: ${status}`);
}

const stats = (index: number) => ({ connections: index % 40, cpu: 20, memory: 40 });

async function addNodes(connection: Connection): Promise<void> {
  for (let index = 0; index < nodes; index += 1) {
    const nodeId = `slave-${index}`;
    await postAsNode(connection, nodeId, "/cluster/register", {
      node_id: nodeId,
      node_name: nodeId,
      host: `10.0.${index >> 8}.${index & 255}`,
      api_port: 8000,
      rtmp_port: 1935,
      hls_port: 8888,
      max_connections: 150,
      version: "bench",
      instance: "bench-instance",
      heartbeat_interval_s: heartbeatIntervalS,
    });
    await postAsNode(connection, nodeId, "/cluster/stats", { node_id: nodeId, stats: stats(index) });
  }
}

/** As many heartbeats a second as 1,000 nodes send. */
async function sendHeartbeats(connection: Connection, running: () => boolean): Promise<number> {
  const startMs = performance.now();
  let sent = 0;
  while (running()) {
    const due = ((performance.now() - startMs) / 1_000) * (nodes / heartbeatIntervalS);
    if (sent >= due) await sleep(2);
    else {
      const nodeId = `slave-${sent % nodes}`;
      await postAsNode(connection, nodeId, "/cluster/stats", { node_id: nodeId, stats: stats(sent % nodes) });
      sent += 1;
    }
  }
  return sent;
}

/** @param ratePerS undefined: as fast as it goes. */
async function joinClass(clients: Connection[], seconds: number, ratePerS?: number): Promise<Figures> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  let begun = 0;
  const run = async (client: Connection): Promise<void> => {
    for (;;) {
      const number = begun;
      begun += 1;
      // Latency counts from when the request was due, so that a slow answer cannot hide those that wait behind it.
      const dueMs = ratePerS === undefined ? performance.now() : startMs + (number * 1_000) / ratePerS;
      if (dueMs >= endMs || performance.now() >= endMs) return;
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      // A timer may also wake a little early.
      const fromMs = Math.min(dueMs, performance.now());
      const status = await client.post("/api/token", `{"user_id":"student-${number}","class":"math"}`);
      if (status !== 200) throw new Error(`POST /api/token: ${status}`);
      latenciesMs.push(performance.now() - fromMs);
    }
  };
  await Promise.all(clients.map(run));
  return figures(latenciesMs, performance.now() - startMs);
}

interface FromMaster {
  readonly apiPort?: number;
  readonly cpuMs?: number;
}

function nextMessage(child: ChildProcess): Promise<FromMaster> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as FromMaster));
    child.once("exit", (code) => reject(new Error(`the master ended with ${code}`)));
  });
}

async function cpuMsOf(child: ChildProcess): Promise<number> {
  const answer = nextMessage(child);
  child.send("cpu");
  return (await answer).cpuMs ?? 0;
}

async function measureHttp(algorithm: Algorithm, seconds: number) {
  const child = fork(import.meta.filename, ["--master", algorithm], { execArgv: process.execArgv });
  const open: Connection[] = [];
  try {
    const { apiPort = 0 } = await nextMessage(child);
    // Clients come from many addresses, as the master limits each one.
    for (let index = 0; index < connections + 2; index += 1) open.push(openConnection(apiPort, `127.0.1.${index + 1}`));
    const [admin, control, ...clients] = open;
    if (!admin || !control) throw new Error("no connections");
    const created = await admin.post("/api/classes", '{"name":"math","open":true}', adminToken);
    if (created !== 201) throw new Error(`POST /api/classes: ${created}`);
    await addNodes(control);
    let running = true;
    const heartbeats = sendHeartbeats(control, () => running);
    await joinClass(clients, 1);
    const cpuBeforeMs = await cpuMsOf(child);
    const fastest = await joinClass(clients, seconds);
    const cpuMs = (await cpuMsOf(child)) - cpuBeforeMs;
    const steady = await joinClass(clients, seconds, Math.min(10_000, fastest.tokens_per_s * 0.8));
    running = false;
    await heartbeats;
    const tokens = fastest.tokens_per_s * seconds;
    return { ...fastest, tokens_per_cpu_s: Math.round((tokens * 1_000) / cpuMs), steady };
  } finally {
    for (const connection of open) connection.close();
    if (child.connected) child.send("stop");
    if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
  }
}

async function runMaster(algorithm: Algorithm): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-bench-"));
  const { config } = loadMasterConfig({
    env: { ...masterEnvironment(dataDir), ...(algorithm === "HS256" ? { JWT_SECRET: jwtSecret } : {}) },
    args: [],
  });
  const master = createMaster(config, { logger: createLogger("silent", {}), version: "bench", announce: () => {} });
  const { apiPort } = await master.start();
  const stop = async (): Promise<void> => {
    await master.stop();
    rmSync(dataDir, { recursive: true, force: true });
    process.disconnect();
  };
  process.on("message", (message) => {
    if (message === "stop") void stop();
    else {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuMs: (user + system) / 1_000 } satisfies FromMaster);
    }
  });
  process.send?.({ apiPort } satisfies FromMaster);
}

if (process.argv[2] === "--master") await runMaster(process.argv[3] as Algorithm);
else {
  const seconds = Number(process.argv[2] ?? 4);
  const result = {
    bench: "tokens",
    node_version: process.version,
    nodes,
    choose: { "least-load": measureChoice("least-load", seconds), sticky: measureChoice("sticky", seconds) },
    choose_and_sign: { ES256: measureIssue("ES256", seconds), HS256: measureIssue("HS256", seconds) },
    http: { ES256: await measureHttp("ES256", seconds), HS256: await measureHttp("HS256", seconds) },
  };
  console.log(JSON.stringify(result));
}
