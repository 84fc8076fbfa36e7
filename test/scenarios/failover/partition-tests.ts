// Cables that are pulled between machines: each slave in a network namespace of its own. Packets are lost without a word,
// which no killed process shows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../support/eventually.ts";
import { startTestNetwork } from "../../support/test-network.ts";
import type { NetworkPlace, TestNetwork } from "../../support/test-network.ts";
import type { TopologySlave } from "../../support/topology.ts";
import { watchReturning } from "./returning-origin.ts";
import { assertFrozeAtMost, generousMs, openStage, originOf, playsOn, replicaOf, untilHealed } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** Tests of a suite of their own. */
export function partitionTests(): void {
  let network: TestNetwork | undefined;
  let stage: Stage | undefined;
  before(async () => {
    network = await startTestNetwork(3);
    stage = await openStage({ kind: "processes", slaves: 3, masterHost: network.host, places: network.places }, 9);
  });
  after(async () => {
    await stage?.stop();
    await network?.stop();
  });

  function use(): { stage: Stage; network: TestNetwork; placeOf: (slave: TopologySlave) => NetworkPlace } {
    assert.ok(stage && network);
    const { places } = network;
    return {
      stage,
      network,
      placeOf(slave) {
        const place = places.find(({ host }) => host === slave.host);
        assert.ok(place);
        return place;
      },
    };
  }

  void test("a replica cannot reach the origin: its viewers play on, nobody becomes origin", { timeout: 120_000 }, async (t) => {
    const { stage: current, network: cables, placeOf } = use();
    const { air } = current;
    const { audience, teacher, lesson } = air;
    const [origin, replica] = [await originOf(current, lesson.path), await replicaOf(current, air)];
    const [discontinuities, connections] = [audience.log.discontinuities, teacher.connections];
    const struck = current.seat(lesson, 3, replica);
    await struck.untilPlaying();
    await struck.untilAdvanced(3);
    for (const viewers of [audience, struck]) viewers.restart();
    await cables.partition(placeOf(origin), placeOf(replica));
    t.diagnostic(await playsOn(struck, 12));
    await playsOn(audience, 12);
    for (const viewers of [audience, struck]) assertFrozeAtMost(viewers, generousMs);
    await struck.stop();
    assert.equal((await originOf(current, lesson.path)).nodeId, origin.nodeId);
    await untilHealed(current, lesson.path);
    await cables.heal();
    await playsOn(audience, 9);
    assert.equal(audience.log.discontinuities, discontinuities, "no new origin");
    assert.equal(teacher.connections, connections);
    current.assertInvariants();
  });

  void test("the origin's cable is pulled, and put in again: another origin, and the old one follows", { timeout: 120_000 }, async (t) => {
    const { stage: current, network: cables, placeOf } = use();
    const { topology, air } = current;
    const { audience, teacher, lesson } = air;
    const origin = await originOf(current, lesson.path);
    const [discontinuities, connections] = [audience.log.discontinuities, teacher.connections];
    const returning = await watchReturning(current, origin, lesson.path);
    audience.restart();
    await cables.disconnect(placeOf(origin));
    t.diagnostic(await playsOn(audience, 12));
    assertFrozeAtMost(audience, generousMs);
    const next = await originOf(current, lesson.path, origin);
    const after = returning.from();
    await cables.heal();
    await eventually("the old origin follows the new one", async () => {
      const held = (await topology.heldBy(origin)).find(({ path }) => path === lesson.path);
      return held === undefined || held.role === "replica";
    });
    await untilHealed(current, lesson.path);
    await playsOn(audience, 9);
    await after.stop();
    assert.deepEqual(after.leaks, [], "media of the old origin got out after its return");
    assert.equal((await originOf(current, lesson.path)).nodeId, next.nodeId);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    assert.equal(audience.log.discontinuities, discontinuities + 1);
    current.assertInvariants();
  });
}
