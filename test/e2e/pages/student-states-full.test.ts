// A full cluster as a student sees it: the place in the line, and in by itself when a seat is free.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { joinClass, launchBrowser, waitForPlaying, type TestBrowser, type TestPage } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { logNotices, noticesOf, waitForNotice } from "../../support/notice-log.ts";

let cluster: Cluster;
let browser: TestBrowser;

before(async () => {
  [cluster, browser] = await Promise.all([
    startCluster({ slaves: 1, master: { OVERLOAD_POLICY: "reject" }, slave: { MAX_CONNECTIONS: "2" } }),
    launchBrowser(),
  ]);
  await cluster.publish(await cluster.createClass("small", { open: true }), { whenWatchable: false });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

async function join(name: string): Promise<TestPage> {
  const opened = await browser.open("about:blank");
  await logNotices(opened.page);
  await opened.page.addInitScript(heldTimers);
  await opened.page.goto(`${cluster.masterUrl}/watch/small`);
  await joinClass(opened.page, name);
  return opened;
}

/** In the page: timers that are set from now on wait for at least `testHoldMs`. */
const heldTimers = `(() => {
  const set = globalThis.setTimeout;
  globalThis.testHoldMs = 0;
  globalThis.setTimeout = (work, ms, ...rest) => set(work, Math.max(ms ?? 0, globalThis.testHoldMs), ...rest);
})()`;

const hold = ({ page }: TestPage, ms: number): Promise<unknown> =>
  page.evaluate((forMs) => Reflect.set(globalThis, "testHoldMs", forMs), ms);

const waitForWords = (opened: TestPage, words: RegExp, timeoutMs = 30_000): Promise<unknown> =>
  opened.page.waitForFunction(
    (source) => {
      const { document } = globalThis as unknown as { document: { querySelector(selector: string): { textContent: string } | null } };
      return new RegExp(source).test(document.querySelector("#notice-text")?.textContent ?? "");
    },
    words.source,
    { timeout: timeoutMs },
  );

test(
  "in a line before a full cluster students move up, keep their places while they are away, and get in by themselves in order",
  { timeout: 270_000 },
  async () => {
    const first = await join("First");
    const second = await join("Second");
    await Promise.all([waitForPlaying(first.page), waitForPlaying(second.page)]);

    const third = await join("Third");
    await waitForNotice(third.page, "full");
    await waitForWords(third, /You are next/);
    const fourth = await join("Fourth");
    await waitForWords(fourth, /number 2 in line/);

    // Who looks at something else asks rarely, as Chromium lets a page in the background: passed over, and then back in the place.
    await hold(third, 40_000);
    await waitForWords(fourth, /You are next/, 60_000);
    await hold(third, 0);
    await waitForWords(fourth, /number 2 in line/, 60_000);
    await waitForWords(third, /You are next/);

    // A network that is away for a moment takes no place either.
    const inVain = third.page.waitForEvent("requestfailed", (request) => request.url().endsWith("/api/token"));
    await third.page.context().setOffline(true);
    await inVain;
    await waitForNotice(third.page, "offline");
    await third.page.context().setOffline(false);
    await waitForNotice(third.page, "full");
    await waitForWords(third, /You are next/);
    await waitForWords(fourth, /number 2 in line/);

    // Whoever closes the page frees the seat by and by; nobody in the line does anything.
    await first.page.context().close();
    await waitForPlaying(third.page, 10, 90_000);
    await waitForWords(fourth, /You are next/);
    assert.ok(!(await noticesOf(fourth.page)).includes(""), "nothing played while somebody else was let in");
    assert.deepEqual([...second.errors, ...third.errors, ...fourth.errors], []);
  },
);
