// A student's real browser through what happens to slaves and master of a real cluster: hanging, killed, drained, restarted.
// What a killed origin means for students on both slaves is in failover.test.ts.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { launchBrowser, waitForPlaying } from "../support/browser.ts";
import type { TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { untilOnAir } from "../support/invariants.ts";
import { openPicturePlayer } from "../support/picture-player.ts";
import type { PicturePlayer } from "../support/picture-player.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology, TopologySlave } from "../support/topology.ts";

/** Promised are 3 s for a lost slave, and 2 s where a slave leaves on purpose; a loaded test machine gets more. */
const lostMs = 8_000;
const leavingMs = 4_000;

let topology: Topology;
let browser: TestBrowser;

before(async () => {
  [topology, browser] = await Promise.all([startTopology({ kind: "processes", slaves: 2, gatewayAlone: true }), launchBrowser()]);
  topology.teach(await topology.createClass("cluster"));
  await untilWhole();
});

after(async () => {
  await browser?.close();
  await topology?.stop();
});

const untilWhole = (): Promise<void> => untilOnAir(topology, "live/cluster", 2);

async function slavesByRole(): Promise<{ origin: TopologySlave; replica: TopologySlave }> {
  const origin = topology.slave((await topology.streams())[0]?.origin ?? "");
  const replica = topology.slaves.find((slave) => slave !== origin);
  assert.ok(replica);
  return { origin, replica };
}

/** A student on `slave`, who has played for a moment. */
async function watchOn(slave: TopologySlave): Promise<PicturePlayer> {
  const avoid = topology.slaves.filter((other) => other !== slave).map(({ nodeId }) => nodeId);
  const player = await openPicturePlayer(browser, { url: `${topology.masterUrl}/watch/cluster`, name: "Seo", avoid });
  await sleep(4_000);
  await player.restart();
  return player;
}

async function assertPlaysOn(player: PicturePlayer, where: TopologySlave, boundMs: number, report: (line: string) => void): Promise<void> {
  await eventually(`it plays on ${where.nodeId}`, async () => (await player.stats()).nodeId === where.nodeId);
  await waitForPlaying(player.page, 60);
  const frozenMs = await player.longestFreezeMs();
  report(`longest freeze ${Math.round(frozenMs)} ms`);
  assert.ok(frozenMs < boundMs, `the picture stood for ${Math.round(frozenMs)} ms`);
}

describe("a student goes on", { concurrency: false }, () => {
  test("when the slave hangs", { timeout: 90_000 }, async (t) => {
    const { origin, replica } = await slavesByRole();
    const player = await watchOn(replica);
    try {
      await replica.pause();
      await assertPlaysOn(player, origin, lostMs, (line) => t.diagnostic(line));
    } finally {
      replica.resume();
      await player.close();
    }
    await untilWhole();
  });

  test("when the slave is killed", { timeout: 90_000 }, async (t) => {
    const { origin, replica } = await slavesByRole();
    const player = await watchOn(replica);
    try {
      await replica.kill();
      await assertPlaysOn(player, origin, lostMs, (line) => t.diagnostic(line));
    } finally {
      await player.close();
    }
    await replica.start();
    await untilWhole();
  });

  test("when the slave is drained", { timeout: 90_000 }, async (t) => {
    const { origin, replica } = await slavesByRole();
    const player = await watchOn(replica);
    try {
      await topology.json(`/cluster/nodes/${replica.nodeId}/drain`, { deadline_s: 5 });
      await assertPlaysOn(player, origin, leavingMs, (line) => t.diagnostic(line));
    } finally {
      await player.close();
    }
    await topology.json(`/cluster/nodes/${replica.nodeId}/undrain`, {});
    await untilWhole();
  });

  test("when the master is away and comes back", { timeout: 90_000 }, async (t) => {
    const { replica } = await slavesByRole();
    const player = await watchOn(replica);
    try {
      await topology.master.kill();
      await sleep(3_000);
      await topology.master.start();
      await untilWhole();
      await assertPlaysOn(player, replica, leavingMs, (line) => t.diagnostic(line));
      assert.equal((await player.stats()).moves, 0);
    } finally {
      await player.close();
    }
  });
});
