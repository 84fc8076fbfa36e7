// The student page with the picture by WebRTC, on a cluster with MediaMTX beside one slave and not beside the other.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying } from "../../test/support/browser.ts";
import { startCluster, type Cluster } from "../../test/support/cluster.ts";
import { isLive, untilLive } from "../../test/support/live-viewer.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../../test/support/media-mtx.ts";
import type { Shot } from "./shot.ts";
import { teacherArgs } from "./stage.ts";

/** With MediaMTX, and without. */
const [withLive, without] = ["slave-1", "slave-2"] as const;

/** @param slave the student is on it */
function shotOf(state: string, slave: string, reach: (page: Page) => Promise<unknown>, more: Partial<Shot> = {}): Shot {
  let cluster: Cluster | undefined;
  return {
    page: "student",
    state,
    devices: ["phone", "desktop"],
    screenOnly: true,
    unless: mediaMtxMissing,
    async before() {
      const variables = await mediaMtxVariables(1);
      cluster = await startCluster({
        slaves: 2,
        slave: (index) => ({ RENDITIONS: "source,240p", HEARTBEAT_INTERVAL: "1", ...(index === 0 ? variables(0) : {}) }),
      });
      await cluster.publish(await cluster.createClass("maths-3b", { title: "Maths 3B", open: true }), { args: teacherArgs });
    },
    path: () => Promise.resolve(`${cluster?.masterUrl}/watch/maths-3b`),
    async reach(page) {
      await page.route("**/api/token", (route) => {
        const body = route.request().postDataJSON() as Record<string, unknown>;
        const exclude = [slave === withLive ? without : withLive];
        return route.continue({ postData: JSON.stringify({ ...body, exclude }) });
      });
      await joinClass(page, "Kim Minji");
      await waitForPlaying(page, 30);
      await reach(page);
    },
    async after() {
      await cluster?.stop();
    },
    ...more,
  };
}

async function openMenu(page: Page): Promise<void> {
  await page.mouse.move(200, 200);
  await page.click("#quality");
  await page.waitForSelector(".quality-menu input:checked:focus");
}

async function choose(page: Page): Promise<void> {
  await openMenu(page);
  await page.click(".quality-menu label:has([value=webrtc])");
}

/** As where the network lets no UDP through. */
const noWayThrough = (page: Page): Promise<unknown> =>
  page.route(/\/whep\?/, async (route) => {
    const response = await route.fetch();
    return route.fulfill({ response, body: (await response.text()).replaceAll(/(a=candidate:.* 127\.0\.0\.1) \d+/g, "$1 9") });
  });

export const liveShots: readonly Shot[] = [
  shotOf("quality-menu", without, openMenu),
  shotOf("quality-menu-live", withLive, openMenu),
  shotOf(
    "quality-menu-live-landscape",
    withLive,
    async (page) => {
      await page.setViewportSize({ width: 844, height: 390 });
      await openMenu(page);
    },
    { devices: ["phone"] },
  ),
  shotOf("live", withLive, async (page) => {
    await choose(page);
    await untilLive(page);
    // The delay is counted from what was shown.
    await page.waitForTimeout(3_000);
    await page.keyboard.press("Tab");
  }),
  shotOf("live-menu", withLive, async (page) => {
    await choose(page);
    await untilLive(page);
    await page.waitForTimeout(3_000);
    await openMenu(page);
  }),
  shotOf("live-not-possible", withLive, async (page) => {
    await noWayThrough(page);
    await choose(page);
    await page.waitForTimeout(7_000);
    if (await isLive(page)) throw new Error("it plays by WebRTC");
    await openMenu(page);
  }),
];
