// A thread of simulated students: starts each at its time, tells every second how they are, and at the end what they saw.
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { createTokenClient } from "../shared/viewing/token-client.ts";
import { countError, emptyFigures, recordMs, requestKinds } from "./load-figures.ts";
import type { FromWorker, Tick, ToWorker, WorkerTask } from "./load-messages.ts";
import { createPlaylistReader } from "./playlist-reader.ts";
import { startStudent } from "./student.ts";
import type { Student } from "./student.ts";

const tickMs = 1_000;
/** How long the command has to ask the master about a host that is new. */
const newHostMs = 5_000;

const port = parentPort;
if (!port) throw new Error("this file is a worker thread");
const task = workerData as WorkerTask;
const say = (message: FromWorker): void => port.postMessage(message);

const figures = emptyFigures();
const students: Student[] = [];
const startTimers: NodeJS.Timeout[] = [];
let hosts = new Set(task.hosts);
let hostWaiters: (() => void)[] = [];

async function leadsToCluster(url: string): Promise<boolean> {
  const { host } = new URL(url);
  if (hosts.has(host)) return true;
  say({ kind: "unknown_host" });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, newHostMs);
    hostWaiters.push(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  return hosts.has(host);
}

/** Follows no redirect, and asks nobody outside of the cluster. */
const clusterFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : input.toString();
  if (!(await leadsToCluster(url))) throw new TypeError(`${new URL(url).host} is not of this cluster`);
  return fetch(input, { ...init, redirect: "error" });
};

/** To the master: counted. */
const tokenFetch: typeof fetch = async (input, init) => {
  const sentMs = performance.now();
  figures.requests.token += 1;
  try {
    const response = await clusterFetch(input, init);
    if (response.ok) recordMs(figures.times.token, performance.now() - sentMs);
    else countError(figures, `token ${response.status}`);
    return response;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    countError(figures, `token ${cause?.code ?? name}`);
    throw error;
  }
};

const client = createTokenClient(task.masterUrl, tokenFetch, Date.now);
const playlists = createPlaylistReader();
for (const { userId, joinsAfterMs } of task.viewers) {
  const start = (): void => {
    students.push(
      startStudent(
        { userId, className: task.className, joinCode: task.joinCode },
        {
          client,
          fetcher: clusterFetch,
          leadsToCluster,
          playlists,
          figures,
          monotonicMs: () => performance.now(),
          wallMs: Date.now,
          random: Math.random,
        },
      ),
    );
  };
  startTimers.push(setTimeout(start, joinsAfterMs));
}

let told = { bytes: 0, requests: 0, errors: 0, moves: 0 };
let tickedMs = performance.now();
let usedAtTick = performance.eventLoopUtilization();
const usedAtStart = usedAtTick;

function tick(): Tick {
  const sum = (counts: Readonly<Record<string, number>>): number => requestKinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);
  const now = {
    bytes: sum(figures.bytes),
    requests: sum(figures.requests),
    errors: [...figures.errors.values()].reduce((total, times) => total + times, 0),
    moves: students.reduce((total, student) => total + student.moves, 0),
  };
  const used = performance.eventLoopUtilization();
  const since = performance.eventLoopUtilization(used, usedAtTick);
  const nowMs = performance.now();
  const passed = {
    ms: nowMs - tickedMs,
    come: students.length,
    playing: students.filter((student) => student.isPlaying).length,
    stalled: students.filter((student) => student.isStalled()).length,
    bytes: now.bytes - told.bytes,
    requests: now.requests - told.requests,
    errors: now.errors - told.errors,
    moves: now.moves - told.moves,
    busy: since.utilization,
  };
  [told, usedAtTick, tickedMs] = [now, used, nowMs];
  return passed;
}
const ticking = setInterval(() => say({ kind: "tick", tick: tick() }), tickMs);

async function finish(): Promise<void> {
  clearInterval(ticking);
  for (const timer of startTimers) clearTimeout(timer);
  say({ kind: "tick", tick: tick() });
  const { utilization } = performance.eventLoopUtilization(usedAtStart);
  // Lines first: ending takes a moment, and is no part of what was seen.
  figures.viewers.push(...students.map((student) => student.line()));
  await Promise.all(students.map((student) => student.stop()));
  say({ kind: "done", figures, busy: utilization });
  port?.close();
}

port.on("message", (message: ToWorker) => {
  if (message.kind === "stop") return void finish();
  hosts = new Set(message.hosts);
  const waiting = hostWaiters;
  hostWaiters = [];
  for (const wake of waiting) wake();
});
