// The player on somebody else's page: the example of docs/player.md, word for word, on another origin than the master's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { startCluster, type Cluster } from "../support/cluster.ts";

let cluster: Cluster;
let browser: TestBrowser;
let site: Server;
let siteUrl: string;
let page = "";

before(async () => {
  site = createServer((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  [cluster, browser] = await Promise.all([startCluster({ slaves: 1, master: { CORS_ORIGINS: siteUrl } }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
  site?.closeAllConnections();
  site?.close();
});

/** The page of the documentation, with this cluster's master. */
function examplePage(): string {
  const docs = readFileSync(new URL("../../docs/player.md", import.meta.url), "utf8");
  const example = /```html\n(.*?)```/s.exec(docs)?.[1] ?? "";
  const made = example.replaceAll("http://127.0.0.1:8000", cluster.masterUrl);
  assert.notEqual(made, example);
  return made;
}

test("the example of the documentation plays a class, tells how it goes, and stops", { timeout: 90_000 }, async () => {
  page = examplePage();
  await cluster.publish(await cluster.createClass("math-3b", { open: true }));

  const { page: opened, errors, origins } = await browser.open(siteUrl);
  await opened.waitForFunction(`document.querySelector("#state").textContent === "playing"`, undefined, { timeout: 30_000 });
  await opened.waitForFunction(`document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > 60`);
  const stats = await opened.evaluate(() => (Reflect.get(globalThis, "player") as { stats(): Record<string, unknown> }).stats());
  assert.equal(stats["nodeId"], "slave-1");
  assert.equal(stats["moves"], 0);
  const allowed = new Set([siteUrl, cluster.masterUrl, cluster.slaves[0]?.hlsUrl]);
  assert.deepEqual(
    [...origins].filter((origin) => !allowed.has(origin)),
    [],
  );

  let requests = 0;
  await opened.evaluate(() => (Reflect.get(globalThis, "player") as { stop(): void }).stop());
  await opened.waitForTimeout(500);
  opened.on("request", () => (requests += 1));
  await opened.waitForTimeout(1_500);
  assert.equal(requests, 0, "nothing is asked for after the end");
  assert.deepEqual(errors, []);
});

test("it does not wait until the browser thinks that there is enough for autoplay", { timeout: 60_000 }, async () => {
  const began = "const player = createClassPlayer(";
  // `pause()` takes the element's leave to begin by itself, and leaves the attribute: as in Firefox, which would wait for seconds.
  page = examplePage()
    .replace("math-3b", "art-1")
    .replace(
      began,
      `const video = document.querySelector("#video");
      video.addEventListener("loadedmetadata", () => video.pause());
      ${began}`,
    );
  assert.ok(page.includes(".pause()"));
  const teacher = await cluster.publish(await cluster.createClass("art-1", { open: true }));
  const { page: opened, errors } = await browser.open(siteUrl);
  await opened.waitForFunction(`document.querySelector("#state").textContent === "playing"`, undefined, { timeout: 30_000 });
  assert.deepEqual(errors, []);
  await teacher.stop();
});
