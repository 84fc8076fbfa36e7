// Random faults in a cluster of real processes under teachers and viewers, and what must hold all the same.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startAudience } from "../support/audience.ts";
import type { Audience } from "../support/audience.ts";
import { eventually } from "../support/eventually.ts";
import { untilReplicated, watchInvariants } from "../support/invariants.ts";
import type { Teacher } from "../support/teacher.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology, TopologyNode } from "../support/topology.ts";
import { planFaults } from "./fault-plan.ts";
import type { Fault } from "./fault-plan.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly slaves: number;
  readonly streams: number;
  readonly viewersPerStream: number;
  readonly durationMs: number;
  readonly everyMs: number;
  readonly log: (line: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly faults: number;
  /** What contradicts the rules; empty when all is well. */
  readonly problems: readonly string[];
  readonly tokens_refused_elsewhere: number;
  readonly streams: readonly {
    readonly path: string;
    readonly parts: number;
    /** As far as was seen; the number of an epoch says nothing, they are taken in blocks. */
    readonly new_origins: number;
    readonly discontinuities: number;
    readonly publisher_connections: number;
    readonly longest_freeze_ms: number;
  }[];
}

const copies = 2;
const unseenOrigins = 1;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, slaves, log } = options;
  const faults = planFaults({
    seed,
    slaves,
    streams: options.streams,
    durationMs: options.durationMs,
    everyMs: options.everyMs,
    atOnce: Math.ceil(slaves / 3),
  });
  log(`seed ${seed}: ${faults.length} faults, ${slaves} slaves, ${options.streams} streams`);
  const topology = await startTopology({ kind: "processes", slaves, gatewayAlone: true });
  const watch = watchInvariants(topology);
  const rooms: Room[] = [];
  try {
    for (let index = 1; index <= options.streams; index += 1) rooms.push(await openRoom(topology, `room-${index}`, options));
    for (const { audience } of rooms) {
      watch.add(audience);
      await audience.untilPlaying();
      await untilReplicated(topology, audience.path, copies);
      audience.restart();
    }
    // Not their numbers: where every copy of a log was lost, the next one leaves some out.
    const before = rooms.map(({ audience }) => audience.log.timelines);
    log("all streams are on air");
    const origins = rooms.map(({ audience }) => watch.epochs(audience.path));
    await strike(topology, rooms, faults, log);
    log("all faults are over");
    const problems: string[] = [];
    const hold = async (holds: Promise<unknown>): Promise<void> => {
      await holds.catch((error: Error) => problems.push(`${error.message}: ${(error.cause as Error | undefined)?.message ?? ""}`));
    };
    await hold(topology.untilWhole());
    for (const { audience } of rooms) {
      await hold(untilReplicated(topology, audience.path, copies, 30_000));
      await hold(audience.untilAdvanced(6));
    }
    const streams = rooms.map(({ audience, teacher }, index) => ({
      path: audience.path,
      parts: audience.log.parts,
      new_origins: watch.epochs(audience.path) - (origins[index] ?? 0),
      discontinuities: audience.log.timelines - (before[index] ?? 0),
      publisher_connections: teacher.connections,
      longest_freeze_ms: Math.round(audience.longestFreezeMs()),
    }));
    for (const { path, new_origins: seen, discontinuities, publisher_connections: connections } of streams) {
      // Less where a slave died before its first frame; one that lived too short to be seen may have had some.
      if (discontinuities > seen + unseenOrigins) problems.push(`${path}: ${discontinuities} discontinuities for ${seen} new origins`);
      if (connections !== 1) problems.push(`${path}: its teacher was cut off ${connections - 1} times`);
    }
    problems.unshift(...watch.problems);
    if (problems.length > 0) log(`logs of the nodes: ${topology.keepLogs()}`);
    return { seed, faults: faults.length, problems, tokens_refused_elsewhere: watch.refusals, streams };
  } catch (error) {
    throw new Error(`the run broke off; logs of the nodes: ${topology.keepLogs()}`, { cause: error });
  } finally {
    for (const { audience } of rooms) await audience.stop();
    await watch.stop();
    await topology.stop();
  }
}

interface Room {
  readonly teacher: Teacher;
  readonly audience: Audience;
}

async function openRoom(topology: Topology, name: string, { viewersPerStream }: ChaosOptions): Promise<Room> {
  const lesson: ClassWithKey = await topology.createClass(name);
  const teacher = topology.teach(lesson);
  await eventually(`${name} is on air`, async () => (await topology.streams()).some(({ path }) => path === lesson.path));
  return { teacher, audience: startAudience(topology.masterUrl, lesson, viewersPerStream) };
}

/** Does what is planned; resolves when every node that was struck runs again. */
async function strike(topology: Topology, rooms: readonly Room[], faults: readonly Fault[], log: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  const say = (line: string): void => log(`${((performance.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const away = new Set<TopologyNode>();
  await Promise.all(
    faults.map(async ({ atMs, kind, target, forMs }) => {
      await sleep(Math.max(0, startMs + atMs - performance.now()));
      const struck = await resolveTarget(topology, rooms, target);
      if (!struck || away.has(struck.node)) {
        say(`no ${kind}: ${struck ? `${struck.name} is not back from its last fault` : `${JSON.stringify(target)} is not known now`}`);
        return;
      }
      const { node, name } = struck;
      away.add(node);
      say(`${kind} ${name} for ${forMs} ms`);
      if (kind === "pause") {
        await node.pause();
        await sleep(forMs);
        node.resume();
      } else {
        await (kind === "terminate" ? node.terminate(30_000) : node.kill());
        await sleep(forMs);
        await node.start();
      }
      away.delete(node);
    }),
  );
}

async function resolveTarget(
  topology: Topology,
  rooms: readonly Room[],
  target: Fault["target"],
): Promise<{ readonly node: TopologyNode; readonly name: string } | undefined> {
  if (target.of === "master") return { node: topology.master, name: "the master" };
  if (target.of === "slave") {
    const slave = topology.slaves[target.number];
    return slave && { node: slave, name: slave.nodeId };
  }
  const path = rooms[target.number]?.audience.path;
  // The master may be away, too.
  const streams = await topology.streams().catch(() => []);
  const nodeId = streams.find((stream) => stream.path === path)?.origin ?? undefined;
  return nodeId === undefined ? undefined : { node: topology.slave(nodeId), name: `${nodeId}, the origin of ${path}` };
}
