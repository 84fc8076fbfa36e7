// A lesson as its teacher sees it, in a real browser with a real publisher that is started with what the page shows: from signing
// in to deleting the class. One class, one test after the other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../../support/axe.ts";
import { joinClass, launchBrowser, waitForPlaying, type TestBrowser, type TestPage } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { adminToken } from "../../support/master-environment.ts";
import { startPublisher, type Publisher } from "../../support/publisher.ts";

const title = "Mathematics 3B";
const name = "mathematics-3b";
/** As OBS does it when nobody has told it otherwise: keyframes 8.3 s apart. */
const rareKeyframes =
  "-re -f lavfi -i testsrc2=size=320x180:rate=30 -re -f lavfi -i sine=frequency=440:sample_rate=48000 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 300k -g 250 -keyint_min 250 -sc_threshold 0 -c:a aac -b:a 64k".split(
    " ",
  );
const timeout = 60_000;

let cluster: Cluster;
let browser: TestBrowser;
let teacher: TestPage;
let student: TestPage;
let page: Page;
let publisher: Publisher | undefined;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slaves: 1, gateway: true, slave: { HEARTBEAT_INTERVAL: "1" } }), launchBrowser()]);
  teacher = await open("/teach");
  page = teacher.page;
});

after(async () => {
  await publisher?.stop();
  await browser?.close();
  await cluster?.stop();
});

async function open(path: string): Promise<TestPage> {
  const opened = await browser.open("about:blank");
  await opened.page.setViewportSize({ width: 1_280, height: 800 });
  await opened.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await opened.page.goto(cluster.masterUrl + path);
  return opened;
}

async function signIn(on: Page, token: string): Promise<void> {
  await on.fill("#token", token);
  await on.click("#sign-in-button");
}

const says = (on: Page, selector: string, words: string, timeoutMs = timeout): Promise<unknown> =>
  on.waitForSelector(`${selector}:has-text(${JSON.stringify(words)})`, { timeout: timeoutMs });

/** Presses the button beside it, and looks what is on the clipboard. */
async function copied(on: Page, selector: string): Promise<string> {
  await on.click(`.copy-field:has(${selector}) button`);
  await says(on, `.copy-field:has(${selector})`, "Copied");
  return on.evaluate(() =>
    (globalThis as unknown as { navigator: { clipboard: { readText(): Promise<string> } } }).navigator.clipboard.readText(),
  );
}

const previewTimeS = (): Promise<number> =>
  page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { querySelector(selector: string): { currentTime: number } | null } };
    return document.querySelector("#preview")?.currentTime ?? 0;
  });

/** How to start makes room for the picture when it comes. */
async function openObs(): Promise<void> {
  if (!(await page.isVisible("#obs-server"))) await page.click("#obs summary");
}

/** Starts ffmpeg with what the teacher copies from the page into OBS. */
async function publishAsShown(): Promise<Publisher> {
  await openObs();
  const server = await copied(page, "#obs-server");
  const key = await copied(page, "#obs-key");
  publisher = startPublisher(`${server}/${key}`, rareKeyframes);
  return publisher;
}

async function confirmed(on: Page, button: string): Promise<void> {
  await on.click(button);
  await on.click("#confirm");
  await on.waitForSelector("dialog", { state: "detached" });
}

