// What somebody before a class's page notices from a moment on: how long the picture stood, and what the player told.
import type { Page } from "playwright-core";

export interface PageNotices {
  /** Forgets what was until now. */
  restart(): Promise<void>;
  /** ms; a picture that stands now counts up to now. */
  longestStandMs(): Promise<number>;
  /** Each phase that the player was in (docs/player.md), once. */
  phases(): Promise<readonly string[]>;
}

/** Runs in the page; `airclass` are the player's figures. */
const observe = `(() => {
  const video = document.querySelector("video");
  const notices = (globalThis.notices = { shownMs: 0, longestMs: 0, phases: new Set() });
  const shown = () => {
    const nowMs = performance.now();
    notices.longestMs = Math.max(notices.longestMs, nowMs - notices.shownMs);
    notices.shownMs = nowMs;
    video.requestVideoFrameCallback(shown);
  };
  video.requestVideoFrameCallback(shown);
  setInterval(() => notices.phases.add(airclass.state), 20);
})()`;

/** Of a page whose player plays. */
export async function watchNotices(page: Page): Promise<PageNotices> {
  await page.evaluate(observe);
  const notices: PageNotices = {
    restart: () => page.evaluate("notices.longestMs = 0; notices.shownMs = performance.now(); notices.phases.clear();"),
    longestStandMs: () => page.evaluate<number>("Math.max(notices.longestMs, performance.now() - notices.shownMs)"),
    phases: () => page.evaluate<string[]>("[...notices.phases]"),
  };
  await notices.restart();
  return notices;
}
