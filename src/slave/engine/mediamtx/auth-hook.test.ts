import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { authQuestion } from "../../../../test/support/auth-question.ts";
import { eventually } from "../../../../test/support/eventually.ts";
import { createAuthHook } from "./auth-hook.ts";
import type { AuthHook } from "./auth-hook.ts";
import type { AuthQuestion } from "./auth-rules.ts";

async function startHook(t: TestContext, decide: (question: AuthQuestion) => boolean): Promise<AuthHook> {
  const hook = createAuthHook({ port: 0, path: "/hook" }, decide);
  await hook.start();
  t.after(() => hook.stop());
  return hook;
}

const ask = async (url: string, body: string, method = "POST"): Promise<number> =>
  (await fetch(url, { method, ...(method === "POST" && { body }) })).status;

test("lets in and refuses as it is told, and answers nothing else", async (t) => {
  const asked: AuthQuestion[] = [];
  const hook = await startHook(t, (given) => {
    asked.push(given);
    return given.query === "key=good";
  });
  assert.match(hook.url, /^http:\/\/127\.0\.0\.1:\d+\/hook$/);
  assert.equal(await ask(hook.url, JSON.stringify({ ...authQuestion, query: "key=good" })), 204);
  assert.equal(await ask(hook.url, JSON.stringify(authQuestion)), 401);
  assert.equal(asked.length, 2);
  assert.equal(await ask(hook.url, "{"), 400);
  assert.equal(await ask(hook.url, "x".repeat(100_000)), 400);
  assert.equal(await ask(hook.url, "", "GET"), 404);
  assert.equal(await ask(`${hook.url}/../other`, JSON.stringify(authQuestion)), 404);
  assert.equal(asked.length, 2);
});

test("answers within 5 ms of a server that only says yes, also while others hold connections open", async (t) => {
  const hook = await startHook(t, () => true);
  const { port } = new URL(hook.url);
  const idle = Array.from({ length: 100 }, () => connect(Number(port), "127.0.0.1").on("error", () => undefined));
  t.after(() => idle.forEach((socket) => socket.destroy()));
  const plain = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(204, { connection: "close" }).end());
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  t.after(() => plain.close());
  const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;

  async function timeOf(url: string): Promise<number> {
    const beganMs = performance.now();
    assert.equal(await ask(url, JSON.stringify(authQuestion)), 204);
    return performance.now() - beganMs;
  }
  // By turns, and the median of what it takes longer: a busy machine slows both. How long it is alone says `npm run bench:engine`.
  const longerMs: number[] = [];
  for (let count = 0; count < 100; count += 1) longerMs.push(-(await timeOf(plainUrl)) + (await timeOf(hook.url)));
  const median = longerMs.toSorted((one, other) => one - other)[50] ?? 0;
  assert.ok(median < 5, `${median} ms`);
});

test("who fills it with connections and says nothing keeps MediaMTX out for seconds, not for half a minute", async (t) => {
  const hook = await startHook(t, () => true);
  const { port } = new URL(hook.url);
  const idle = Array.from({ length: 300 }, () => connect(Number(port), "127.0.0.1").on("error", () => undefined));
  t.after(() => idle.forEach((socket) => socket.destroy()));
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  await assert.rejects(ask(hook.url, JSON.stringify(authQuestion)), "it is full");
  await eventually("it answers again", async () => (await ask(hook.url, JSON.stringify(authQuestion)).catch(() => 0)) === 204, 15_000);
});
