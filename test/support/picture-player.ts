// A student's page in a real browser, placed on a slave of choice, and how long its picture stands: measured from the
// frames that the browser shows, beside what the page says of itself.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying, watchStats } from "./browser.ts";
import type { TestBrowser, WatchStats } from "./browser.ts";
import { eventually } from "./eventually.ts";

export interface PicturePlayer {
  readonly page: Page;
  stats(): Promise<WatchStats>;
  /** Forgets what was, and measures from now on. */
  restart(): Promise<void>;
  /** The longest time without a new frame since then, also one that lasts. */
  longestFreezeMs(): Promise<number>;
  close(): Promise<void>;
}

/** In the page: times of frames as the browser presents them. */
const meter = `(() => {
  const meter = { lastMs: performance.now(), longestMs: 0 };
  const video = document.querySelector("video");
  const next = () => video.requestVideoFrameCallback(() => {
    const nowMs = performance.now();
    meter.longestMs = Math.max(meter.longestMs, nowMs - meter.lastMs);
    meter.lastMs = nowMs;
    next();
  });
  next();
  globalThis.testFreezes = meter;
})()`;

interface Freezes {
  lastMs: number;
  longestMs: number;
}

/**
 * Opens the page of a class and joins; resolves when it plays.
 * @param avoid nodes that the first token shall not be for: all but the one that is meant.
 */
export async function openPicturePlayer(
  browser: TestBrowser,
  { url, name, avoid }: { url: string; name: string; avoid: readonly string[] },
): Promise<PicturePlayer> {
  const { page } = await browser.open("about:blank");
  await page.route("**/api/token", (route) => {
    const body = route.request().postDataJSON() as Record<string, unknown>;
    return route.continue({ postData: JSON.stringify({ ...body, exclude: avoid }) });
  });
  await page.goto(url);
  await joinClass(page, name);
  await waitForPlaying(page);
  await eventually("it plays on one of the nodes that are meant", async () => !avoid.includes((await watchStats(page)).nodeId));
  await page.evaluate(meter);
  return {
    page,
    stats: () => watchStats(page),
    restart: () =>
      page.evaluate(() => {
        const freezes = Reflect.get(globalThis, "testFreezes") as Freezes;
        freezes.longestMs = 0;
      }),
    longestFreezeMs: () =>
      page.evaluate(() => {
        const { lastMs, longestMs } = Reflect.get(globalThis, "testFreezes") as Freezes;
        return Math.max(longestMs, performance.now() - lastMs);
      }),
    close: () => page.context().close(),
  };
}
