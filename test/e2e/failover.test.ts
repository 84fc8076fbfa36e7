// Two students in a real browser on two slaves, a teacher at the gateway, and the slave that carries the stream is killed.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { launchBrowser, waitForPlaying } from "../support/browser.ts";
import type { TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { untilReplicated } from "../support/invariants.ts";
import { openPicturePlayer } from "../support/picture-player.ts";
import type { PicturePlayer } from "../support/picture-player.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology } from "../support/topology.ts";

let topology: Topology;
let browser: TestBrowser;

before(async () => {
  [topology, browser] = await Promise.all([startTopology({ kind: "processes", slaves: 2 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await topology?.stop();
});

const loadedAt = ({ page }: PicturePlayer): Promise<number> => page.evaluate(() => performance.timeOrigin);

/** The promise is 4 s on a machine of its own; `npm run bench:failover` measures that. */
const longestMs = 10_000;

test("the origin is killed: one student's picture moves to another slave, the other's goes on, the teacher stays connected", async (t) => {
  const lesson = await topology.createClass("failover");
  const teacher = topology.teach(lesson);
  await eventually("it is on air", async () => (await topology.streams()).some(({ origin }) => origin !== null));
  const origin = topology.slave((await topology.streams())[0]?.origin ?? "");
  const other = topology.slaves.find((slave) => slave !== origin);
  assert.ok(other);
  await untilReplicated(topology, lesson.path, 2);
  const url = `${topology.masterUrl}/watch/failover`;
  const moved = await openPicturePlayer(browser, { url, name: "Kim", avoid: [other.nodeId] });
  const surviving = await openPicturePlayer(browser, { url, name: "Lee", avoid: [origin.nodeId] });
  const players = [moved, surviving];
  const pages = await Promise.all(players.map(loadedAt));
  try {
    await sleep(3_000);
    for (const player of players) await player.restart();
    await origin.kill();
    await eventually("the stream has another origin", async () => (await topology.streams())[0]?.origin === other.nodeId);
    for (const { page } of players) await waitForPlaying(page, 60);
    const [movedMs, survivingMs] = [await moved.longestFreezeMs(), await surviving.longestFreezeMs()];
    const [movedStats, survivingStats] = [await moved.stats(), await surviving.stats()];
    t.diagnostic(`longest freeze of the moved player ${Math.round(movedMs)} ms (it says ${Math.round(movedStats.longestFreezeMs)} ms)`);
    t.diagnostic(`of the surviving one ${Math.round(survivingMs)} ms (it says ${Math.round(survivingStats.longestFreezeMs)} ms)`);
    assert.ok(movedMs < longestMs && survivingMs < longestMs, `${movedMs} and ${survivingMs} ms`);
    assert.equal(movedStats.nodeId, other.nodeId);
    assert.ok(movedStats.moves >= 1);
    assert.deepEqual([survivingStats.nodeId, survivingStats.moves], [other.nodeId, 0]);
    assert.equal(teacher.connections, 1, `the teacher was cut off: ${teacher.complaints.join()}`);
    assert.deepEqual(await Promise.all(players.map(loadedAt)), pages, "no page was loaded again");
  } catch (error) {
    t.diagnostic(`logs of the nodes: ${topology.keepLogs()}`);
    throw error;
  } finally {
    await moved.close();
    await surviving.close();
  }
});
