// A device that sleeps for longer than its token lives: the processes of the page are stopped, and go on. A new token is got and the
// class is seen as it is now, without a word. (A clock that jumps by an hour is in student-states.test.ts.)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { joinClass, launchChromium, waitForPlaying, watchStats } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { forgetNotices, logNotices, noticesOf } from "../../support/notice-log.ts";

const tokenS = 12;
/** Also longer than a token is taken after its end. */
const sleepMs = 20_000;

let cluster: Cluster;
let chromium: Browser;

before(async () => {
  [cluster, chromium] = await Promise.all([startCluster({ slaves: 1, master: { TOKEN_TTL: String(tokenS) } }), launchChromium()]);
  await cluster.publish(await cluster.createClass("long", { open: true }));
});

after(async () => {
  await chromium?.close();
  await cluster?.stop();
});

/** Those that run pages; nothing else of this browser is stopped, so that it still answers to the test. */
async function rendererPids(): Promise<number[]> {
  const devtools = await chromium.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

test("a device that wakes is live at once, with a new token", { timeout: 90_000 }, async (t) => {
  const context = await chromium.newContext({ viewport: { width: 412, height: 800 }, locale: "en-US" });
  const page = await context.newPage();
  await logNotices(page);
  await page.goto(`${cluster.masterUrl}/watch/long`);
  await joinClass(page, "Lid");
  await waitForPlaying(page, 60);
  await forgetNotices(page);
  const before = await watchStats(page);

  const asleep = await rendererPids();
  for (const pid of asleep) process.kill(pid, "SIGSTOP");
  await sleep(sleepMs);
  const tokens: string[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/token")) tokens.push(`${new URL(response.url()).pathname} ${response.status()}`);
  });
  for (const pid of asleep) process.kill(pid, "SIGCONT");
  const wokeMs = performance.now();

  await page.waitForFunction(
    (since) => {
      const { latencyS = Number.POSITIVE_INFINITY, currentTime } = Reflect.get(globalThis, "airclass") as {
        latencyS?: number;
        currentTime: number;
      };
      return latencyS < 5 && currentTime !== since;
    },
    before.currentTime,
    { timeout: 30_000 },
  );
  t.diagnostic(`live ${Math.round(performance.now() - wokeMs)} ms after waking`);
  await waitForPlaying(page, 30);
  const { latencyS = Number.NaN } = await watchStats(page);
  assert.ok(latencyS < 5, `${latencyS} s behind the teacher`);
  assert.ok(tokens.includes("/api/token 200"), `the old token has ended: ${tokens.join(", ")}`);
  assert.ok(tokens.length <= 4, `few questions: ${tokens.join(", ")}`);
  const frightening = (await noticesOf(page)).filter((said) => !["", "connecting", "buffering", "reconnecting"].includes(said));
  assert.deepEqual(frightening, []);
});
