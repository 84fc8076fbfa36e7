// A cluster that things can be done to: kill, pause, restart any node, with the same ports and data. The same interface
// whether its nodes are threads of this process or processes of the real command, so that a scenario is written once.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { testPort } from "./test-port.ts";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { createClusterClient } from "./cluster-client.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { ClusterNode, NodeStart, StartNode } from "./cluster-node.ts";
import { adminToken, clusterSecret } from "./master-environment.ts";
import { eventually } from "./eventually.ts";
import { startProcessNode } from "./process-node.ts";
import { startTeacher } from "./teacher.ts";
import type { Teacher } from "./teacher.ts";
import { startThreadNode } from "./thread-node.ts";

export type TopologyKind = "threads" | "processes";

/** A node with a place of its own: what happens to its process, it can be started again there. */
export interface TopologyNode {
  /** Of its main process now; undefined for a thread. */
  readonly pid: number | undefined;
  kill(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  /** SIGTERM, and waits for its end. @throws when that takes longer. */
  terminate(timeoutMs?: number): Promise<void>;
  /** Starts it again after its end; resolves when its API answers. */
  start(): Promise<void>;
}

export interface TopologySlave extends TopologyNode {
  readonly nodeId: string;
  readonly host: string;
  readonly rtmpPort: number;
  readonly hlsUrl: string;
  readonly apiUrl: string;
}

export interface SlaveOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly clockOffsetMs?: number;
  /** Where it runs and listens, when not on this machine's loopback. */
  readonly place?: { readonly netns: string; readonly host: string };
}

export interface Topology extends ClusterClient {
  readonly kind: TopologyKind;
  readonly masterUrl: string;
  /** Where teachers publish: the gateway's "Server" in OBS. */
  readonly doorUrl: string;
  readonly master: TopologyNode;
  /** The door alone; undefined where it is part of the master. */
  readonly gateway: TopologyNode | undefined;
  readonly slaves: readonly TopologySlave[];
  slave(nodeId: string): TopologySlave;
  /** Resolves when the master sends viewers there. */
  addSlave(options?: SlaveOptions): Promise<TopologySlave>;
  /** A slave that was stopped for good. */
  forget(slave: TopologySlave): void;
  /** All slaves take viewers, as the master says. */
  untilWhole(): Promise<void>;
  /** A teacher at the gateway, or at a slave's own door. Resolves at once. */
  teach(lesson: ClassWithKey, options?: { slave?: TopologySlave; picture?: readonly string[] }): Teacher;
  /** What a node has logged so far, by its name (`master`, `gateway`, or its id); all of its lives. */
  logOf(name: string): string;
  /** Writes what every node has logged below a folder of the system's; returns its name. */
  keepLogs(): string;
  stop(): Promise<void>;
}

export interface TopologyOptions {
  readonly kind: TopologyKind;
  readonly slaves: number;
  readonly master?: Readonly<Record<string, string>>;
  readonly slave?: Readonly<Record<string, string>>;
  /** The RTMP door as a program of its own. */
  readonly gatewayAlone?: boolean;
  /** Address of this machine for nodes elsewhere. */
  readonly masterHost?: string;
  /** Where the first slaves are. */
  readonly places?: readonly NonNullable<SlaveOptions["place"]>[];
}

const starters: Readonly<Record<TopologyKind, StartNode>> = { threads: startThreadNode, processes: startProcessNode };

export async function startTopology(options: TopologyOptions): Promise<Topology> {
  const closer = createCloser();
  return closer.orClose(() => start(options, closer));
}

