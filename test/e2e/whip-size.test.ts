// A browser that teaches over WHIP makes its picture smaller and larger while it sends, as it does by itself on a slow network:
// students who watch by HLS see that, and nothing else; who comes in between sees the class, too.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { joinClass, launchBrowser, launchChromium, waitForPlaying } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";
import { watchNotices } from "../support/page-notices.ts";
import { whipPublish } from "../support/whip-teacher.ts";

const skip = (await mediaMtxMissing()) ?? false;

const sendSmaller = (tab: Page, times: number): Promise<unknown> =>
  tab.evaluate(`(async () => {
    const sender = peer.getSenders().find(({ track }) => track.kind === "video");
    const parameters = sender.getParameters();
    parameters.encodings[0].scaleResolutionDownBy = ${times};
    await sender.setParameters(parameters);
  })()`);

const heightOf = (page: Page): Promise<number> => page.evaluate<number>("document.querySelector('video').videoHeight");

const untilHeight = (page: Page, height: number): Promise<unknown> =>
  eventually(`the picture is ${height} high`, async () => (await heightOf(page)) === height);

test("a browser changes the size of its picture while it teaches: nobody's picture stands", { skip, timeout: 120_000 }, async (t) => {
  const cluster = await startCluster({ slaves: 1, slave: (await mediaMtxVariables(1))(0) });
  t.after(() => cluster.stop());
  const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>teacher</title>"));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  t.after(() => site.close());
  const desk = await launchChromium(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  t.after(() => desk.close());
  const browser = await launchBrowser();
  t.after(() => browser.close());

  const lesson = await cluster.createClass("size", { open: true });
  const [slave] = cluster.slaves;
  assert.ok(slave);
  const teacher = await desk.newPage();
  await teacher.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const { status } = await whipPublish(teacher, `${slave.hlsUrl}/live/size/whip?key=${encodeURIComponent(lesson.stream_key)}`);
  assert.equal(status, 201);
  const watch = async (name: string) => {
    const { page, errors } = await browser.open(`${cluster.masterUrl}/watch/size`);
    await joinClass(page, name);
    await waitForPlaying(page);
    return { page, errors };
  };
  await eventually("the class is on air", async () => (await (await cluster.fetch("/cluster/streams")).text()).includes('"live"'), 30_000);
  const kim = await watch("kim");
  await untilHeight(kim.page, 240);
  const notices = await watchNotices(kim.page);

  await sendSmaller(teacher, 2);
  await untilHeight(kim.page, 120);
  const lee = await watch("lee");
  await untilHeight(lee.page, 120);
  await sendSmaller(teacher, 1);
  await Promise.all([kim, lee].map(({ page }) => untilHeight(page, 240)));
  await Promise.all([kim, lee].map(({ page }) => waitForPlaying(page, 60)));

  const standMs = await notices.longestStandMs();
  t.diagnostic(`the picture stood for ${standMs.toFixed(0)} ms`);
  assert.ok(standMs < 2_000, `the picture stood for ${standMs} ms`);
  assert.deepEqual(await notices.phases(), ["playing"]);
  assert.deepEqual([kim.errors, lee.errors], [[], []]);
  assert.match(await (await fetch(`${slave.apiUrl}/metrics`)).text(), /^airclass_ffmpeg_restarts_total 0$/m);
});
