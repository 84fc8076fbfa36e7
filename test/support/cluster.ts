// A whole cluster in this process, on real sockets, for integration and scenario tests.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMaster } from "../../src/master/master.ts";
import { loadMasterConfig, loadSlaveConfig } from "../../src/shared/config/load-config.ts";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import type { LogLevel } from "../../src/shared/logging/logger.ts";
import type { ClassRequest, ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { NodesView } from "../../src/shared/protocol/nodes.ts";
import type { TokenRequest, TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import { createSlave } from "../../src/slave/slave.ts";
import type { SlaveDeps } from "../../src/slave/slave.ts";
import { testPort } from "./test-port.ts";
import { createClusterClient } from "./cluster-client.ts";
import { eventually } from "./eventually.ts";
import { adminToken, clusterSecret, masterEnvironment } from "./master-environment.ts";
import { startPublisher } from "./publisher.ts";
import type { Publisher } from "./publisher.ts";

const logLevel = (process.env["TEST_LOG_LEVEL"] ?? "silent") as LogLevel;

export interface ClusterOptions {
  readonly slaves?: number;
  readonly master?: Record<string, string>;
  /** Variables of every slave, or of each by its index. */
  readonly slave?: Record<string, string> | ((index: number) => Record<string, string>);
  /** The master opens its RTMP door, on a free port. */
  readonly gateway?: boolean;
}

export interface ClusterSlave {
  readonly nodeId: string;
  readonly rtmpPort: number;
  readonly hlsUrl: string;
  readonly apiUrl: string;
  stop(): Promise<void>;
}

export interface Cluster {
  readonly masterUrl: string;
  readonly slaves: readonly ClusterSlave[];
  createClass(name: string, options?: Omit<ClassRequest, "name">): Promise<ClassWithKey>;
  token(request: TokenRequest): Promise<TokenResponse>;
  /** An admin call; answers are not checked for success. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Where a class is published through the gateway, with its key. */
  gatewayUrl(lesson: ClassWithKey): string;
  /** ffmpeg publishing a test picture to a slave (the first by default); resolves when it can be watched. */
  publish(lesson: ClassWithKey, options?: { slave?: number; args?: readonly string[]; whenWatchable?: boolean }): Promise<Publisher>;
  /** Resolves when its ports are open; `deps` replaces its clock or logger. */
  addSlave(variables?: Record<string, string>, deps?: Partial<SlaveDeps>): Promise<ClusterSlave>;
  stopMaster(): Promise<void>;
  /** On the same port and data as before. */
  restartMaster(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster({
  slaves: count = 1,
  master: masterVariables = {},
  slave: slaveVariables = {},
  gateway = false,
}: ClusterOptions = {}): Promise<Cluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-test-"));
  const closer = createCloser();
  closer.add("data", () => rmSync(dataDir, { recursive: true, force: true }));
  const slaves: ClusterSlave[] = [];
  let apiPort = 0;
  const doorPort = gateway ? await testPort() : 0;

  async function startMaster() {
    const ports = { API_PORT: String(apiPort), RTMP_PORT: String(doorPort) };
    const env = { ...masterEnvironment(join(dataDir, "master")), ...ports, ...masterVariables };
    const { config } = loadMasterConfig({ env, args: [] });
    const created = createMaster(config, {
      logger: createLogger(logLevel, { role: "master" }),
      clock: systemClock,
      version: "test",
      announce: () => {},
    });
    ({ apiPort } = await created.start());
    return created;
  }

  let master = await startMaster();
  closer.add("master", () => master.stop());
  const masterUrl = `http://127.0.0.1:${apiPort}`;

  async function addSlave(variables: Record<string, string> = {}, deps: Partial<SlaveDeps> = {}): Promise<ClusterSlave> {
    const index = slaves.length;
    const rtmpPort = await testPort();
    const nodeId = `slave-${index + 1}`;
    const env = {
      CLUSTER_SECRET: clusterSecret,
      MASTER_URL: masterUrl,
      BIND_HOST: "127.0.0.1",
      NODE_ID: nodeId,
      DATA_DIR: join(dataDir, nodeId),
      API_PORT: "0",
      HLS_PORT: "0",
      RTMP_PORT: String(rtmpPort),
      ...(typeof slaveVariables === "function" ? slaveVariables(index) : slaveVariables),
      ...variables,
    };
    const { config } = loadSlaveConfig({ env, args: [] });
    const slave = createSlave(config, {
      logger: createLogger(logLevel, { role: "slave" }),
      clock: systemClock,
      version: "test",
      ...deps,
    });
    closer.add(nodeId, () => slave.stop());
    const ports = await slave.start();
    const scheme = config.TLS_CERT === undefined ? "http" : "https";
    const started: ClusterSlave = {
      nodeId,
      rtmpPort,
      hlsUrl: `${scheme}://127.0.0.1:${ports.hlsPort}`,
      apiUrl: `http://127.0.0.1:${ports.apiPort}`,
      stop: () => slave.stop(),
    };
    slaves.push(started);
    return started;
  }

  const client = createClusterClient(masterUrl, adminToken);

  const cluster: Cluster = {
    masterUrl,
    slaves,
    createClass: client.createClass,
    token: client.token,
    fetch: client.fetch,
    gatewayUrl: ({ name, stream_key: key }) => `rtmp://127.0.0.1:${doorPort}/live/${name}?key=${key}`,
    async publish(lesson, { slave = 0, args = [], whenWatchable = true } = {}) {
      const port = slaves[slave]?.rtmpPort;
      const publisher = startPublisher(`rtmp://127.0.0.1:${port}/live/${lesson.name}?key=${lesson.stream_key}`, args);
      closer.add("publisher", () => publisher.stop());
      if (whenWatchable) {
        await eventually(`${lesson.path} can be watched`, async () => {
          const token = await cluster.token({ user_id: "test", path: lesson.path });
          return (await fetch(token.hls_url)).ok;
        });
      }
      return publisher;
    },
    addSlave,
    stopMaster: () => master.stop(),
    async restartMaster() {
      await master.stop();
      master = await startMaster();
    },
    stop: () => closer.close(),
  };

  try {
    for (let index = 0; index < count; index += 1) await addSlave();
    await eventually("all slaves are registered", async () => (await client.json<NodesView>("/cluster/nodes")).healthy_nodes === count);
  } catch (error) {
    await closer.close();
    throw error;
  }
  return cluster;
}
