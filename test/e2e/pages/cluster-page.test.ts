// The cluster page in a real browser: one real cluster, and nodes beside it that only speak the protocol, for many and for trouble.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import type { TeacherToken } from "../../../src/shared/protocol/classes.ts";
import { assertAccessible } from "../../support/axe.ts";
import { launchChromium } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { adminToken } from "../../support/master-environment.ts";
import { createScriptedNodes, type ScriptedNodes } from "../../support/scripted-nodes.ts";

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

let cluster: Cluster;
let browser: Browser;
let admin: BrowserContext;
let page: Page;
let doubles: ScriptedNodes;
const errors: string[] = [];

async function signIn(context: BrowserContext, token: string): Promise<Page> {
  const opened = await context.newPage();
  opened.on("pageerror", (error) => errors.push(error.message));
  opened.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(message.text());
  });
  await opened.goto(`${cluster.masterUrl}/cluster`);
  await opened.fill("#token", token);
  await opened.click("#sign-in-button");
  return opened;
}

const row = (nodeId: string) => page.locator(`[data-node="${nodeId}"]`);
const status = (nodeId: string, wanted: string) => page.waitForSelector(`[data-node="${nodeId}"][data-status="${wanted}"]`);
const figure = (id: string) => page.locator(`#${id} .figure-value`).innerText();

before(async () => {
  cluster = await startCluster({
    slaves: 2,
    master: { OFFLINE_AFTER: "6" },
    slave: (index) => ({ HEARTBEAT_INTERVAL: "1", NODE_NAME: `Room ${index + 1}` }),
  });
  doubles = createScriptedNodes(cluster.masterUrl, { intervalMs: 1_000 });
  browser = await launchChromium();
  admin = await browser.newContext({ viewport: desktop, locale: "en-US" });
  await admin.grantPermissions(["clipboard-read", "clipboard-write"], { origin: cluster.masterUrl });
  page = await signIn(admin, adminToken);
  await page.waitForSelector("#verdict");
});

/** All tests read one page: what one that failed has left open is not in the way of the others. */
beforeEach(async () => {
  for (let open = await page.locator("dialog[open]").count(); open > 0; open -= 1) await page.keyboard.press("Escape");
});

after(async () => {
  doubles?.stop();
  await browser?.close();
  await cluster?.stop();
});

test("all is well with two slaves, and nothing is asked of anybody", async () => {
  await status("slave-2", "healthy");
  await page.waitForSelector("#verdict[data-tone=good]");
  assert.equal(await page.locator("#verdict-title").innerText(), "All well");
  assert.equal(await figure("total-nodes"), "2");
  assert.deepEqual(await page.locator("#timeline li[data-kind=joined]").count(), 2);
});

test("a student who joins is seen without the page asking for anything", async (t) => {
  const lesson = await cluster.createClass("math");
  await cluster.publish(lesson);
  await page.waitForSelector("#timeline li[data-kind=stream_started]");
  const asked: string[] = [];
  const note = (request: Request): void => void asked.push(new URL(request.url()).pathname);
  page.on("request", note);
  t.after(() => page.off("request", note));
  const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
  await eventually("the page counts the student", async () => {
    await (await fetch(url)).text();
    return (await figure("total-students")) === "1";
  });
  await eventually("the class is on the air", async () => (await figure("total-streams")) === "1");
  assert.deepEqual(
    asked.filter((path) => !path.startsWith("/assets/")),
    [],
  );
});

test("load has a bar, a figure and a word: green, yellow and red at the master's percents", async () => {
  const loads = { "double-free": 69, "double-warning": 70, "double-critical": 90 };
  for (const [nodeId, connections] of Object.entries(loads))
    await doubles.put({ nodeId, registration: { max_connections: 100, whep: nodeId === "double-free" }, stats: { connections } });
  for (const [nodeId, state, level, words] of [
    ["double-free", "healthy", "good", /^69%$/],
    ["double-warning", "warning", "warn", /70%\s*\(getting full\)/],
    ["double-critical", "critical", "bad", /90%\s*\(nearly full\)/],
  ] as const) {
    await status(nodeId, state);
    assert.equal(await row(nodeId).locator(`.bar.${level}`).count(), 1, nodeId);
    assert.match((await row(nodeId).locator(".load-percent").textContent()) ?? "", words);
  }
  // What wants to be looked at is on top.
  assert.equal(await page.locator("tbody tr").first().getAttribute("data-node"), "double-critical");
});

