// What the student page says, and that it goes on by itself: a teacher who leaves, a class that is closed, a viewer who is removed,
// a network that goes, a device that sleeps. Nodes that fail are in student-states-cluster.test.ts.
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { ClassViewers } from "../../../src/shared/protocol/class-viewers.ts";
import { joinClass, launchBrowser, waitForPlaying, waitForState, watchStats, type TestBrowser } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { logNotices, noticesOf, waitForNotice } from "../../support/notice-log.ts";
import type { Publisher } from "../../support/publisher.ts";

/** As late as a picture may be that is called live; on a quiet machine it is 1.5 s. */
const liveS = 5;

let cluster: Cluster;
let browser: TestBrowser;
let stayingTeacher: Publisher;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slaves: 1 }), launchBrowser()]);
  stayingTeacher = await cluster.publish(await cluster.createClass("steady", { open: true, title: "Steady lesson" }));
});

after(async () => {
  await browser?.close();
  await stayingTeacher?.stop();
  await cluster?.stop();
});

interface Joining {
  readonly className?: string;
  readonly name?: string;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

async function watch(t: TestContext, { className = "steady", name = "Kim", prepare }: Joining = {}): Promise<Page> {
  const { page, errors } = await browser.open("about:blank");
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(errors, []);
  });
  await logNotices(page);
  await prepare?.(page);
  await page.goto(`${cluster.masterUrl}/watch/${className}`);
  await joinClass(page, name);
  await waitForPlaying(page, 30);
  return page;
}

const wordsOf = async (page: Page): Promise<string> => (await page.textContent("#notice-text")) ?? "";

