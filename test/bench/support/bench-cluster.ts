// A master and one slave as an operator runs them: own processes of the real command, talked to over the public API only.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../src/demo/free-port.ts";
import { createCloser } from "../../../src/shared/kernel/closer.ts";
import { childEnvironment, startChild } from "../../../src/shared/process/child.ts";
import type { Child } from "../../../src/shared/process/child.ts";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import type { NodesView } from "../../../src/shared/protocol/nodes.ts";
import type { TokenResponse } from "../../../src/shared/protocol/viewer-token.ts";
import { locateFfmpeg } from "../../../src/slave/engine/stage/locate-ffmpeg.ts";
import { eventually } from "../../support/eventually.ts";
import { otherCores, pinMainProcess } from "./cpu.ts";
import { encodeLesson, publishLesson } from "./lesson-file.ts";

const root = join(import.meta.dirname, "../../..");
const sourceEntry = join(root, "src/cli.ts");
export const benchAdminToken = "the-admin-token-of-the-benchmark";
export const benchClusterSecret = "the cluster secret of the benchmark";

export interface BenchClusterOptions {
  /** `dist/cli.js` for the compiled program; the TypeScript sources when left out. */
  readonly entry?: string;
  /** In its place for the slave: a program that starts one in its own way. */
  readonly slaveEntry?: string;
  readonly slaveVariables?: Record<string, string>;
  readonly masterVariables?: Record<string, string>;
  /** For the slave's Node: a profiler, a heap bound. */
  readonly slaveNodeArgs?: readonly string[];
}

export interface BenchCluster {
  readonly masterUrl: string;
  readonly slavePid: number;
  readonly rtmpPort: number;
  /** A class that a recorded lesson is published to; resolves when it can be watched. */
  publishClass(name: string): Promise<{ readonly lesson: ClassWithKey; readonly publisher: Child }>;
  createClass(name: string): Promise<ClassWithKey>;
  /** Starts the publisher only. @param throughPort instead of the slave's own RTMP port. */
  publish(lesson: ClassWithKey, throughPort?: number): Child;
  /** The same by whatever protocol. @param output format and address, as ffmpeg takes them. */
  publishBy(output: readonly string[]): Child;
  token(lesson: string, userId: string): Promise<TokenResponse>;
  /** The slave's main process on the server core, its children elsewhere. */
  pinSlave(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything starts on the other cores; `pinSlave` moves what is measured. Nothing is left behind when it throws. */
export async function startBenchCluster(options: BenchClusterOptions = {}): Promise<BenchCluster> {
  const closer = createCloser();
  return closer.orClose(() => start(options, closer));
}

async function start(options: BenchClusterOptions, closer: ReturnType<typeof createCloser>): Promise<BenchCluster> {
  const folder = await mkdtemp(join(tmpdir(), "airclass-bench-"));
  closer.add("data", () => rm(folder, { recursive: true, force: true }));
  const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  const lessonFile = await encodeLesson(ffmpeg.path, folder);
  const taken = new Set<number>();
  const port = (wanted: number): Promise<number> => freePort(wanted, taken);
  const [masterPort, apiPort, hlsPort, rtmpPort] = [await port(21_000), await port(21_010), await port(21_020), await port(21_030)];
  const masterUrl = `http://127.0.0.1:${masterPort}`;

  function spawn(name: string, command: readonly string[], env: Record<string, string> = {}): Child {
    const [first = "", ...rest] = command;
    const child = startChild({
      command: "taskset",
      args: ["-c", otherCores, first, ...rest],
      stdio: ["pipe", "ignore", "inherit"],
      env: childEnvironment(env),
    });
    closer.add(name, async () => void (await child.stop(12_000)));
    return child;
  }

  const entryOf = (name: string): string => (name === "slave" ? options.slaveEntry : undefined) ?? options.entry ?? sourceEntry;
  const role = (name: string, nodeArgs: readonly string[], variables: Record<string, string>): Child =>
    spawn(name, [process.execPath, "--disable-warning=ExperimentalWarning", ...nodeArgs, entryOf(name), name], {
      CLUSTER_SECRET: benchClusterSecret,
      BIND_HOST: "127.0.0.1",
      LOG_LEVEL: process.env["BENCH_LOG_LEVEL"] ?? "error",
      DATA_DIR: join(folder, name),
      AIRCLASS_STOP_WITH_STDIN: "1",
      ...variables,
    });

  const roles = [
    role("master", [], { API_PORT: String(masterPort), RTMP_PORT: "0", ADMIN_TOKEN: benchAdminToken, ...options.masterVariables }),
    role("slave", options.slaveNodeArgs ?? [], {
      MASTER_URL: masterUrl,
      API_PORT: String(apiPort),
      HLS_PORT: String(hlsPort),
      RTMP_PORT: String(rtmpPort),
      MAX_CONNECTIONS: "50000",
      FFMPEG_PATH: ffmpeg.path,
      ...options.slaveVariables,
    }),
  ];
  const ended = Promise.race(roles.map((child) => child.exited)).then((exit) => {
    throw new Error(`the master or the slave ended by itself: ${JSON.stringify(exit)}`);
  });
  ended.catch(() => {}); // Only of interest while something is waited for.

  async function json<Answer>(path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${benchAdminToken}`, "content-type": "application/json" };
    const response = await fetch(`${masterUrl}${path}`, { headers, ...(body ? { method: "POST", body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  const untilHolds = (what: string, holds: () => Promise<boolean>): Promise<void> => Promise.race([eventually(what, holds), ended]);
  await untilHolds("the slave is registered", async () => (await json<NodesView>("/cluster/nodes")).healthy_nodes === 1);

  const cluster: BenchCluster = {
    masterUrl,
    slavePid: roles[1]?.pid ?? -1,
    rtmpPort,
    createClass: (name) => json<ClassWithKey>("/api/classes", { name, open: true }),
    publish: (lesson, throughPort = rtmpPort) =>
      cluster.publishBy(["-f", "flv", `rtmp://127.0.0.1:${throughPort}/live/${lesson.name}?key=${lesson.stream_key}`]),
    publishBy: (output) => spawn("publisher", [ffmpeg.path, ...publishLesson(lessonFile, output)]),
    async publishClass(name) {
      const lesson = await cluster.createClass(name);
      const publisher = cluster.publish(lesson);
      await untilHolds(`${name} can be watched`, async () => (await fetch((await cluster.token(name, "bench")).hls_url)).ok);
      return { lesson, publisher };
    },
    token: (lesson, userId) => json<TokenResponse>("/api/token", { user_id: userId, class: lesson }),
    pinSlave: () => pinMainProcess(cluster.slavePid),
    stop: () => closer.close(),
  };
  return cluster;
}
