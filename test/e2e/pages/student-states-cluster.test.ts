// What a student notices of nodes that fail in a cluster of real processes: nothing while another slave or the token at hand will
// do, and honest words while nothing does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { joinClass, launchBrowser, waitForPlaying, watchStats, type TestBrowser } from "../../support/browser.ts";
import { eventually } from "../../support/eventually.ts";
import { untilOnAir } from "../../support/invariants.ts";
import { forgetNotices, logNotices, noticesOf, waitForNotice } from "../../support/notice-log.ts";
import { startTopology, type Topology } from "../../support/topology.ts";

/** Renewed after 11 s, refused after 16 s. */
const tokenS = 14;

let topology: Topology;
let browser: TestBrowser;

before(async () => {
  [topology, browser] = await Promise.all([
    startTopology({ kind: "processes", slaves: 2, gatewayAlone: true, master: { TOKEN_TTL: String(tokenS) } }),
    launchBrowser(),
  ]);
  topology.teach(await topology.createClass("cluster", { open: true }));
  await untilWhole();
});

after(async () => {
  await browser?.close();
  await topology?.stop();
});

const untilWhole = (): Promise<void> => untilOnAir(topology, "live/cluster", 2);

/** A student who has played for a moment, on the copy; what the page says is noted from now on. */
async function watchCopy(): Promise<{ readonly page: Page; readonly errors: readonly string[]; readonly nodeId: string }> {
  const origin = (await topology.streams())[0]?.origin ?? "";
  const { page, errors } = await browser.open("about:blank");
  await logNotices(page);
  // Only the first token: later the player says itself where it does not want to go.
  await page.route(
    "**/api/token",
    (route) => route.continue({ postData: JSON.stringify({ ...(route.request().postDataJSON() as object), exclude: [origin] }) }),
    { times: 1 },
  );
  await page.goto(`${topology.masterUrl}/watch/cluster`);
  await joinClass(page, "Seo");
  await waitForPlaying(page, 90);
  const { nodeId } = await watchStats(page);
  assert.notEqual(nodeId, origin);
  await forgetNotices(page);
  return { page, errors, nodeId };
}

describe("a student", { concurrency: false }, () => {
  test("is not told of a slave that is killed while another one has the class", { timeout: 90_000 }, async () => {
    const { page, errors, nodeId } = await watchCopy();
    await topology.slave(nodeId).kill();
    await eventually("it plays elsewhere", async () => (await watchStats(page)).nodeId !== nodeId);
    await waitForPlaying(page, 90);
    assert.deepEqual(
      (await noticesOf(page)).filter((said) => said !== ""),
      [],
    );
    assert.deepEqual(errors, []);
    await page.context().close();
    await topology.slave(nodeId).start();
    await untilWhole();
  });

  test("is not told of a master that is away when the token is to be renewed", { timeout: 90_000 }, async () => {
    const { page, errors } = await watchCopy();
    const watchingMs = performance.now();
    let refreshed = 0;
    page.on("response", (response) => (refreshed += Number(response.url().endsWith("/api/token/refresh") && response.ok())));
    await sleep(4_000);
    await topology.master.kill();
    // Until after the first try of the renewal, at least.
    await page.waitForEvent("requestfailed", { predicate: (request) => request.url().endsWith("/api/token/refresh"), timeout: 20_000 });
    await topology.master.start();
    await eventually("the token is renewed", async () => refreshed > 0);
    await sleep(Math.max(0, tokenS * 1_000 + 5_000 - (performance.now() - watchingMs)));
    await waitForPlaying(page, 30);
    assert.deepEqual(
      (await noticesOf(page)).filter((said) => said !== ""),
      [],
    );
    assert.deepEqual(errors, []);
    await page.context().close();
    await untilWhole();
  });

  test("is told that the connection is lost when all slaves are, and sees the class when they are back", { timeout: 120_000 }, async () => {
    const { page, errors } = await watchCopy();
    await Promise.all(topology.slaves.map((slave) => slave.kill()));
    await waitForNotice(page, "reconnecting");
    await sleep(3_000);
    await Promise.all(topology.slaves.map((slave) => slave.start()));
    await waitForPlaying(page, 30, 60_000);
    await waitForNotice(page, "");
    assert.deepEqual(errors, []);
    await page.context().close();
  });
});