const change = async (name: string, changes: Record<string, unknown>): Promise<void> => {
  const response = await cluster.fetch(`/api/classes/${name}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(changes),
  });
  assert.equal(response.status, 200, await response.text());
};

const viewersOf = async (name: string): Promise<ClassViewers["viewers"]> =>
  ((await (await cluster.fetch(`/api/classes/${name}/viewers`)).json()) as ClassViewers).viewers;

/** Plays, and what plays is now and not then. */
async function assertLive(page: Page, timeoutMs = 30_000): Promise<void> {
  await waitForPlaying(page, 10, timeoutMs);
  await eventually("it is live", async () => ((await watchStats(page)).latencyS ?? Number.POSITIVE_INFINITY) < liveS, timeoutMs);
}

describe("the student page", { concurrency: 3 }, () => {
  test("who is there before the teacher is told of no trouble when the class begins", { timeout: 60_000 }, async (t) => {
    const lesson = await cluster.createClass("begins", { open: true });
    const { page } = await browser.open("about:blank");
    t.after(() => page.context().close());
    await logNotices(page);
    await page.goto(`${cluster.masterUrl}/watch/begins`);
    await joinClass(page, "Kim");
    await waitForNotice(page, "waiting_for_teacher");
    const teacher = await cluster.publish(lesson, { whenWatchable: false });
    t.after(() => teacher.stop());
    await waitForPlaying(page);
    const notices = await noticesOf(page);
    assert.ok(!notices.includes("reconnecting"), notices.join());
  });

  test("waits for a teacher who has left, and goes on when the teacher is back", { timeout: 90_000 }, async (t) => {
    const lesson = await cluster.createClass("leaving", { open: true });
    const teacher = await cluster.publish(lesson);
    const page = await watch(t, { className: "leaving" });
    await teacher.stop();
    await waitForNotice(page, "waiting_for_teacher");
    assert.match(await wordsOf(page), /Waiting for the teacher/);
    const back = await cluster.publish(lesson, { whenWatchable: false });
    await waitForNotice(page, "");
    await waitForPlaying(page, 30);
    await back.stop();
  });

  test("says that the class is over, and goes on by itself when it is opened again", { timeout: 120_000 }, async (t) => {
    const lesson = await cluster.createClass("closing", { open: true });
    const teacher = await cluster.publish(lesson);
    const page = await watch(t, { className: "closing" });
    await change("closing", { closed: true });
    await waitForNotice(page, "over", 15_000);
    assert.match(await wordsOf(page), /over/);
    await teacher.exited;
    let asked = 0;
    page.on("request", () => (asked += 1));
    await sleep(5_000);
    assert.ok(asked <= 1, `${asked} requests in 5 s for a class that is over`);
    await change("closing", { closed: false });
    const again = await cluster.publish(lesson, { whenWatchable: false });
    await waitForPlaying(page, 10, 45_000);
    await waitForNotice(page, "");
    assert.deepEqual(
      (await noticesOf(page)).filter((said) => said === "removed" || said === "token_refused"),
      [],
    );
    await again.stop();
  });

  test("a device that wakes, or is online again, asks at once whether a class that is over goes on", { timeout: 60_000 }, async (t) => {
    await cluster.publish(await cluster.createClass("recess", { open: true }));
    const page = await watch(t, { className: "recess", prepare: (fresh) => fresh.clock.install() });
    await change("recess", { closed: true });
    await waitForNotice(page, "over", 15_000);
    // By itself it would ask after 15 s or more, of which 8 s pass here at most.
    const isAsked = (): Promise<unknown> => page.waitForResponse((response) => response.url().endsWith("/api/token"), { timeout: 6_000 });
    const afterWaking = isAsked();
    await page.clock.fastForward(7_000);
    await afterWaking;
    await page.context().setOffline(true);
    const afterOffline = isAsked();
    await page.context().setOffline(false);
    await afterOffline;
    await waitForNotice(page, "over");
  });

  test("tells a viewer who is removed, within seconds and for good", { timeout: 60_000 }, async (t) => {
    const page = await watch(t, { name: "Noisy" });
    let jti: string | undefined;
    await eventually("the teacher sees the viewer", async () => {
      jti = (await viewersOf("steady")).find(({ user_id: name }) => name === "Noisy")?.jti;
      return jti !== undefined;
    });
    const removedMs = performance.now();
    assert.equal((await cluster.fetch(`/api/classes/steady/viewers/${jti}`, { method: "DELETE" })).ok, true);
    await waitForNotice(page, "removed", 15_000);
    t.diagnostic(`told after ${Math.round(performance.now() - removedMs)} ms`);
    const before = await page.evaluate(() => performance.now());
    await sleep(4_000);
    const asked = await page.evaluate(
      (since) =>
        performance.getEntriesByType("resource").filter(({ startTime, name }) => startTime > since && /token|live\//.test(name)).length,
      before,
    );
    assert.equal(asked, 0, "nobody comes back by himself");
    await page.click("#try-again");
    await waitForNotice(page, "removed", 15_000);
    assert.ok((await viewersOf("steady")).every(({ user_id: name }) => name !== "Noisy"));
  });

  test("says that the device is offline, and is live again as soon as it is back", { timeout: 60_000 }, async (t) => {
    const page = await watch(t, { name: "Train" });
    for (const awayMs of [4_000, 12_000]) {
      await page.context().setOffline(true);
      await waitForNotice(page, "offline");
      await sleep(awayMs);
      await page.context().setOffline(false);
      const backMs = performance.now();
      await assertLive(page);
      t.diagnostic(`live ${Math.round(performance.now() - backMs)} ms after ${awayMs} ms offline`);
      await waitForNotice(page, "");
    }
    const notices = await noticesOf(page);
    assert.ok(!notices.includes("waiting_for_teacher"), `the teacher is blamed: ${notices.join()}`);
  });

  test("after an hour of sleep it shows the class as it is now, not as it was", { timeout: 60_000 }, async (t) => {
    const page = await watch(t, { name: "Lid", prepare: (fresh) => fresh.clock.install() });
    let renewed = 0;
    page.on("request", (request) => (renewed += Number(request.url().includes("/api/token"))));
    // The clock of the page jumps, each timer that is due runs once: as when a lid is opened.
    await page.clock.fastForward("01:10:00");
    await eventually("a new token is asked for", async () => renewed > 0);
    await waitForPlaying(page, 10);
    // The page's clock is wrong from now on, as far as it knows; the delay is by the master's.
    await assertLive(page);
    assert.equal((await watchStats(page)).moves, 0);
  });

  test("a pause goes on live", { timeout: 60_000 }, async (t) => {
    const page = await watch(t, { name: "Tea" });
    const inVideo = (name: "pause" | "play"): Promise<unknown> =>
      page.evaluate((call) => {
        const { document } = globalThis as unknown as { document: { querySelector(selector: string): Record<string, () => unknown> } };
        void document.querySelector("video")[call]?.();
      }, name);
    await inVideo("pause");
    await waitForState(page, "paused");
    await sleep(8_000);
    await inVideo("play");
    await assertLive(page);
  });
});
