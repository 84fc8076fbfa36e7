// The master dies, hangs and is started again, with the gateway as a program of its own: nobody who is in class notices.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { StreamReport } from "../../../src/shared/protocol/cluster-messages.ts";
import { eventually } from "../../support/eventually.ts";
import { assertFrozeAtMost, originOf, playsOn, untilHealed } from "./stage.ts";
import type { Scenario, Stage } from "./stage.ts";

/** Who holds what from whom under which epoch: what must not jump. */
async function arrangement({ topology }: Stage): Promise<readonly string[]> {
  const shape = (nodeId: string, { path, role, epoch, upstream }: StreamReport) =>
    `${nodeId} ${path} ${role} epoch ${epoch} from ${upstream ?? "nobody"}`;
  const held = await Promise.all(
    topology.slaves.map(async (slave) => (await topology.heldBy(slave)).map((report) => shape(slave.nodeId, report))),
  );
  return held.flat().toSorted();
}

const awayMs = 4_000;
/** What viewers may notice of a master that is away: nothing; but this machine may be busy. */
const unnoticedMs = 1_500;

export const masterKilled: Scenario = {
  name: "the master is killed and started again: nobody notices, nothing jumps, the cluster is whole at once",
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher } = air;
    await playsOn(audience, 3);
    const before = await arrangement(stage);
    const { connections } = teacher;
    audience.restart();
    await topology.master.kill();
    await sleep(awayMs);
    await topology.master.start();
    const startedMs = performance.now();
    await topology.untilWhole();
    report(`whole ${Math.round(performance.now() - startedMs)} ms after the master's start (heartbeats: 1 s)`);
    report(await playsOn(audience));
    assertFrozeAtMost(audience, unnoticedMs);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    // Long enough for a plan made with half of the nodes to show.
    await playsOn(audience, 9);
    assert.deepEqual(await arrangement(stage), before);
    for (const viewer of audience.viewers) assert.equal(viewer.moves, 0, viewer.failures.join("; "));
  },
};

export const masterPaused: Scenario = {
  name: "the master hangs and goes on: nobody notices, no slave is called dead",
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher } = air;
    const before = await arrangement(stage);
    const { connections } = teacher;
    audience.restart();
    await topology.master.pause();
    await sleep(awayMs);
    topology.master.resume();
    const statuses = new Set((await topology.nodes()).map(({ status }) => status));
    assert.ok(!statuses.has("offline"), `statuses just after it went on: ${[...statuses].join()}`);
    report(await playsOn(audience));
    assertFrozeAtMost(audience, unnoticedMs);
    await topology.untilWhole();
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    assert.deepEqual(await arrangement(stage), before);
  },
};

export const directTeacherWithoutMaster: Scenario = {
  name: "a teacher at a slave's own door reconnects while the master is away",
  async run(stage, report) {
    const slave = stage.topology.slaves[1];
    assert.ok(slave);
    const air = await stage.begin("no-master", { slave });
    const { audience, teacher, lesson } = air;
    const { discontinuities } = audience.log;
    const { connections } = teacher;
    await stage.topology.master.kill();
    audience.restart();
    assert.ok(teacher.pid);
    process.kill(teacher.pid, "SIGKILL");
    await eventually("the teacher is back", () => teacher.connections > connections);
    report(await playsOn(audience));
    assert.equal(audience.log.discontinuities, discontinuities + 1);
    assert.deepEqual(teacher.complaints.slice(1), [], "it was let in at once");
    await stage.topology.master.start();
    await untilHealed(stage, lesson.path, stage.air.lesson.path);
    assert.equal((await originOf(stage, lesson.path)).nodeId, slave.nodeId);
    await air.end();
  },
};
