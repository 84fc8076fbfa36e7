// More than one teacher at one class, and a slave whose clock is wrong.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { readMediaPlaylist } from "../../support/playlist-reader.ts";
import { originOf, playsOn, untilHealed } from "./stage.ts";
import type { Scenario } from "./stage.ts";

export const twoTeachers: Scenario = {
  name: "two publishers race for one class through two doors: one of them gets it, the other when that one leaves",
  async run(stage, report) {
    const { topology } = stage;
    const lesson = await topology.createClass("raced");
    // A slave has to have heard of the class to let its teacher in without asking.
    await sleep(1_500);
    const slave = topology.slaves[1];
    assert.ok(slave);
    const [one, other] = [topology.teach(lesson), topology.teach(lesson, { slave })];
    const audience = stage.seat(lesson, 3);
    await audience.untilPlaying();
    await playsOn(audience, 12);
    const settled = [one.connections, other.connections];
    await sleep(2_000);
    const refused = [one, other].filter(({ connections }, index) => connections > (settled[index] ?? 0));
    assert.equal(refused.length, 1, `connections: ${settled.join()} and then ${one.connections},${other.connections}`);
    const [loser] = refused;
    const winner = loser === one ? other : one;
    report(`the teacher at ${winner === one ? "the gateway" : "the slave"} has it; the other: ${loser?.complaints.at(-1)?.trim()}`);
    await winner.stop();
    audience.restart();
    report(`the other one goes on: ${await playsOn(audience)}`);
    await originOf(stage, lesson.path);
    await audience.stop();
    await loser?.stop();
  },
};

const wrongMs = 10 * 60_000;

export const wrongClocks: Scenario = {
  name: "a slave's clock is 10 minutes fast, another's slow: it carries viewers, replicas and teachers like any other",
  async run(stage, report) {
    const { topology } = stage;
    const fast = await topology.addSlave({ clockOffsetMs: wrongMs });
    const slow = await topology.addSlave({ clockOffsetMs: -wrongMs });
    const air = await stage.begin("wrong-clock", { viewers: topology.slaves.length * 2, slave: fast });
    const { audience, lesson } = air;
    await eventually("viewers are on both", () => fast.nodeId in audience.spread() && slow.nodeId in audience.spread());
    audience.restart();
    report(await playsOn(audience));
    for (const viewer of audience.viewers) assert.deepEqual(viewer.failures, [], viewer.name);
    const { hls_url: url } = await topology.token({ user_id: "probe", path: lesson.path });
    const { playlist } = await readMediaPlaylist(url);
    const dateMs = playlist.segments.at(-1)?.dateMs ?? 0;
    assert.ok(Math.abs(Date.now() - dateMs) < 30_000, `the newest segment is dated ${new Date(dateMs).toISOString()}`);
    await air.end();
    for (const slave of [fast, slow]) await slave.terminate();
    topology.forget(fast);
    topology.forget(slow);
    await untilHealed(stage, stage.air.lesson.path);
  },
};
