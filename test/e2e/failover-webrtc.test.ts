// Slaves with MediaMTX behind the gateway that die, leave or lose their MediaMTX, under students who watch by HLS, and by WebRTC
// in a real browser from the origin and from another slave: nobody is told anything, and WebRTC comes back by itself.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { assertFrozeAtMost, generousMs, originOf, playsOn, untilHealed } from "../scenarios/failover/stage.ts";
import { startAudience } from "../support/audience.ts";
import type { Audience } from "../support/audience.ts";
import { launchBrowser, waitForPlaying, watchStats } from "../support/browser.ts";
import type { TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { chooseLive, isLive, untilLive } from "../support/live-viewer.ts";
import { adminToken } from "../support/master-environment.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";
import { watchNotices } from "../support/page-notices.ts";
import type { PageNotices } from "../support/page-notices.ts";
import { descendantsOf, runAirclass } from "../support/processes.ts";
import type { Teacher } from "../support/teacher.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology, TopologySlave } from "../support/topology.ts";

const skip = (await mediaMtxMissing()) ?? false;

interface Student {
  readonly name: string;
  readonly page: Page;
  readonly errors: readonly string[];
  readonly notices: PageNotices;
}

interface Scene {
  readonly origin: TopologySlave;
  /** The slave that `lee` watches on. */
  readonly other: TopologySlave;
  /** On the origin. */
  readonly kim: Student;
  readonly lee: Student;
}

describe("with MediaMTX behind the gateway,", { skip, concurrency: 1 }, () => {
  let topology: Topology;
  let browser: TestBrowser;
  let lesson: ClassWithKey;
  let teacher: Teacher;
  let audience: Audience;

  before(async () => {
    const variables = await mediaMtxVariables(3);
    [topology, browser] = await Promise.all([startTopology({ kind: "processes", slaves: 0, gatewayAlone: true }), launchBrowser()]);
    for (let index = 0; index < 3; index += 1) await topology.addSlave({ variables: variables(index) });
    lesson = await topology.createClass("math");
    teacher = topology.teach(lesson);
    await eventually("the class is on air", async () => (await topology.streams()).some(({ path }) => path === lesson.path));
    audience = startAudience(topology.masterUrl, lesson, 4);
    await audience.untilPlaying();
  });
  after(async () => {
    await browser?.close();
    await audience?.stop();
    await topology?.stop();
  });

  async function student(name: string, slave: TopologySlave): Promise<Student> {
    const avoid = topology.slaves.filter((one) => one !== slave).map(({ nodeId }) => nodeId);
    const { page, errors } = await chooseLive(browser, { masterUrl: topology.masterUrl, className: "math", name, avoid });
    await untilLive(page);
    assert.equal((await watchStats(page)).nodeId, slave.nodeId);
    return { name, page, errors, notices: await watchNotices(page) };
  }

  /** Both watch by WebRTC, and the audience by HLS; none of what went before is remembered. */
  async function scene(t: TestContext): Promise<Scene> {
    await untilHealed({ topology }, lesson.path);
    const origin = await originOf({ topology }, lesson.path);
    const other = topology.slaves.find((slave) => slave !== origin);
    assert.ok(other);
    const [kim, lee] = [await student("kim", origin), await student("lee", other)];
    t.after(() => Promise.all([kim, lee].map(({ page }) => page.context().close())));
    for (const { notices } of [kim, lee]) await notices.restart();
    audience.restart();
    return { origin, other, kim, lee };
  }

  async function seesAgain({ name, page, errors, notices }: Student, t: TestContext): Promise<void> {
    await waitForPlaying(page, 0);
    await untilLive(page, 60_000);
    const [standMs, phases] = [await notices.longestStandMs(), await notices.phases()];
    t.diagnostic(`${name}: the picture stood for ${standMs.toFixed(0)} ms; ${phases.join(", ")}`);
    assert.ok(standMs < generousMs, `${name}: the picture stood for ${standMs.toFixed(0)} ms`);
    for (const phase of ["refused", "over", "joining", "paused", "waiting_for_teacher"] as const)
      assert.ok(!phases.includes(phase), `${name} was told: ${phases.join(", ")}`);
    assert.deepEqual(errors, []);
  }

  async function classGoesOn(t: TestContext, { connections }: { readonly connections: number }): Promise<void> {
    t.diagnostic(`by HLS: ${await playsOn(audience)}`);
    assertFrozeAtMost(audience, generousMs);
    assert.equal(teacher.connections, connections, `the teacher was cut off: ${teacher.complaints.join()}`);
    assert.deepEqual(audience.log.problems, []);
  }

  test("the origin is killed: its students and those of another slave see the class by WebRTC again", { timeout: 240_000 }, async (t) => {
    const { origin, kim, lee } = await scene(t);
    const { connections } = teacher;
    await origin.kill();
    await originOf({ topology }, lesson.path, origin);
    await Promise.all([seesAgain(kim, t), seesAgain(lee, t)]);
    assert.notEqual((await watchStats(kim.page)).nodeId, origin.nodeId);
    await classGoesOn(t, { connections });
    await origin.start();
    await untilHealed({ topology }, lesson.path);
  });

  test("the origin is drained: students go elsewhere before it ends them, and by WebRTC", { timeout: 240_000 }, async (t) => {
    const { origin, kim, lee } = await scene(t);
    const { connections } = teacher;
    const env = { MASTER_URL: topology.masterUrl, ADMIN_TOKEN: adminToken };
    const drain = await runAirclass(["drain", origin.nodeId, "--deadline", "10s"], env);
    assert.equal(drain.code, 0, drain.stderr);
    await eventually("kim is elsewhere", async () => (await watchStats(kim.page)).nodeId !== origin.nodeId);
    await originOf({ topology }, lesson.path, origin);
    await Promise.all([seesAgain(kim, t), seesAgain(lee, t)]);
    await classGoesOn(t, { connections });
    assert.equal((await runAirclass(["undrain", origin.nodeId], env)).code, 0);
    await untilHealed({ topology }, lesson.path);
  });

  for (const [what, signal] of [
    ["is killed", "SIGKILL"],
    ["hangs", "SIGSTOP"],
  ] as const) {
    for (const where of ["origin", "other"] as const) {
      const name = where === "origin" ? "the origin" : "another slave";
      test(`MediaMTX beside ${name} ${what}: HLS does not notice, and WebRTC comes back`, { timeout: 240_000 }, async (t) => {
        const { [where]: struck, kim, lee } = await scene(t);
        const { connections } = teacher;
        const { discontinuities } = audience.log;
        const pid = await mediaMtxOf(struck);
        process.kill(pid, signal);
        await eventually("its students have left it", async () => !(await isLive((where === "origin" ? kim : lee).page)));
        await Promise.all([seesAgain(kim, t), seesAgain(lee, t)]);
        await classGoesOn(t, { connections });
        assert.equal(audience.log.discontinuities, discontinuities);
        assert.ok(
          audience.viewers.every(({ moves }) => moves === 0),
          "nobody who watches by HLS has moved",
        );
        assert.notEqual(await mediaMtxOf(struck), pid);
      });
    }
  }
});

/** Of the slave's MediaMTX, once there is one. */
async function mediaMtxOf(slave: TopologySlave): Promise<number> {
  let found: number | undefined;
  await eventually(`${slave.nodeId} has a MediaMTX`, async () => {
    const all = slave.pid === undefined ? [] : await descendantsOf(slave.pid);
    found = all.find(({ command }) => command.includes("mediamtx.yml") && !command.includes("mediamtx-guard"))?.pid;
    return found !== undefined;
  });
  return found ?? 0;
}
