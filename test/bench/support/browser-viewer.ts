// One student in a real browser: how long until the first frame, and how far behind the teacher the picture is.
import { setTimeout as sleep } from "node:timers/promises";
import { launchBrowser, waitForPlaying, watchStats } from "../../support/browser.ts";

export interface BrowserFigures {
  /** From navigation start to the first frame shown, per fresh visit of a student whose name is known; ms. */
  readonly joinMs: readonly number[];
  /** Seconds behind the teacher by program date-time, every quarter of a second. */
  readonly delayS: readonly number[];
  readonly stalls: number;
}

/** Runs in the page before its own code: knows the student's name, and notes when the first frame is shown. */
const beforePage = `
  localStorage.setItem("airclass.name", "Bench");
  new MutationObserver((_changes, observer) => {
    const video = document.querySelector("video");
    if (!video) return;
    observer.disconnect();
    video.requestVideoFrameCallback((nowMs) => { globalThis.benchFirstFrameMs = nowMs; });
  }).observe(document, { childList: true, subtree: true });
`;
const sampleEveryMs = 250;

export async function watchInBrowser(
  url: string,
  {
    joinRuns,
    delayWindowS,
    delaySettleS,
    log,
  }: { joinRuns: number; delayWindowS: number; delaySettleS: number; log: (line: string) => void },
): Promise<BrowserFigures> {
  const browser = await launchBrowser();
  const [joinMs, delayS]: [number[], number[]] = [[], []];
  let stalls = 0;
  try {
    for (let run = 0; run < joinRuns; run += 1) {
      const { page } = await browser.open("about:blank");
      await page.addInitScript({ content: beforePage });
      await page.goto(url);
      await page.waitForFunction(() => Reflect.get(globalThis, "benchFirstFrameMs") !== undefined, undefined, { timeout: 20_000 });
      joinMs.push(await page.evaluate(() => Reflect.get(globalThis, "benchFirstFrameMs") as number));
      log(`browser: first frame after ${joinMs.at(-1)?.toFixed(0)} ms`);
      if (run === joinRuns - 1) {
        await waitForPlaying(page);
        await sleep(delaySettleS * 1_000);
        const before = (await watchStats(page)).stalls;
        for (let waitedMs = 0; waitedMs < delayWindowS * 1_000; waitedMs += sampleEveryMs) {
          await sleep(sampleEveryMs);
          const { latencyS } = await watchStats(page);
          if (latencyS !== undefined) delayS.push(latencyS);
        }
        stalls = (await watchStats(page)).stalls - before;
      }
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
  return { joinMs, delayS, stalls };
}