test("a slave is emptied after a question that says what happens, and taken back", async () => {
  await doubles.report("double-free", { connections: 12 });
  await eventually("its row has 12", async () => (await row("double-free").locator(".load-places").innerText()).startsWith("12 of"));
  await row("double-free").locator("[data-action=drain]").click();
  const dialog = page.locator("dialog[open]");
  assert.match(await dialog.innerText(), /12 students move to other slaves, spread over 1 minute\. They need not do anything\./);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await row("double-free").getAttribute("data-status"), "healthy", "a question that was not answered does nothing");

  await row("double-free").locator("[data-action=drain]").click();
  await page.selectOption("#drain-minutes", "5");
  const [request] = await Promise.all([page.waitForRequest(/\/drain$/), page.click("#drain-confirm")]);
  assert.deepEqual(request.postDataJSON(), { deadline_s: 300 });
  await status("double-free", "draining");
  await doubles.report("double-free", { connections: 3 });
  await row("double-free").locator(".link-button").click();
  await page.getByText("9 of 12 students have moved").waitFor();
  await doubles.report("double-free", { connections: 0 });
  await page.locator("#node-sheet").getByText("Drained: it may be switched off.").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForSelector("#timeline li[data-kind=drained]");

  await row("double-free").locator("[data-action=undrain]").click();
  await page.click("#drain-confirm");
  await status("double-free", "healthy");
});

test("the details of a slave: its streams with their roles, its figures, its plots", async () => {
  await row("slave-1").locator(".link-button").click();
  const sheet = page.locator("#node-sheet");
  await sheet.locator(".plot canvas").first().waitFor();
  assert.match(await sheet.locator("table.streams tbody tr").first().innerText(), /math\s+Published here/);
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await eventually("the focus is back where it was", async () => (await page.evaluate("document.activeElement.textContent")) === "Room 1");
});

test("a slave with MediaMTX is told by what it can", async () => {
  const sheet = page.locator("#node-sheet");
  for (const [nodeId, expected] of [
    ["double-free", /For students \(HLS, WebRTC\)[^]*For publishers \(WHIP\)\s+http:\S+\/live\/<class>\/whip/],
    ["double-warning", /^(?![^]*(WebRTC|WHIP))[^]*For students \(HLS\)/],
  ] as const) {
    await row(nodeId).locator(".link-button").click();
    await sheet.locator(".lines").waitFor();
    assert.match(await sheet.innerText(), expected);
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
  }
});