async function start(options: TopologyOptions, closer: ReturnType<typeof createCloser>): Promise<Topology> {
  const { kind, masterHost = "127.0.0.1" } = options;
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-topology-"));
  closer.add("data", () => rmSync(dataDir, { recursive: true, force: true }));
  const logs = new Map<string, ClusterNode[]>();

  async function place(name: string, nodeStart: NodeStart, healthUrl?: string): Promise<TopologyNode> {
    let node: ClusterNode | undefined;
    let stopping = false;
    const running = (): ClusterNode => {
      if (!node) throw new Error(`${name} does not run`);
      return node;
    };
    const placed: TopologyNode = {
      get pid() {
        return node?.pid;
      },
      kill: () => running().kill(),
      pause: () => running().pause(),
      resume: () => running().resume(),
      terminate: (timeoutMs) => running().terminate(timeoutMs),
      async start() {
        const started = starters[kind](nodeStart);
        node = started;
        logs.set(name, [...(logs.get(name) ?? []), started]);
        let gone = false;
        void started.ended.finally(() => (gone = true));
        if (healthUrl === undefined) return;
        await eventually(`${name} answers`, async () => {
          if (gone) throw new Error(`${name} ended: ${started.log().slice(-2_000)}`);
          return stopping || (await fetch(healthUrl, { signal: AbortSignal.timeout(1_000) })).ok;
        });
      },
    };
    closer.add(name, async () => {
      stopping = true;
      await node?.kill();
    });
    await placed.start();
    return placed;
  }

  const [masterPort, doorPort] = [await testPort(), await testPort()];
  const masterUrl = `http://${masterHost}:${masterPort}`;
  const common = { CLUSTER_SECRET: clusterSecret, BIND_HOST: masterHost === "127.0.0.1" ? masterHost : "0.0.0.0" };
  const alone = options.gatewayAlone === true;
  const masterEnv = {
    ...common,
    ADMIN_TOKEN: adminToken,
    DATA_DIR: join(dataDir, "master"),
    API_PORT: String(masterPort),
    RTMP_PORT: alone ? "0" : String(doorPort),
    ...options.master,
  };
  const master = await place("master", { role: "master", env: masterEnv, clockOffsetMs: 0 }, `${masterUrl}/health`);
  const gatewayEnv = { ...common, MASTER_URL: masterUrl, RTMP_PORT: String(doorPort) };
  const gateway = alone ? await place("gateway", { role: "gateway", env: gatewayEnv, clockOffsetMs: 0 }) : undefined;

  const client = createClusterClient(masterUrl, adminToken);
  const slaves: TopologySlave[] = [];
  let count = 0;

  async function addSlave({ variables = {}, clockOffsetMs = 0, place: where }: SlaveOptions = {}): Promise<TopologySlave> {
    count += 1;
    const nodeId = `slave-${count}`;
    const host = where?.host ?? "127.0.0.1";
    const [rtmpPort, hlsPort, apiPort] = [await testPort(), await testPort(), await testPort()];
    const env = {
      CLUSTER_SECRET: clusterSecret,
      BIND_HOST: host,
      MASTER_URL: masterUrl,
      NODE_ID: nodeId,
      DATA_DIR: join(dataDir, nodeId),
      RTMP_PORT: String(rtmpPort),
      HLS_PORT: String(hlsPort),
      API_PORT: String(apiPort),
      HEARTBEAT_INTERVAL: "1",
      ...options.slave,
      ...variables,
    };
    const apiUrl = `http://${host}:${apiPort}`;
    const nodeStart: NodeStart = { role: "slave", env, clockOffsetMs, ...(where ? { netns: where.netns } : {}) };
    const node = await place(nodeId, nodeStart, `${apiUrl}/health`);
    // `pid` is read through: it changes with each start.
    const slave: TopologySlave = Object.assign(Object.create(node) as TopologyNode, {
      nodeId,
      host,
      rtmpPort,
      hlsUrl: `http://${host}:${hlsPort}`,
      apiUrl,
    });
    slaves.push(slave);
    return slave;
  }

  const topology: Topology = {
    ...client,
    kind,
    masterUrl,
    doorUrl: `rtmp://${masterHost}:${doorPort}/live`,
    master,
    gateway,
    slaves,
    slave(nodeId) {
      const found = slaves.find((slave) => slave.nodeId === nodeId);
      if (!found) throw new Error(`there is no ${nodeId}`);
      return found;
    },
    forget(slave) {
      slaves.splice(slaves.indexOf(slave), 1);
    },
    async addSlave(slaveOptions) {
      const added = await addSlave(slaveOptions);
      await topology.untilWhole();
      return added;
    },
    untilWhole: () =>
      eventually("all slaves take viewers", async () => {
        const nodes = await client.nodes();
        const missing = slaves.filter(({ nodeId }) => !nodes.some(({ node_id, status }) => node_id === nodeId && status === "healthy"));
        if (missing.length === 0) return true;
        throw new Error(JSON.stringify(nodes.map(({ node_id, status }) => `${node_id}: ${status}`)));
      }),
    teach(lesson, { slave, picture } = {}) {
      const server = slave ? `rtmp://${slave.host}:${slave.rtmpPort}/live` : topology.doorUrl;
      const teacher = startTeacher(`${server}/${lesson.name}?key=${lesson.stream_key}`, picture);
      closer.add("teacher", () => teacher.stop());
      return teacher;
    },
    logOf: (name) => (logs.get(name) ?? []).map((node) => node.log()).join(""),
    keepLogs() {
      const folder = mkdtempSync(join(tmpdir(), "airclass-logs-"));
      mkdirSync(folder, { recursive: true });
      for (const [name, lives] of logs)
        writeFileSync(join(folder, `${name}.log`), lives.map((node, index) => `# start ${index + 1}\n${node.log()}`).join("\n"));
      return folder;
    },
    stop: () => closer.close(),
  };
  try {
    for (let index = 0; index < options.slaves; index += 1) {
      const where = options.places?.[index];
      await addSlave(where ? { place: where } : {});
    }
    await topology.untilWhole();
  } catch (error) {
    throw new Error(`the cluster did not start; logs in ${topology.keepLogs()}`, { cause: error });
  }
  return topology;
}
