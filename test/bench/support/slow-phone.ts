// A student's first visit with a slow phone in a slow network, as Chromium imitates them: one sixth of the processor, "slow 4G".
import type { Browser } from "playwright-core";

/** 1.6 Mbit/s down, 0.75 up, 150 ms there and back: what Lighthouse calls slow 4G. */
const network = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const cpuRate = 6;
const timeoutMs = 60_000;

export interface PhoneVisit {
  /** From the start of the navigation until the form could be typed into, and nothing longer than 50 ms kept it from answering; ms. */
  readonly interactiveMs: number;
  /** The same, without waiting for what came behind the form; ms. */
  readonly formMs: number;
  /** From the press on the button until the first frame; ms. */
  readonly pictureMs: number;
}

/**
 * Runs in the page, before its own scripts. Frames tell when the form was painted; tasks longer than 50 ms within the second
 * behind it are what a student would feel as a page that does not answer.
 */
const observer = `
  const marks = { formMs: undefined, longTasks: [], pressedMs: undefined, pictureMs: undefined };
  globalThis.benchMarks = marks;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) marks.longTasks.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
  addEventListener("click", (event) => {
    if (event.target.closest?.("#join-button")) marks.pressedMs = performance.now();
  }, { capture: true });
  const look = () => {
    if (marks.formMs === undefined && document.querySelector("#join-button:enabled")) requestAnimationFrame((nowMs) => (marks.formMs = nowMs));
    const video = document.querySelector("video");
    if (video && !video.dataset.bench) {
      video.dataset.bench = "watched";
      video.requestVideoFrameCallback((nowMs) => (marks.pictureMs = nowMs));
    }
    if (marks.pictureMs === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

interface Marks {
  readonly formMs: number | undefined;
  readonly longTasks: readonly (readonly [startMs: number, durationMs: number])[];
  readonly pressedMs: number | undefined;
  readonly pictureMs: number | undefined;
}

export async function visitWithSlowPhone(browser: Browser, url: string): Promise<PhoneVisit> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(timeoutMs);
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", network);
    await session.send("Emulation.setCPUThrottlingRate", { rate: cpuRate });
    await page.addInitScript({ content: observer });
    const marks = (): Promise<Marks> => page.evaluate(() => Reflect.get(globalThis, "benchMarks") as Marks);
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction(() => (Reflect.get(globalThis, "benchMarks") as Marks).formMs !== undefined);
    // A second behind the form, in which what follows it may get in the way.
    await page.waitForTimeout(1_000);
    const { formMs = Number.NaN, longTasks } = await marks();
    const behind = longTasks.filter(([startMs]) => startMs < formMs + 1_000).map(([startMs, durationMs]) => startMs + durationMs);
    await page.fill("#name", "Bench");
    await page.click("#join-button");
    await page.waitForFunction(() => (Reflect.get(globalThis, "benchMarks") as Marks).pictureMs !== undefined);
    const { pressedMs = Number.NaN, pictureMs = Number.NaN } = await marks();
    return { formMs, interactiveMs: Math.max(formMs, ...behind), pictureMs: pictureMs - pressedMs };
  } finally {
    await context.close();
  }
}
