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

/** Resolves when the page says `state` now; `""`: nothing. @throws with all that was said instead. */
export async function waitForNotice(page: Page, state: string, timeoutMs = 30_000): Promise<void> {
  try {
    await page.waitForFunction((wanted) => (Reflect.get(globalThis, "testNotices") as string[]).at(-1) === wanted, state, {
      timeout: timeoutMs,
    });
  } catch (error) {
    const [said, player] = await Promise.all([noticesOf(page), page.evaluate(() => JSON.stringify(Reflect.get(globalThis, "airclass")))]);
    throw new Error(`the page did not say "${state}" within ${timeoutMs} ms, but ${JSON.stringify(said)}; its player: ${player}`, {
      cause: error,
    });
  }
}
