// Slaves that leave on purpose: drained by the administrator, or stopped one after the other for an update.
import assert from "node:assert/strict";
import { adminToken } from "../../support/master-environment.ts";
import { eventually } from "../../support/eventually.ts";
import { runAirclass } from "../../support/processes.ts";
import { assertFrozeAtMost, originOf, playsOn, untilHealed } from "./stage.ts";
import type { Scenario } from "./stage.ts";

/** The promise is 2 s; this machine may be busy. */
const leavingMs = 3_000;

export const drained: Scenario = {
  name: "airclass drain of the origin: its viewers and its stream go elsewhere, undrain takes it back",
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher, lesson } = air;
    const origin = await originOf(stage, lesson.path);
    const { connections } = teacher;
    const { discontinuities } = audience.log;
    const env = { MASTER_URL: topology.masterUrl, ADMIN_TOKEN: adminToken };
    audience.restart();
    const drain = await runAirclass(["drain", origin.nodeId, "--deadline", "5s"], env);
    assert.equal(drain.code, 0, drain.stderr);
    await eventually("it is drained", async () => {
      const node = (await topology.nodes()).find(({ node_id }) => node_id === origin.nodeId);
      return (node?.status as string) === "drained";
    });
    report(await playsOn(audience));
    assertFrozeAtMost(audience, leavingMs);
    assert.ok(!(origin.nodeId in audience.spread()), `viewers: ${JSON.stringify(audience.spread())}`);
    assert.notEqual((await originOf(stage, lesson.path)).nodeId, origin.nodeId);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    assert.equal(audience.log.discontinuities, discontinuities + 1, "one new origin");
    const undrain = await runAirclass(["undrain", origin.nodeId], env);
    assert.equal(undrain.code, 0, undrain.stderr);
    await untilHealed(stage, lesson.path);
  },
};

export const rollingRestart: Scenario = {
  name: "all slaves are stopped (SIGTERM) and started, one after the other: the class goes on",
  async run(stage, report) {
    const { topology, air } = stage;
    const { audience, teacher, lesson } = air;
    const { connections } = teacher;
    audience.restart();
    for (const slave of topology.slaves) {
      await slave.terminate();
      await slave.start();
      await untilHealed(stage, lesson.path);
    }
    report(await playsOn(audience));
    assertFrozeAtMost(audience, leavingMs);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
  },
};
