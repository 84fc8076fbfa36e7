// Students who are there before their teacher: how soon they see the class, told by the order of events.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { firstRendition } from "../../src/shared/viewing/newest-part.ts";
import { joinClass, launchBrowser, waitForPlaying, waitForState, watchStats, type TestBrowser } from "../support/browser.ts";
import { startCluster, type Cluster } from "../support/cluster.ts";

/** Long enough that even a slow machine shows a picture before the first one is whole. */
const segmentS = 8;

let cluster: Cluster;
let browser: TestBrowser;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slave: { SEGMENT_DURATION: String(segmentS) } }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

interface Asked {
  readonly file: string;
  readonly atMs: number;
  answeredMs: number | undefined;
}

/** What the page asks the slave for, without tokens. */
function askedBy(page: Page): readonly Asked[] {
  const asked: Asked[] = [];
  const byRequest = new Map<object, Asked>();
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/live/")) return;
    const one = { file: pathname.split("/").at(-1) ?? "", atMs: performance.now(), answeredMs: undefined };
    asked.push(one);
    byRequest.set(request, one);
  });
  page.on("requestfinished", (request) => {
    const one = byRequest.get(request);
    if (one) one.answeredMs = performance.now();
  });
  return asked;
}

async function mediaPlaylist(path: string): Promise<string> {
  const { hls_url: url } = await cluster.token({ user_id: "test", path });
  const rendition = firstRendition(await (await fetch(url)).text(), url);
  assert.ok(rendition !== undefined);
  return await (await fetch(rendition)).text();
}

async function wait(name: string): Promise<{ readonly page: Page; readonly asked: readonly Asked[]; readonly errors: readonly string[] }> {
  const { page, errors } = await browser.open("about:blank");
  const asked = askedBy(page);
  await page.goto(`${cluster.masterUrl}/watch/${name}`);
  await joinClass(page, "Ada");
  await waitForState(page, "waiting_for_teacher");
  return { page, asked, errors };
}

describe("a student who waits for the teacher", { concurrency: 2 }, () => {
  test("sees the class before its first segment is whole, and goes on when it is", { timeout: 90_000 }, async () => {
    const lesson = await cluster.createClass("soon", { open: true });
    const { page, asked, errors } = await wait("soon");
    const teacher = await cluster.publish(lesson, { whenWatchable: false });
    const first = await waitForPlaying(page, 1);
    assert.equal((await mediaPlaylist(lesson.path)).includes("#EXTINF"), false, "the first segment is still open");
    // Through the end of the first segment and of the second.
    await page.waitForFunction(
      (untilS) => (Reflect.get(globalThis, "airclass") as { currentTime: number }).currentTime > untilS,
      first.currentTime + 2 * segmentS,
    );
    const { state, moves, currentTime, decodedFrames } = await watchStats(page);
    assert.deepEqual([state, moves], ["playing", 0]);
    // 30 a second; a busy machine may have made it jump.
    assert.ok(decodedFrames > (currentTime - first.currentTime) * 15, `${decodedFrames} frames until ${currentTime} s`);
    const began = asked.findIndex(({ file }) => file.startsWith("part-"));
    const files = asked.slice(began).map(({ file }) => file);
    assert.equal(files.includes("index.m3u8"), false, "it needed no second player");
    const parts = files.filter((file) => file.startsWith("part-"));
    // On a busy machine loading may begin anew once, see stuck-watch.ts.
    assert.ok(parts.length - new Set(parts).size <= 2, `parts were loaded again: ${parts.join(" ")}`);
    assert.deepEqual(errors, []);
    await page.context().close();
    await teacher.stop();
  });

  test("has a question at the slave nearly all the time, however long it takes", { timeout: 60_000 }, async () => {
    await cluster.createClass("later", { open: true });
    const { page, asked } = await wait("later");
    const answers = (): readonly Asked[] => asked.filter(({ answeredMs }) => answeredMs !== undefined);
    while (answers().length < 5 || asked.length === answers().length) await page.waitForTimeout(100);
    const [last, next] = [answers().at(-1), asked.at(-1)];
    const pauseMs = (next?.atMs ?? Number.NaN) - (last?.answeredMs ?? Number.NaN);
    // The slave keeps each question for 3 s.
    assert.ok(pauseMs < 1_500, `asked again after ${pauseMs.toFixed(0)} ms`);
    await page.context().close();
  });
});
