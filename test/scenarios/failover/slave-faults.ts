// A slave dies or hangs: the origin that the gateway publishes to, a replica, an origin with a teacher of its own.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { untilReplicated } from "../../support/invariants.ts";
import { descendantsOf, stillRunning } from "../../support/processes.ts";
import { assertFrozeAtMost, copies, generousMs, originOf, playsOn, replicaOf, untilHealed } from "./stage.ts";
import type { Scenario } from "./stage.ts";
import { watchReturning } from "./returning-origin.ts";

export const originKilled: Scenario = {
  name: "the origin is killed: the gateway goes on at a replica, the teacher notices nothing",
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher, lesson } = air;
    const origin = await originOf(stage, lesson.path);
    const [discontinuities, connections] = [audience.log.discontinuities, teacher.connections];
    const children = origin.pid === undefined ? [] : (await descendantsOf(origin.pid)).map(({ pid }) => pid);
    audience.restart();
    await origin.kill();
    report(await playsOn(audience));
    assertFrozeAtMost(audience, generousMs);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    await originOf(stage, lesson.path, origin);
    await untilReplicated(topology, lesson.path, copies);
    assert.equal(audience.log.discontinuities, discontinuities + 1, "exactly one discontinuity for the new origin");
    await eventually("the children of the dead slave have ended", async () => (await stillRunning(children)).length === 0);
    await origin.start();
    await untilHealed(stage, lesson.path);
    await playsOn(audience);
    assert.equal(audience.log.discontinuities, discontinuities + 1, "the slave's return changes nothing");
  },
};

export const originPaused: Scenario = {
  name: "the origin hangs, another one takes over, it comes back with an old log: nobody sees that",
  async run(stage, report) {
    const { air, topology } = stage;
    const { audience, teacher, lesson } = air;
    const origin = await originOf(stage, lesson.path);
    const [discontinuities, connections] = [audience.log.discontinuities, teacher.connections];
    audience.restart();
    const returning = await watchReturning(stage, origin, lesson.path);
    await origin.pause();
    report(await playsOn(audience));
    assertFrozeAtMost(audience, generousMs);
    const next = await originOf(stage, lesson.path, origin);
    const msn = audience.log.newestMsn;
    await eventually("the new log is well ahead", () => audience.log.newestMsn >= msn + 2);
    const after = returning.from();
    origin.resume();
    await eventually("the old origin follows the new one", async () => {
      const held = (await topology.heldBy(origin)).find(({ path }) => path === lesson.path);
      // It may also have let go of the stream.
      return held === undefined || held.role === "replica";
    });
    await playsOn(audience);
    await after.stop();
    assert.deepEqual(after.leaks, [], "media of the old origin got out after its return");
    assert.equal((await originOf(stage, lesson.path)).nodeId, next.nodeId, "the origin stays where it is");
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    await untilHealed(stage, lesson.path);
    assert.equal(audience.log.discontinuities, discontinuities + 1, "exactly one discontinuity for the new origin");
  },
};

const replicaFault = (name: string, kill: boolean): Scenario => ({
  name,
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher, lesson } = air;
    const replica = await replicaOf(stage, air);
    const struck = stage.seat(lesson, 3, replica);
    await struck.untilPlaying();
    await struck.untilAdvanced(3);
    const elsewhere = audience.viewers.filter(({ nodeId }) => nodeId !== replica.nodeId);
    const [discontinuities, connections] = [audience.log.discontinuities, teacher.connections];
    audience.restart();
    struck.restart();
    await (kill ? replica.kill() : replica.pause());
    report(await playsOn(struck));
    await playsOn(audience);
    for (const viewers of [audience, struck]) assertFrozeAtMost(viewers, generousMs);
    assert.ok(!(replica.nodeId in struck.spread()));
    await struck.stop();
    for (const viewer of elsewhere) assert.equal(viewer.moves, 0, `${viewer.name} moved: ${viewer.failures.join("; ")}`);
    await untilReplicated(topology, lesson.path, copies);
    if (kill) await replica.start();
    else replica.resume();
    await untilHealed(stage, lesson.path);
    await playsOn(audience);
    assert.equal(teacher.connections, connections);
    assert.equal(audience.log.discontinuities, discontinuities, "no new origin");
  },
});

export const replicaKilled = replicaFault("a replica is killed: its viewers move, nobody else notices", true);
export const replicaPaused = replicaFault("a replica hangs: its viewers move, nobody else notices", false);

export const directOriginKilled: Scenario = {
  name: "an origin with a teacher of its own is killed: numbers go on when both are back",
  async run(stage, report) {
    const slave = stage.topology.slaves[0];
    assert.ok(slave);
    const air = await stage.begin("direct-killed", { slave });
    const { audience, lesson } = air;
    const [discontinuities, msn] = [audience.log.discontinuities, audience.log.newestMsn];
    await slave.kill();
    // Long enough that every viewer has looked for another node.
    await sleep(2_000);
    await slave.start();
    audience.restart();
    report(`${await playsOn(audience)} after its start`);
    assert.ok(audience.log.newestMsn > msn, "numbers went on");
    assert.equal(audience.log.discontinuities, discontinuities + 1, "exactly one discontinuity for the new origin");
    await untilHealed(stage, lesson.path, stage.air.lesson.path);
    await air.end();
  },
};

export const directOriginPaused: Scenario = {
  name: "an origin with a teacher of its own hangs for 3 s: it goes on as the origin that it was",
  async run(stage, report) {
    const slave = stage.topology.slaves.at(-1);
    assert.ok(slave);
    const air = await stage.begin("direct-paused", { slave });
    const { audience, lesson } = air;
    await slave.pause();
    await sleep(3_000);
    slave.resume();
    audience.restart();
    report(`${await playsOn(audience)} after it went on`);
    assert.equal((await originOf(stage, lesson.path)).nodeId, slave.nodeId);
    await untilHealed(stage, lesson.path, stage.air.lesson.path);
    await air.end();
  },
};
