// How long a student who has chosen WebRTC waits for its first picture: as the first one of a class that has just begun, in a browser.
import { setTimeout as sleep } from "node:timers/promises";
import type { TestBrowser } from "../../support/browser.ts";
import type { Cluster } from "../../support/cluster.ts";

const words = (text: string): string[] => text.split(" ");

/** As OBS sends it: x264 "veryfast", a keyframe every 2 s. */
const obs = (bFrames: number): string[] => [
  ...words("-re -f lavfi -i testsrc2=size=640x360:rate=30 -re -f lavfi -i sine=frequency=440:sample_rate=48000"),
  ...words(`-c:v libx264 -preset veryfast -bf ${bFrames} -b_strategy 0 -x264-params rc-lookahead=10:scenecut=0 -pix_fmt yuv420p`),
  ...words("-b:v 1M -maxrate 1M -bufsize 1M -g 60 -keyint_min 60 -c:a aac -b:a 128k"),
];

/** Runs in the page before its own code: the student and his choice are known; notes the first picture of WebRTC. */
const beforePage = `
  localStorage.setItem("airclass.name", "Bench");
  localStorage.setItem("airclass.webrtc", "yes");
  new MutationObserver((_changes, observer) => {
    const video = document.querySelector("video");
    if (!video) return;
    observer.disconnect();
    const next = () => video.requestVideoFrameCallback((nowMs) => {
      if (video.srcObject) globalThis.benchFirstLiveMs = nowMs;
      else next();
    });
    next();
  }).observe(document, { childList: true, subtree: true });
`;

export interface FirstLiveOptions {
  readonly name: string;
  readonly bFrames: number;
  /** From the first picture that can be watched until the page is opened. */
  readonly afterMs: number;
  /** Node that the page shall not be sent to. */
  readonly avoid: string;
}

/** Ms from the page's opening to the first picture shown by WebRTC. The class is published to the first slave. */
export async function timeFirstLive(cluster: Cluster, browser: TestBrowser, options: FirstLiveOptions): Promise<number> {
  const { name, avoid } = options;
  const lesson = await cluster.createClass(name);
  const publisher = await cluster.publish(lesson, { args: obs(options.bFrames) });
  const { page } = await browser.open("about:blank");
  try {
    await page.route("**/api/token", (route) => {
      const body = route.request().postDataJSON() as Record<string, unknown>;
      return route.continue({ postData: JSON.stringify({ exclude: [avoid], ...body }) });
    });
    await page.addInitScript({ content: beforePage });
    await sleep(options.afterMs);
    await page.goto(`${cluster.masterUrl}/watch/${name}`);
    await page.waitForFunction(() => Reflect.get(globalThis, "benchFirstLiveMs") !== undefined, undefined, { timeout: 30_000 });
    return await page.evaluate(() => Reflect.get(globalThis, "benchFirstLiveMs") as number);
  } finally {
    await page.context().close();
    await publisher.stop();
  }
}
