// Playback without Media Source, as on older iPhones. Chromium plays HLS by itself, too, so that the way of native playback is
// tried for real; what only Safari does (dates of the picture, low latency) is not tried here.
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { joinClass, launchBrowser, waitForState, watchStats, type TestBrowser } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { logNotices, noticesOf, waitForNotice } from "../../support/notice-log.ts";

let cluster: Cluster;
let browser: TestBrowser;
/** Why the tests of native playback cannot be run, where that is so. */
let skip: string | false = false;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slaves: 1 }), launchBrowser()]);
  const { page } = await browser.open("about:blank");
  const canPlay = await page.evaluate(`document.createElement("video").canPlayType("application/vnd.apple.mpegurl")`);
  if (canPlay === "") skip = "this Chromium plays no HLS by itself";
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

const withoutMediaSource = `for (const name of ["MediaSource", "ManagedMediaSource", "WebKitMediaSource"]) delete globalThis[name];`;
const withoutHls = `HTMLMediaElement.prototype.canPlayType = () => "";`;

async function open(t: TestContext, className: string, ...scripts: string[]): Promise<{ page: Page; loaded: string[] }> {
  const { page, errors } = await browser.open("about:blank");
  const loaded: string[] = [];
  page.on("request", (request) => loaded.push(request.url()));
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(errors, []);
  });
  await logNotices(page);
  for (const script of scripts) await page.addInitScript(script);
  await page.goto(`${cluster.masterUrl}/watch/${className}`);
  await joinClass(page, "Old phone");
  return { page, loaded };
}

/** The picture moves by a second. Frames are of no use here: a new source counts anew. */
async function waitForMoving(page: Page, timeoutMs = 45_000): Promise<void> {
  await waitForState(page, "playing", timeoutMs);
  const { currentTime } = await watchStats(page);
  await page.waitForFunction(
    (since) => {
      const stats = Reflect.get(globalThis, "airclass") as { state: string; currentTime: number };
      return stats.state === "playing" && (stats.currentTime > since + 1 || (stats.currentTime > 1 && stats.currentTime < since));
    },
    currentTime,
    { timeout: timeoutMs },
  );
}

describe("a browser without Media Source", { concurrency: 3 }, () => {
  test("plays the class by itself, waits for a teacher who leaves, and goes on", { timeout: 120_000 }, async (t) => {
    if (skip !== false) return t.skip(skip);
    const lesson = await cluster.createClass("native", { open: true });
    const teacher = await cluster.publish(lesson);
    const { page, loaded } = await open(t, "native", withoutMediaSource);
    await waitForMoving(page);
    assert.ok(!loaded.some((url) => url.includes("hls-playback")), "hls.js is of no use here, and not loaded");
    await teacher.stop();
    await waitForNotice(page, "waiting_for_teacher");
    const back = await cluster.publish(lesson, { whenWatchable: false });
    await waitForMoving(page);
    await waitForNotice(page, "");
    await back.stop();
  });

  test("is told when the class is closed, and goes on when it is opened again", { timeout: 120_000 }, async (t) => {
    if (skip !== false) return t.skip(skip);
    const lesson = await cluster.createClass("native-over", { open: true });
    const close = async (closed: boolean): Promise<void> => {
      const init = { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ closed }) };
      assert.equal((await cluster.fetch("/api/classes/native-over", init)).status, 200);
    };
    const teacher = await cluster.publish(lesson);
    const { page } = await open(t, "native-over", withoutMediaSource);
    await waitForMoving(page);
    await close(true);
    await waitForNotice(page, "over", 20_000);
    await teacher.exited;
    await close(false);
    const back = await cluster.publish(lesson, { whenWatchable: false });
    await waitForMoving(page, 60_000);
    await back.stop();
  });

  test("and without HLS of its own is told so, and no seat is taken", { timeout: 60_000 }, async (t) => {
    await cluster.createClass("native-none", { open: true });
    const { page, loaded } = await open(t, "native-none", withoutMediaSource, withoutHls);
    await waitForNotice(page, "unsupported_browser");
    assert.deepEqual(
      loaded.filter((url) => url.includes("/api/token")),
      [],
    );
    assert.equal((await noticesOf(page)).at(-1), "unsupported_browser");
  });
});
