// What the pages cost on the wire, whom they talk to, and that they keep to their own policy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { joinClass, launchBrowser, waitForPlaying, type TestBrowser, type TestPage } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { adminToken } from "../../support/master-environment.ts";
import { watchTraffic, type PageTraffic } from "../../support/page-traffic.ts";

/** Compressed bytes. The issue allows the student page 250 kB in all; until the form can be used it needs far less. */
const budgets = { form: 80_000, picture: 250_000, signIn: 100_000, signedIn: 250_000 };

const joinForm = "#join-button:enabled";

let cluster: Cluster;
let browser: TestBrowser;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slaves: 1 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

/** A page that is watched from its first byte on. */
async function visit(path: string, usable: string): Promise<TestPage & { traffic: PageTraffic }> {
  const opened = await browser.open("about:blank");
  const traffic = await watchTraffic(opened.page, usable);
  await opened.page.goto(cluster.masterUrl + path);
  return { ...opened, traffic };
}

async function assertKeepsToItself({ traffic, errors, origins }: Awaited<ReturnType<typeof visit>>): Promise<void> {
  assert.deepEqual(await traffic.violations(), []);
  assert.deepEqual(errors, []);
  const ours = [cluster.masterUrl, ...cluster.slaves.map(({ hlsUrl }) => hlsUrl)];
  // "null" is the origin of about:blank, where each visit begins.
  assert.deepEqual(
    [...origins].filter((origin) => origin !== "null" && !ours.includes(origin)),
    [],
  );
  for (const { url, encoding, bytes } of traffic.transfers)
    if (/\.(?:js|css)$/.test(new URL(url).pathname) && bytes > 1_000) assert.equal(encoding, "br", url);
}

const within = (bytes: number, budget: number, what: string): void =>
  assert.ok(bytes > 1_000 && bytes <= budget, `${what}: ${bytes} of ${budget} bytes`);

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

/** What the browser still loads behind what can be used already belongs to the first load, too. */
const settled = (page: Page): Promise<void> => page.waitForLoadState("networkidle");

test("the student page: the form, and the picture behind it", async (t) => {
  const lesson = await cluster.createClass("budget", { open: true });
  await cluster.publish(lesson);
  const visited = await visit("/watch/budget", joinForm);
  const { page, traffic } = visited;
  const usableAtMs = await traffic.usableAtMs();
  await settled(page);
  const formBytes = traffic.bytesFrom(cluster.masterUrl, usableAtMs);
  await joinClass(page, "Kim Minji");
  await waitForPlaying(page);
  const pictureBytes = traffic.bytesFrom(cluster.masterUrl);
  t.diagnostic(`until the form ${kilobytes(formBytes)}, until the picture plays ${kilobytes(pictureBytes)}, media left out`);
  within(formBytes, budgets.form, "until the form can be used");
  within(pictureBytes, budgets.picture, "until the picture plays");
  await assertKeepsToItself(visited);
  await page.context().close();
});

for (const path of ["/teach", "/cluster"])
  test(`${path}: the form to sign in, and the page behind it`, async (t) => {
    const visited = await visit(path, "#sign-in-button");
    const { page, traffic } = visited;
    const usableAtMs = await traffic.usableAtMs();
    await settled(page);
    const formBytes = traffic.bytesFrom(cluster.masterUrl, usableAtMs);
    await page.fill("#token", adminToken);
    await page.click("#sign-in-button");
    await page.waitForSelector("#sign-in", { state: "detached" });
    await page.waitForSelector("main h1, main h2");
    // A second in which plots and figures come; live figures are never at rest.
    await page.waitForTimeout(1_000);
    const pageBytes = traffic.bytesFrom(cluster.masterUrl);
    t.diagnostic(`to sign in ${kilobytes(formBytes)}, with the page ${kilobytes(pageBytes)}`);
    within(formBytes, budgets.signIn, "to sign in");
    within(pageBytes, budgets.signedIn, "with the page");
    await assertKeepsToItself(visited);
    await page.context().close();
  });

test("the second visit transfers next to nothing", async () => {
  const { page, traffic: first } = await visit("/watch/budget", joinForm);
  await first.usableAtMs();
  await settled(page);
  const again = await page.context().newPage();
  const traffic = await watchTraffic(again, joinForm);
  await again.goto(`${cluster.masterUrl}/watch/budget`);
  await traffic.usableAtMs();
  const assets = traffic.transfers.filter(({ url }) => new URL(url).pathname.startsWith("/assets/"));
  assert.equal(
    assets.reduce((sum, { bytes }) => sum + bytes, 0),
    0,
    "assets are kept",
  );
  await page.context().close();
});
