// What a real browser does with the session's cookie: scripts cannot read it, other sites do not get it, and pages of another
// port of the same host, which do, can neither read nor change anything with it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { SessionInfo } from "../../../src/shared/protocol/session.ts";
import { startMaster } from "../../integration/master-harness.ts";
import { launchChromium } from "../../support/browser.ts";
import { adminToken } from "../../support/master-environment.ts";

/** As in the Fetch standard. */
interface Call {
  readonly method?: "POST" | "DELETE";
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly credentials?: "include";
  readonly mode?: "no-cors";
}

/** Calls from the page with what a script there can set; "blocked" where the browser keeps the answer from it. */
const callFrom = (page: Page, url: string, init: Call) =>
  page.evaluate(
    async ([target, options]) => {
      try {
        const response = await fetch(target, options);
        return { status: response.status, text: await response.text() };
      } catch {
        return { status: 0, text: "blocked" };
      }
    },
    [url, init] as const,
  );

test("the cookie in Chromium", async (t) => {
  const master = await startMaster(t);
  // An empty page, and nothing else: not ours.
  const foreign = createServer((_request, response) => response.setHeader("content-type", "text/html").end("<title>x</title>"));
  foreign.listen(0, "127.0.0.1");
  await once(foreign, "listening");
  const { port } = foreign.address() as AddressInfo;
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    foreign.closeAllConnections();
    foreign.close();
  });
  const context = await browser.newContext();
  const ours = await context.newPage();
  await ours.goto(`${master.url}/docs`);
  const json = { "content-type": "application/json" };
  const signedIn = await callFrom(ours, "/api/session", { method: "POST", headers: json, body: JSON.stringify({ token: adminToken }) });
  assert.equal(signedIn.status, 200, signedIn.text);
  const { csrf_token: csrf } = JSON.parse(signedIn.text) as SessionInfo;
  assert.equal(await ours.evaluate("document.cookie"), "", "scripts cannot read it");
  assert.equal((await callFrom(ours, "/cluster/nodes", {})).status, 200);
  const make = (name: string, headers: Record<string, string> = {}): Call => ({
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ name }),
    credentials: "include",
  });
  assert.equal((await callFrom(ours, "/api/classes", make("no-token"))).status, 403);
  assert.equal((await callFrom(ours, "/api/classes", make("ours", { "x-csrf-token": csrf }))).status, 201);

  for (const [host, expected] of [
    // Another port is the same site: the cookie comes along, so SameSite alone would not do.
    ["127.0.0.1", 403],
    ["localhost", 401],
  ] as const) {
    const evil = await context.newPage();
    await evil.goto(`http://${host}:${port}/`);
    const statuses: number[] = [];
    evil.on("response", (response) => {
      if (response.url().startsWith(master.url)) statuses.push(response.status());
    });
    const blocked = { status: 0, text: "blocked" };
    assert.deepEqual(await callFrom(evil, `${master.url}/api/session`, { credentials: "include" }), blocked, `${host}: reading`);
    assert.deepEqual(
      await callFrom(evil, `${master.url}/api/classes`, make("evil", { "x-csrf-token": csrf })),
      blocked,
      `${host}: preflight`,
    );
    statuses.length = 0;
    const simple: Call = { method: "POST", mode: "no-cors", credentials: "include", body: JSON.stringify({ name: "evil" }) };
    await callFrom(evil, `${master.url}/api/classes`, simple);
    assert.deepEqual(statuses, [expected], `${host}: a request without a preflight`);
    // A form leads the window to the answer.
    await evil.setContent(
      `<form method="post" enctype="text/plain" action="${master.url}/api/classes"><input name='{"name":"evil","title":"' value='"}'><button>x</button></form>`,
    );
    const [answer] = await Promise.all([evil.waitForNavigation(), evil.click("button")]);
    assert.equal(answer?.status(), expected, `${host}: a form`);
    await evil.close();
  }

  assert.equal((await callFrom(ours, "/api/session", { method: "DELETE", headers: { "x-csrf-token": csrf } })).status, 204);
  assert.equal((await callFrom(ours, "/api/session", {})).status, 401);
  assert.deepEqual(await context.cookies(), []);
  const { body } = await master.asAdmin<{ classes: { name: string }[] }>("GET", "/api/classes");
  assert.deepEqual(
    body.classes.map(({ name }) => name),
    ["ours"],
  );
});
