// What the student page has said over the picture, in order, also what was gone before anybody could look.
import type { Page } from "playwright-core";

/** In the page: each `data-state` of the notice, and "" while there is none. */
const watchNotices = `(() => {
  const said = (globalThis.testNotices = []);
  const look = () => {
    const state = document.querySelector("#notice")?.dataset.state ?? "";
    if (said.at(-1) !== state) said.push(state);
  };
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  });
})()`;

/** Call it before the page is opened. */
export const logNotices = (page: Page): Promise<unknown> => page.addInitScript(watchNotices);

/** Since the page was opened, or since the last `forgetNotices`; `""` stands for none. */
export const noticesOf = (page: Page): Promise<string[]> => page.evaluate(() => [...(Reflect.get(globalThis, "testNotices") as string[])]);

export const forgetNotices = (page: Page): Promise<void> =>
  page.evaluate(() => void (Reflect.get(globalThis, "testNotices") as string[]).splice(0));

/** Resolves when the page says `state` now; `""`: nothing. */
export const waitForNotice = (page: Page, state: string, timeoutMs = 30_000): Promise<unknown> =>
  page.waitForFunction((wanted) => (Reflect.get(globalThis, "testNotices") as string[]).at(-1) === wanted, state, { timeout: timeoutMs });