describe("the teacher's page", () => {
  test("a wrong token does not sign in and says so; the right one does", { timeout }, async () => {
    await signIn(page, "not the token");
    await says(page, "#sign-in-error", "does not sign in");
    await signIn(page, adminToken);
    await says(page, "h1", "Classes");
    assert.equal(
      await page.evaluate(
        () => (globalThis as unknown as { document: { activeElement: { tagName: string } } }).document.activeElement.tagName,
      ),
      "H1",
    );
    await assertAccessible(page, "no classes yet");
    await page.click("#admin-pages >> text=Cluster");
    await page.waitForURL("**/cluster");
    await says(page, "#admin-pages [aria-current]", "Cluster");
    await page.click("#admin-pages >> text=Classes");
    await says(page, "h1", "Classes");
  });

  test("a class is made from its title, and its key is shown once", { timeout }, async () => {
    await page.click("#new-class");
    await page.click("#create-button");
    await says(page, "#class-title-error", "title");
    await page.keyboard.type("수학 3반");
    await says(page, "#create-class", "/watch/suhak-3ban");
    assert.equal(await page.isVisible("#class-name"), false, "a Korean title needs no second name");
    await page.fill("#class-title", "数学");
    await page.waitForSelector("#class-name", { state: "visible" });
    await page.fill("#class-title", title);
    await page.waitForSelector("#class-name", { state: "detached" });
    await page.fill("#class-code", "ab");
    await page.click("#create-button");
    await says(page, "#create-class", "4 to 32");
    await assertAccessible(page, "making a class");
    await page.fill("#class-code", "");
    await page.click("#create-button");
    await says(page, "h1", title);
    assert.equal(
      await page.textContent("#obs-server"),
      ((await (await cluster.fetch(`/api/classes/${name}`)).json()) as { rtmp_url: string }).rtmp_url,
    );
    assert.match((await page.textContent("#obs-key")) ?? "", new RegExp(`^${name}\\?key=.{16,}$`));
    await says(page, ".view-state", "Not started");
    await assertAccessible(page, "a class that has not begun");
    await page.reload();
    await says(page, "h1", title);
    await says(page, "#obs-key-unknown", "only once");
    assert.equal(await page.isVisible("#obs-key"), false);
  });

  test("a name that is taken is said beside the name", { timeout }, async () => {
    const other = await open("/teach");
    await signIn(other.page, adminToken);
    await other.page.click("#new-class");
    await other.page.fill("#class-title", title);
    await other.page.click("#create-button");
    await says(other.page, "#class-name-error", "already");
    await other.page.context().close();
  });

  test(
    "what is copied from the page lets a publisher in; the picture plays, and health is in words",
    { timeout: 2 * timeout },
    async () => {
      await confirmed(page, "#rotate-key");
      await publishAsShown();
      await says(page, ".view-state", "Live");
      await page.waitForSelector("#obs-server", { state: "hidden" });
      await eventually("the preview plays", async () => (await previewTimeS()) > 1, timeout);
      await says(page, "#viewers", "The picture on a teacher’s page is not counted here.");
      await says(page, ".view-state", "0 watching");
      await says(page, "#viewers", "Nobody yet");
      await says(page, "#health", "Keyframes come every 8.3 s");
      await says(page, "#health", "Set Keyframe Interval to 2 s in OBS → Settings → Output");
      await says(page, ".facts", "320 × 180");
      await page.waitForSelector("#plot-fps .plot-area", { timeout });
      await assertAccessible(page, "a class that is live");
    },
  );

  test("a student appears in the list, is removed within 5 s and stays out until let in again", { timeout: 2 * timeout }, async () => {
    student = await browser.open(await copied(page, "#join-link"));
    await student.page.waitForSelector("#name");
    assert.equal(await student.page.isVisible("#code"), false, "the link brings the code along");
    await joinClass(student.page, "Kim Minji");
    await waitForPlaying(student.page);
    await says(page, "#viewers .viewer", "Kim Minji");
    await says(page, ".view-state", "1 watching");
    assert.deepEqual(await page.locator("#viewers .badge").allTextContents(), ["1"]);
    await page.click('[aria-label="Remove Kim Minji"]');
    await says(page, "dialog", "12 hours");
    await assertAccessible(page, "asking before somebody is removed");
    await page.click("#confirm");
    const removedAt = performance.now();
    await says(student.page, "#notice-text", "removed");
    assert.ok(performance.now() - removedAt < 5_000, `seen after ${Math.round(performance.now() - removedAt)} ms`);
    await page.waitForSelector('[aria-label="Remove Kim Minji"]', { state: "detached" });
    await page.click("#removed summary");
    await page.click('[aria-label="Let Kim Minji in again"]');
    await page.waitForSelector("#removed", { state: "detached" });
    await student.page.reload();
    await waitForPlaying(student.page);
  });

  test("a new key cuts the publisher off; the new one lets it in", { timeout: 2 * timeout }, async () => {
    const before = publisher;
    await openObs();
    await confirmed(page, "#rotate-key");
    await before?.exited;
    await says(page, ".view-state", "Waiting for OBS");
    await publishAsShown();
    await says(page, ".view-state", "Live");
    await waitForPlaying(student.page);
  });

  test("ending the class tells the student; opened again it goes on by itself", { timeout: 2 * timeout }, async () => {
    const before = publisher;
    await confirmed(page, "#end-class");
    await says(page, ".view-state", "Over");
    await says(student.page, "#notice-text", "The class is over");
    await before?.exited;
    await page.click("#reopen-class");
    await says(page, ".view-state", "Not started");
    await publishAsShown();
    await waitForPlaying(student.page, 10, timeout);
  });

  test("title and join code are changed; what another class has is refused beside the code", { timeout }, async () => {
    await cluster.createClass("other", { join_code: "TAKEN1", title: "Another" });
    await page.fill("#settings-code", "taken1");
    await page.click("#save");
    await says(page, "#settings-code-error", "Another class");
    await page.fill("#settings-code", "MATH-3B");
    await page.fill("#settings-class-title", "Mathematics, 3B");
    await page.click("#save");
    await says(page, "h1", "Mathematics, 3B");
    await says(page, "#join-code", "MATH-3B");
    await page.click("#wall");
    await page.waitForSelector(".wall-sheet:fullscreen");
    await says(page, ".wall", new URL(cluster.masterUrl).host);
    await says(page, ".wall", "MATH-3B");
    await assertAccessible(page, "on the wall");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".wall", { state: "detached" });
    await page.waitForSelector("#wall:focus");
  });

  test("a teacher's link leads straight to the class and to nothing else, until it is taken away", { timeout }, async () => {
    await page.click("#make-teacher-link");
    const link = await copied(page, "#teach-link");
    const colleague = await browser.open(link);
    await says(colleague.page, "h1", "Mathematics, 3B");
    assert.equal(new URL(colleague.page.url()).hash, "", "the token does not stay in the address");
    for (const selector of [".back", "#delete-class", "#access", "#admin-pages"])
      assert.equal(await colleague.page.isVisible(selector), false, selector);
    await colleague.page.goto(`${cluster.masterUrl}/teach?class=other`);
    await says(colleague.page, "h1", "Mathematics, 3B");
    await confirmed(page, "#take-teacher-link");
    await says(colleague.page, "#sign-in", "Your session has ended");
    // All previews of the class were ended, and who still may gets another. Chromium lets a silent picture stand that nobody can see.
    await page.locator("#preview").scrollIntoViewIfNeeded();
    const beforeS = await previewTimeS();
    await eventually("the preview goes on", async () => (await previewTimeS()) > beforeS + 5, timeout);
    assert.deepEqual(colleague.errors, []);
    await colleague.page.context().close();
  });

  test(
    "the page stays while the master is away, says so, and comes back; so it does after signing in again",
    { timeout: 2 * timeout },
    async () => {
      await cluster.stopMaster();
      await says(page, ".lost", "does not answer");
      assert.equal(await page.textContent("h1"), "Mathematics, 3B");
      await cluster.restartMaster();
      await page.waitForSelector(".lost .note", { state: "detached", timeout });
      await page.click("#sign-out");
      await signIn(page, adminToken);
      await says(page, "h1", "Mathematics, 3B");
      assert.equal(await page.isVisible("#obs-key"), false, "whoever signs in next does not find the key");
    },
  );

  test("a deleted class is gone from the list, and for who has it open", { timeout }, async () => {
    const other = await open(`/teach?class=${name}`);
    await signIn(other.page, adminToken);
    await says(other.page, "h1", "Mathematics, 3B");
    await confirmed(page, "#delete-class");
    await says(page, "h1", "Classes");
    await says(page, ".classes", "Another");
    assert.equal(await page.isVisible(".classes >> text=Mathematics, 3B"), false);
    await says(other.page, "main", "This class has been deleted");
    await assertAccessible(page, "the list of classes");
    assert.deepEqual([...teacher.errors, ...student.errors, ...other.errors], []);
  });
});