test("search, filter and order", async () => {
  await page.fill("#nodes-search", "double crit");
  await eventually("one is found", async () => (await page.locator("tbody tr").count()) === 1);
  assert.equal(await page.locator("#nodes-count").innerText(), "1 of 5");
  await page.fill("#nodes-search", "nobody is like that");
  await page.getByText("No slave is like that.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.check("input[name=node-state][value=attention]", { force: true });
  await eventually("two want to be looked at", async () => (await page.locator("tbody tr").count()) === 2);
  await page.check("input[name=node-state][value=all]", { force: true });
  await page.click("[data-sort=load]");
  assert.equal(await page.locator("th[aria-sort]").innerText(), "Students");
  assert.deepEqual(await page.locator("tbody tr").evaluateAll((rows) => rows.slice(0, 2).map((one) => one.getAttribute("data-node"))), [
    "double-critical",
    "double-warning",
  ]);
  await page.click("[data-sort=attention]");
});

test("a slave that dies is silent, then offline, with its events and what to do", async () => {
  doubles.silence("double-warning");
  await status("double-warning", "suspect");
  await page.waitForSelector("#timeline li[data-kind=suspect]");
  await status("double-warning", "offline");
  await page.waitForSelector("#verdict[data-tone=bad]");
  assert.match(await page.locator("#verdict-title").innerText(), /^1 slave has been offline since \d\d:\d\d$/);
  assert.match(await page.locator("#verdict").innerText(), /double-warning: start the PC again/);
  assert.match(await page.locator("#timeline li[data-kind=offline]").first().innerText(), /double-warning is offline/);
  await page.check("input[name=event-group][value=streams]", { force: true });
  await eventually("only streams", async () => (await page.locator("#timeline li[data-kind=offline]").count()) === 0);
  await page.check("input[name=event-group][value=all]", { force: true });
});

test("commands for another slave are completed in the page, which sends nothing", async (t) => {
  const asked: string[] = [];
  const note = (request: Request): void => void asked.push(request.url() + (request.postData() ?? ""));
  page.on("request", note);
  t.after(() => page.off("request", note));
  await page.click("#add-slave");
  await page.getByText("No other PC reaches this address.").waitFor();
  await page.fill("#master-address", "http://192.168.1.10:8000/");
  await page.getByText("No other PC reaches this address.").waitFor({ state: "detached" });
  assert.equal(
    await page.locator("#command-clone").innerText(),
    "CLUSTER_SECRET='…' \\\n  ./bin/airclass slave \\\n  --master-url http://192.168.1.10:8000",
  );
  const secret = "it's a $ecret; id";
  await page.fill("#cluster-secret", secret);
  assert.ok(!(await page.locator("#command-clone").innerText()).includes("ecret;"), "not to be read on a projector");
  await page
    .locator(".copy-field", { has: page.locator("#command-clone") })
    .getByRole("button")
    .click();
  assert.equal(
    await page.evaluate("navigator.clipboard.readText()"),
    String.raw`CLUSTER_SECRET='it'\''s a $ecret; id' ./bin/airclass slave --master-url http://192.168.1.10:8000`,
  );
  await page.click(".chip:has(input[name=add-way][value=docker])");
  await page.getByText("which .env files cannot hold safely").waitFor();
  await page.fill("#cluster-secret", "0123456789abcdef");
  await page.getByRole("button", { name: "Show the secret" }).click();
  assert.equal(await page.locator("#command-env").innerText(), "CLUSTER_SECRET=0123456789abcdef\nMASTER_URL=http://192.168.1.10:8000");
  await page.click(".chip:has(input[name=add-way][value=same])");
  await page.fill("#slave-count", "4");
  assert.equal(await page.locator("#command-scale").innerText(), "docker-compose up -d --scale slave=4");
  await doubles.put({ nodeId: "double-new" });
  await page.getByText("double-new has joined.").first().waitFor();
  await assertAccessible(page, "adding a slave");
  await page.keyboard.press("Escape");
  assert.ok(!asked.some((text) => text.includes("ecret") || text.includes("0123456789abcdef")), "the secret stays in the page");
});

test("nothing serious for axe, as a table and as cards, with a sheet and a question", async () => {
  await assertAccessible(page, "the table");
  await row("slave-1").locator(".link-button").click();
  await page.locator("#node-sheet .plot canvas").first().waitFor();
  await assertAccessible(page, "the details");
  await page.locator("#node-sheet [data-action=drain]").click();
  await page.waitForSelector("#drain-confirm");
  await assertAccessible(page, "the question");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.setViewportSize(phone);
  await page.waitForSelector(".node-card");
  assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing reaches beyond the screen");
  await assertAccessible(page, "the cards");
  await page.setViewportSize(desktop);
  await page.waitForSelector("table.nodes");
});

test("the page speaks Korean, too", async () => {
  await page.click("#language");
  await page.getByText("슬레이브 1대가 오프라인입니다").waitFor();
  assert.equal(await page.evaluate("document.documentElement.lang"), "ko");
  assert.equal(await page.title(), "클러스터 · AIRClass");
  await page.click("#language");
});

test("a master that restarts: figures of the past are told as such, and the page comes back by itself", async () => {
  await cluster.stopMaster();
  await page.waitForSelector("#lost");
  assert.match(await page.locator("#lost").innerText(), /^As of \d\d:\d\d:\d\d\./);
  await cluster.restartMaster();
  await page.waitForSelector("#lost", { state: "detached" });
  await status("slave-1", "healthy");
  await status("double-critical", "critical");
  await page.waitForSelector("#timeline li[data-kind=master_started]");
  assert.equal(await page.locator("#token").count(), 0, "still signed in");
});

test("two hundred slaves: a report draws its own row and no other", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `many-${index}`);
  for (const nodeId of ids) await doubles.put({ nodeId, registration: { max_connections: 100 } });
  await eventually("all are there", async () => (await page.locator("tbody tr[data-node^=many-]").count()) === 200);
  // What the newcomers have brought is over.
  await page.waitForTimeout(2_500);
  await page.evaluate(() => {
    const { document, MutationObserver } = globalThis as unknown as {
      document: { querySelector(selector: string): object };
      MutationObserver: new (
        seen: (records: { target: { parentElement: { closest(selector: string): { dataset: { node?: string } } | null } } }[]) => void,
      ) => {
        observe(target: object, options: object): void;
      };
    };
    const rows = new Set<unknown>();
    Reflect.set(globalThis, "changedRows", rows);
    new MutationObserver((records) => {
      for (const { target } of records) {
        const changed = target.parentElement.closest("tr")?.dataset.node;
        rows.add(changed ?? "the table");
      }
    }).observe(document.querySelector("table.nodes tbody"), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await doubles.report("many-77", { connections: 50, cpu: 44 });
  await eventually("its row says so", async () => ((await row("many-77").textContent()) ?? "").includes("44%"));
  assert.deepEqual(
    await page.evaluate(() => [...(Reflect.get(globalThis, "changedRows") as Set<string>)].filter((id) => id.startsWith("many"))),
    ["many-77"],
  );
  assert.ok(!(await page.evaluate(() => (Reflect.get(globalThis, "changedRows") as Set<string>).has("the table"))));
});

test("a teacher's session is refused in words", async () => {
  const answer = await cluster.fetch("/api/classes/math/teacher-token", { method: "POST" });
  const { teacher_token: token } = (await answer.json()) as TeacherToken;
  const context = await browser.newContext({ viewport: desktop, locale: "en-US" });
  const teacher = await signIn(context, token);
  await teacher.getByText("This page is for the administrator.").waitFor();
  assert.equal(await teacher.locator("#verdict").count(), 0);
  await context.close();
});

test("a session that ends leads to signing in, and back", async () => {
  await admin.clearCookies();
  await cluster.restartMaster();
  await page.waitForSelector("#sign-in");
  await page.fill("#token", adminToken);
  await page.click("#sign-in-button");
  await page.waitForSelector("#verdict");
  await status("slave-1", "healthy");
});

test("no errors in the page until the end", () => {
  assert.deepEqual(errors, []);
});
