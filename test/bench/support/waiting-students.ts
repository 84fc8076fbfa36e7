// Students who are there before their teacher: how long after the teacher's first byte they see the first picture.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import { launchBrowser, watchStats } from "../../support/browser.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { startFirstByteTap } from "./first-byte-tap.ts";

export interface WaitingFigures {
  /** From the publisher's first RTMP byte to the first frame shown; ms. */
  readonly firstPictureMs: readonly number[];
  /** How long the picture stood within the seconds after it. */
  readonly stalledMs: readonly number[];
}

/** Runs in the page before its own code: knows the student's name, and notes when the first frame is shown, Unix ms. */
const beforePage = `
  localStorage.setItem("airclass.name", "Bench");
  new MutationObserver((_changes, observer) => {
    const video = document.querySelector("video");
    if (!video) return;
    observer.disconnect();
    video.requestVideoFrameCallback((nowMs) => { globalThis.benchFirstFrameMs = performance.timeOrigin + nowMs; });
  }).observe(document, { childList: true, subtree: true });
`;
/** Until a page that waits asks as rarely as it ever does. */
const settleMs = 15_000;
const watchMs = 4_000;

/** @param lessons one for each student, nothing published yet; known to the slave for a while */
export async function watchWaitingStudents(
  cluster: BenchCluster,
  lessons: readonly ClassWithKey[],
  log: (line: string) => void,
): Promise<WaitingFigures> {
  const browser = await launchBrowser();
  const [firstPictureMs, stalledMs]: [number[], number[]] = [[], []];
  try {
    const waiting = [];
    for (const lesson of lessons) {
      const { page } = await browser.open("about:blank");
      await page.addInitScript({ content: beforePage });
      await page.goto(`${cluster.masterUrl}/watch/${lesson.name}`);
      waiting.push({ lesson, page });
    }
    await sleep(settleMs);
    // One teacher after the other: at any moment of the time between two questions of their student.
    for (const { lesson, page } of waiting) {
      const tap = await startFirstByteTap(cluster.rtmpPort);
      const publisher = cluster.publish(lesson, tap.port);
      try {
        await page.waitForFunction(() => Reflect.get(globalThis, "benchFirstFrameMs") !== undefined, undefined, { timeout: 30_000 });
        const shownMs = await page.evaluate(() => Reflect.get(globalThis, "benchFirstFrameMs") as number);
        firstPictureMs.push(shownMs - performance.timeOrigin - (tap.firstByteMs ?? Number.NaN));
        await sleep(watchMs);
        stalledMs.push((await watchStats(page)).stalledMs);
        log(
          `a student who waited: first picture after ${firstPictureMs.at(-1)?.toFixed(0)} ms, stood for ${stalledMs.at(-1)?.toFixed(0)} ms`,
        );
      } finally {
        await page.context().close();
        await publisher.stop(2_000);
        tap.stop();
      }
    }
  } finally {
    await browser.close();
  }
  return { firstPictureMs, stalledMs };
}
