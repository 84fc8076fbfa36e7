// What every scenario of failures works with: a cluster with its gateway alone, a class on air through that gateway, and
// viewers on all slaves. A scenario leaves the cluster whole, so that the next one can use it.
import assert from "node:assert/strict";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import { startAudience } from "../../support/audience.ts";
import type { Audience } from "../../support/audience.ts";
import { eventually } from "../../support/eventually.ts";
import { untilReplicated, watchInvariants } from "../../support/invariants.ts";
import type { InvariantWatch } from "../../support/invariants.ts";
import type { Teacher } from "../../support/teacher.ts";
import { startTopology } from "../../support/topology.ts";
import type { Topology, TopologyOptions, TopologySlave } from "../../support/topology.ts";

export interface OnAir {
  readonly lesson: ClassWithKey;
  readonly teacher: Teacher;
  readonly audience: Audience;
  end(): Promise<void>;
}

export interface Stage {
  readonly topology: Topology;
  readonly watch: InvariantWatch;
  /** The class through the gateway. */
  readonly air: OnAir;
  /** Another class; ended by the scenario that began it, at the latest with the stage. */
  begin(name: string, options?: { viewers?: number; slave?: TopologySlave }): Promise<OnAir>;
  /** More viewers of a class, on this slave where one is named; ended by the scenario, at the latest with the stage. */
  seat(lesson: ClassWithKey, viewers: number, slave?: TopologySlave): Audience;
  /** Every rule that has to hold whatever happens has held so far. */
  assertInvariants(): void;
  stop(): Promise<void>;
}

/** One thing that goes wrong, or is done on purpose, and what people may notice of it. */
export interface Scenario {
  readonly name: string;
  /** @param report a line with what was measured. */
  run(stage: Stage, report: (line: string) => void): Promise<void>;
}

/** Copies that the master keeps by default. */
export const copies = 2;
/** On a busy machine; what users are promised is measured by `npm run bench:failover`. */
export const generousMs = 8_000;

export async function openStage(options: TopologyOptions, viewers: number): Promise<Stage> {
  const topology = await startTopology({ gatewayAlone: true, ...options });
  const watch = watchInvariants(topology);
  const audiences: Audience[] = [];

  function seat(lesson: ClassWithKey, count: number, slave?: TopologySlave): Audience {
    const others = slave ? topology.slaves.filter((other) => other !== slave).map(({ nodeId }) => nodeId) : [];
    const audience = startAudience(topology.masterUrl, lesson, count, others);
    audiences.push(audience);
    watch.add(audience);
    return audience;
  }

  async function stop(): Promise<void> {
    for (const audience of audiences) await audience.stop();
    await watch.stop();
    await topology.stop();
  }

  async function begin(name: string, { viewers: count = 3, slave }: { viewers?: number; slave?: TopologySlave } = {}): Promise<OnAir> {
    const lesson = await topology.createClass(name);
    const teacher = topology.teach(lesson, slave ? { slave } : {});
    await eventually(`${name} is on air`, async () => (await topology.streams()).some(({ path }) => path === lesson.path));
    const audience = seat(lesson, count);
    await audience.untilPlaying();
    await untilReplicated(topology, lesson.path, Math.min(copies, options.slaves));
    return {
      lesson,
      teacher,
      audience,
      async end() {
        await audience.stop();
        await teacher.stop();
      },
    };
  }

  try {
    const air = await begin("main", { viewers });
    return {
      topology,
      watch,
      air,
      begin,
      seat,
      assertInvariants: () => assert.deepEqual(watch.problems, []),
      stop,
    };
  } catch (error) {
    const logs = topology.keepLogs();
    await stop();
    throw new Error(`no class came on air; logs in ${logs}`, { cause: error });
  }
}

/** The slave that is the origin of a stream as the master sees it; waits until there is one. @param not another one than this. */
export async function originOf({ topology }: Pick<Stage, "topology">, path: string, not?: TopologySlave): Promise<TopologySlave> {
  let found: string | undefined;
  await eventually(`${path} has ${not ? "another" : "an"} origin`, async () => {
    const stream = (await topology.streams()).find((candidate) => candidate.path === path);
    found = stream?.origin ?? undefined;
    return found !== undefined && found !== not?.nodeId;
  });
  return topology.slave(found ?? "");
}

/** A slave that follows the stream, one with viewers where there is one. */
export async function replicaOf({ topology }: Pick<Stage, "topology">, { lesson: { path }, audience }: OnAir): Promise<TopologySlave> {
  let found: string | undefined;
  await eventually(`${path} has a replica`, async () => {
    const spread = audience.spread();
    const replicas = (await topology.replicas(path)).filter(({ role }) => role === "replica").map(({ node_id }) => node_id);
    found = replicas.toSorted((one, other) => (spread[other] ?? 0) - (spread[one] ?? 0))[0];
    return found !== undefined;
  });
  return topology.slave(found ?? "");
}

/** Every viewer plays on for `parts` parts; what the worst off of them noticed since the audience's last `restart`. */
export async function playsOn(audience: Audience, parts = 6): Promise<string> {
  await audience.untilAdvanced(parts);
  const moved = audience.viewers.filter(({ moves }) => moves > 0).length;
  return `longest freeze ${Math.round(audience.longestFreezeMs())} ms, ${moved} of ${audience.viewers.length} viewers moved`;
}

/** All slaves are back, and every stream has its copies. */
export async function untilHealed({ topology }: Pick<Stage, "topology">, ...paths: string[]): Promise<void> {
  await topology.untilWhole();
  for (const path of paths) await untilReplicated(topology, path, Math.min(copies, topology.slaves.length));
}

export function assertFrozeAtMost(audience: Audience, limitMs: number): void {
  const worst = audience.viewers.toSorted((one, other) => other.longestFreezeMs() - one.longestFreezeMs())[0];
  const frozenMs = worst?.longestFreezeMs() ?? 0;
  assert.ok(
    frozenMs <= limitMs,
    `${worst?.name} on ${worst?.nodeId} stood for ${Math.round(frozenMs)} ms of ${limitMs}: ${worst?.failures.join("; ")}`,
  );
}
