// What a page can ask of the player library, in a real browser: qualities, the live edge, a pause of the viewer's and one of the device's.
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { launchBrowser, waitForPlaying, waitForState, watchStats, type TestBrowser } from "../support/browser.ts";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { startPlayerSite, type PlayerSite } from "../support/player-page.ts";

let cluster: Cluster;
let browser: TestBrowser;
let site: PlayerSite;

before(async () => {
  site = await startPlayerSite();
  const cors = { CORS_ORIGINS: site.url };
  [cluster, browser] = await Promise.all([
    startCluster({ slaves: 1, master: cors, slave: { RENDITIONS: "source,240p" } }),
    launchBrowser(),
  ]);
  const lesson = await cluster.createClass("controls", { open: true, title: "Controls" });
  const picture = ["-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15"];
  const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "15"];
  await cluster.publish(lesson, { args: [...picture, ...codec] });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
  site?.close();
});

async function watch(t: TestContext): Promise<Page> {
  const { page, errors } = await browser.open(site.watch(cluster.masterUrl, "controls", "Kim"));
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(errors, []);
  });
  await waitForPlaying(page, 30);
  return page;
}

/** What the page's player answers; its own types need a browser's. */
interface Answers {
  readonly qualities: readonly { readonly id: string; readonly height: number }[];
  readonly quality: string;
  readonly playingQuality: string | undefined;
  readonly behindLiveS: number | undefined;
  readonly isBehind: boolean;
  readonly state: { readonly phase: string; readonly classTitle: string | undefined };
}

const asked = <Name extends keyof Answers>(page: Page, name: Name): Promise<Answers[Name]> => page.evaluate(`player.${name}()`);

const until = (page: Page, expression: string): Promise<unknown> => page.waitForFunction(expression, undefined, { timeout: 20_000 });

describe("the player library", { concurrency: 3 }, () => {
  test("plays the quality that was chosen, also after it has begun anew", { timeout: 90_000 }, async (t) => {
    const page = await watch(t);
    await until(page, `player.qualities().length === 2`);
    assert.deepEqual(
      (await asked(page, "qualities")).map(({ id, height }) => [id, height]),
      [
        ["source", 360],
        ["240p", 240],
      ],
    );
    assert.equal(await asked(page, "quality"), "auto");
    assert.equal((await asked(page, "state")).classTitle, "Controls");
    await page.evaluate(`player.setQuality("240p")`);
    await until(page, `player.playingQuality() === "240p" && airclass.level === 240`);
    const { stalls } = await watchStats(page);
    assert.ok(stalls <= 1, `the picture stood ${stalls} times: once may be a busy machine`);
    // As after a long sleep: everything anew.
    await page.evaluate(`Date.now = ((now) => () => now() + 60_000)(Date.now)`);
    await until(page, `states.filter(({ phase }) => phase === "playing").length > 0 && airclass.currentTime > 0`);
    await waitForPlaying(page, 30);
    await until(page, `player.playingQuality() === "240p"`);
    await page.evaluate(`player.setQuality("auto")`);
    await until(page, `player.playingQuality() === "source"`);
    await page.evaluate(`player.setQuality("of another class")`);
    await waitForPlaying(page, 30);
    assert.equal(await asked(page, "playingQuality"), "source");
  });

  test("knows how far behind live it is, and goes there", { timeout: 60_000 }, async (t) => {
    const page = await watch(t);
    assert.equal(await asked(page, "isBehind"), false);
    await page.evaluate(`document.querySelector("video").pause()`);
    await waitForState(page, "paused");
    await until(page, `player.isBehind()`);
    assert.ok(((await asked(page, "behindLiveS")) ?? 0) > 3);
    await page.evaluate(`player.goLive()`);
    await waitForPlaying(page, 10);
    await until(page, `player.behindLiveS() < 1`);
    assert.equal(await asked(page, "isBehind"), false);
  });

  test("a pause by a device that puts the page away ends when the page is seen again, one by the viewer does not", async (t) => {
    const page = await watch(t);
    const see = (hidden: boolean): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));`);
    await see(true);
    await page.evaluate(`document.querySelector("video").pause()`);
    await waitForState(page, "paused");
    await see(false);
    await waitForPlaying(page, 10);
    await page.evaluate(`document.querySelector("video").pause()`);
    await waitForState(page, "paused");
    await sleep(1_500);
    await see(true);
    await see(false);
    await sleep(1_500);
    assert.equal((await asked(page, "state")).phase, "paused");
  });
});
