// Signing in and out with a real browser: what a person types, and the link that an administrator hands out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { TeacherToken } from "../../../src/shared/protocol/classes.ts";
import { assertAccessible } from "../../support/axe.ts";
import { launchBrowser, type TestBrowser } from "../../support/browser.ts";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { adminToken } from "../../support/master-environment.ts";

let cluster: Cluster;
let browser: TestBrowser;

before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ slaves: 0 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

const signIn = async (page: Page, token: string): Promise<void> => {
  await page.fill("#token", token);
  await page.click("#sign-in-button");
};

const signedIn = (page: Page): Promise<unknown> => page.waitForSelector("#sign-in", { state: "detached" });

test("a wrong token is told in words, the right one opens the page, and a reload keeps it", async () => {
  const { page, errors } = await browser.open(`${cluster.masterUrl}/teach`);
  await page.waitForSelector("#sign-in");
  await assertAccessible(page, "the form");
  assert.equal(await page.getAttribute("#token", "type"), "password");
  await signIn(page, "not-the-token");
  assert.match((await page.textContent("#sign-in-error")) ?? "", /does not sign in/);
  assert.equal(await page.getAttribute("#token", "aria-invalid"), "true");
  await assertAccessible(page, "the form with an error");

  // Who does not trust the dots looks at what was typed.
  await page.click(".token-input button");
  assert.equal(await page.getAttribute("#token", "type"), "text");
  assert.equal(await page.inputValue("#token"), "not-the-token");

  // Pasted with a line break, as it comes out of a terminal.
  await signIn(page, ` ${adminToken} `);
  await signedIn(page);
  await page.reload();
  await page.waitForSelector("main h1, main h2");
  assert.equal(await page.isVisible("#sign-in"), false);
  assert.deepEqual(
    await page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"),
    [[], [], ""],
    "the token is kept nowhere that a script could read",
  );
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("a teacher's link signs in, leaves no token in the address, and leads to one class only", async () => {
  await cluster.createClass("maths-3b", { title: "Maths 3B" });
  const made = await cluster.fetch("/api/classes/maths-3b/teacher-token", { method: "POST" });
  const { teach_url: link, teacher_token: token } = (await made.json()) as TeacherToken;
  assert.ok(link.endsWith(`/teach#${token}`), link);

  const { page, errors } = await browser.open(link);
  await page.waitForSelector("text=Maths 3B");
  assert.equal(page.url(), `${cluster.masterUrl}/teach`);

  await page.goto(`${cluster.masterUrl}/cluster`);
  await page.waitForSelector("#admin-only");
  await assertAccessible(page, "a teacher at the administrator's page");
  await page.click("#admin-only a");
  await page.waitForSelector("text=Maths 3B");

  // The administrator takes the token away: the open page says so, as soon as it asks for anything.
  assert.equal((await cluster.fetch("/api/classes/maths-3b/teacher-token", { method: "DELETE" })).status, 204);
  await page.waitForSelector("#sign-in", { timeout: 40_000 });
  assert.match((await page.textContent("#sign-in-error")) ?? "", /session has ended/);
  assert.deepEqual(errors, []);

  // The link is good no more, which the page says: where it is open already, and where it is not.
  await page.goto(link);
  await page.waitForSelector("#sign-in-error >> text=does not sign in");
  assert.equal(page.url(), `${cluster.masterUrl}/teach`);
  await page.goto("about:blank");
  await page.goto(link);
  await page.waitForSelector("#sign-in-error >> text=does not sign in");
  assert.equal(page.url(), `${cluster.masterUrl}/teach`);
  await page.context().close();
});

test("who signs out is out at the master, too", async () => {
  const { page } = await browser.open(`${cluster.masterUrl}/cluster`);
  await signIn(page, adminToken);
  await signedIn(page);
  const [cookie] = await page.context().cookies();
  await page.click('[aria-label="Sign out"], button:has-text("Sign out")');
  await page.waitForSelector("#sign-in");
  assert.equal(await page.isVisible("#sign-in-error"), false);
  assert.deepEqual(await page.context().cookies(), []);
  const again = await fetch(`${cluster.masterUrl}/api/session`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } });
  assert.equal(again.status, 401);
  await page.context().close();
});

test("a master that is away: the page waits, and opens by itself", async () => {
  const { page } = await browser.open(`${cluster.masterUrl}/teach`);
  await page.waitForSelector("#sign-in");
  await page.route("**/api/session", (route) => route.abort());
  await page.reload();
  await eventually("it says so", async () => /cannot be reached/.test((await page.textContent("main")) ?? ""));
  await page.unroute("**/api/session");
  await page.waitForSelector("#sign-in");
  await page.context().close();
});

test("too many wrong tokens: the seconds to wait count down, in the language of the page", async () => {
  const { page } = await browser.open(`${cluster.masterUrl}/cluster`);
  // The wrong tokens of this browser, without their typing.
  await page.waitForSelector("#sign-in");
  await page.evaluate(async () => {
    for (let tries = 0; tries < 12; tries += 1)
      await fetch("/api/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: `wrong-${tries}` }),
      });
  });
  await signIn(page, adminToken);
  assert.match((await page.textContent("#sign-in-error")) ?? "", /Too many tries. Please try again in \d+ seconds?\./);
  assert.ok(await page.isDisabled("#sign-in-button"));
  await page.click("#language");
  assert.match((await page.textContent("#sign-in-error")) ?? "", /\d+초 후에 다시 시도해 주세요/);
  await page.context().close();
});
