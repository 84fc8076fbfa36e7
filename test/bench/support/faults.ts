// The faults of the failover benchmark: what is done to the cluster, and whose picture is looked at.
import { setTimeout as sleep } from "node:timers/promises";
import { adminToken } from "../../support/master-environment.ts";
import { runAirclass } from "../../support/processes.ts";
import type { TopologyNode, TopologySlave } from "../../support/topology.ts";
import type { FaultStage } from "./fault-stage.ts";

export interface FaultResult {
  /** The longest freeze of each player on the node that it happened to. */
  readonly affectedMs: readonly number[];
  /** Of all other players. */
  readonly othersMs: readonly number[];
  /** How often the teacher had to connect again. */
  readonly publisherCuts: number;
}

interface BenchFault {
  /** p95 of the affected players' freezes. */
  readonly atMostMs?: number;
  /** p95 of the others'. */
  readonly othersAtMostMs?: number;
  /** A freeze over this is a stall, of which there shall be none. */
  readonly stallMs?: number;
  run(stage: FaultStage): Promise<FaultResult>;
}

/** After the fault; long enough for the slowest way back that is promised, and some. */
const watchMs = 8_000;
const pausedMs = 8_000;
const deadlineS = 5;
/** Of the default settings, and some. */
const heartbeatMs = 6_000;

async function measure(stage: FaultStage, struck: TopologyNode, during: () => Promise<unknown>): Promise<FaultResult> {
  const { players, teacher } = stage;
  const { connections } = teacher;
  for (const { player } of players) await player.restart();
  await during();
  const [affectedMs, othersMs]: [number[], number[]] = [[], []];
  for (const { slave, player } of players) (slave === struck ? affectedMs : othersMs).push(Math.round(await player.longestFreezeMs()));
  return { affectedMs, othersMs, publisherCuts: teacher.connections - connections };
}

async function killed(stage: FaultStage, slave: TopologySlave): Promise<FaultResult> {
  const result = await measure(stage, slave, async () => {
    await slave.kill();
    await sleep(watchMs);
  });
  await slave.start();
  return result;
}

export const faults: Readonly<Record<string, BenchFault>> = {
  viewers_slave_killed: {
    atMostMs: 3_000,
    async run(stage) {
      const origin = await stage.origin();
      const slave = stage.topology.slaves.find((candidate) => candidate !== origin);
      if (!slave) throw new Error("there is no slave but the origin");
      return killed(stage, slave);
    },
  },
  origin_killed: {
    atMostMs: 4_000,
    othersAtMostMs: 4_000,
    run: async (stage) => killed(stage, await stage.origin()),
  },
  origin_stopped: {
    atMostMs: 4_000,
    othersAtMostMs: 4_000,
    async run(stage) {
      const origin = await stage.origin();
      return measure(stage, origin, async () => {
        await origin.pause();
        await sleep(pausedMs);
        origin.resume();
        await sleep(watchMs / 2);
      });
    },
  },
  drain: {
    stallMs: 2_000,
    async run(stage) {
      const { topology } = stage;
      const origin = await stage.origin();
      const env = { MASTER_URL: topology.masterUrl, ADMIN_TOKEN: adminToken };
      const order = async (...args: string[]): Promise<void> => {
        const { code, stderr } = await runAirclass(args, env);
        if (code !== 0) throw new Error(`airclass ${args.join(" ")}: ${stderr}`);
      };
      const result = await measure(stage, origin, async () => {
        await order("drain", origin.nodeId, "--deadline", `${deadlineS}s`);
        await sleep(deadlineS * 1_000 + watchMs / 2);
      });
      await order("undrain", origin.nodeId);
      // The slave hears of it with its next heartbeat; until then it sends viewers away.
      await sleep(heartbeatMs);
      return result;
    },
  },
  master_restart: {
    stallMs: 500,
    run(stage) {
      const { master } = stage.topology;
      return measure(stage, master, async () => {
        await master.terminate();
        await sleep(2_000);
        await master.start();
        await sleep(watchMs);
      });
    },
  },
};
