import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { createHttpServer } from "../../shared/http/http-server.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { signMasterCredential } from "../../shared/tokens/master-credential.ts";
import type { MasterQuestion } from "../../shared/tokens/master-credential.ts";
import { answerHeader, isAnswerGenuine } from "../../shared/tokens/node-credential.ts";
import { createClusterKnowledge } from "../presence/cluster-knowledge.ts";
import { registerMasterQuestions } from "./master-questions.ts";
import { createViewers } from "./viewers.ts";

const keys = deriveClusterKeys("a secret of the cluster");
const wallMs = 1_800_000_000_000;

async function setUp(t: TestContext) {
  const time = { ms: 0 };
  const clock = { monotonicMs: () => time.ms, wallMs: () => wallMs + time.ms };
  const viewers = createViewers(10_000);
  const knowledge = createClusterKnowledge(keys.sealing);
  const refreshed = { times: 0 };
  const app = createHttpServer({ logger: pino({ level: "silent" }) });
  const refresh = () => Promise.resolve(++refreshed.times > 0);
  registerMasterQuestions(app, { nodeId: "slave-1", key: keys.request, knowledge, viewers, refresh, clock });
  t.after(() => app.close());
  const sign = (change: Partial<MasterQuestion> = {}, key = keys.request) =>
    signMasterCredential(key, { nodeId: "slave-1", ask: "viewers", path: "live/math", ...change }, clock.wallMs());
  const viewersOf = (credential: string, path = "live/math") =>
    app.inject({ url: `/api/viewers?path=${path}`, headers: { authorization: `Bearer ${credential}` } });
  const nudge = (credential: string) =>
    app.inject({ method: "POST", url: "/api/nudge", headers: { authorization: `Bearer ${credential}` } });
  const seen = (jti: string, path = "live/math") =>
    viewers.seen({ jti, path, iat: 5, exp: 3_605, user_id: `user ${jti}`, user_type: "student" }, time.ms);
  return { app, time, knowledge, refreshed, sign, viewersOf, nudge, seen };
}

test("the master learns who watches a stream; the answer is signed for its question", async (t) => {
  const { sign, viewersOf, seen, time } = await setUp(t);
  seen("a");
  seen("b", "live/art");
  time.ms = 4_000;
  const { credential, id } = sign();
  const answer = await viewersOf(credential);
  const kim = { jti: "a", user_id: "user a", user_type: "student", exp: 3_605, watching_s: 4 };
  assert.deepEqual(answer.json(), { path: "live/math", total: 1, viewers: [kim] });
  const signature = String(answer.headers[answerHeader]);
  assert.equal(isAnswerGenuine(keys.request, signature, id, answer.body), true);
  assert.equal(isAnswerGenuine(keys.request, signature, "another", answer.body), false);
});

test("who was revoked is not listed, although the window has not passed", async (t) => {
  const { sign, viewersOf, seen, knowledge } = await setUp(t);
  seen("a");
  seen("b");
  const revocations = { version: "1", tokens: [{ jti: "a", exp: 3_605 }], paths: [] };
  await knowledge.apply({ now_ms: wallMs, overload_policy: "distribute", draining: false, revocations }, wallMs);
  const { viewers } = (await viewersOf(sign().credential)).json<{ viewers: { jti: string }[] }>();
  assert.deepEqual(
    viewers.map(({ jti }) => jti),
    ["b"],
  );
});

test("everybody else is refused: no credential, another slave's, another stream's, another purpose, another secret, an old one", async (t) => {
  const { app, sign, viewersOf, nudge, refreshed, time } = await setUp(t);
  const old = sign().credential;
  const forged = deriveClusterKeys("the secret of an attacker").request;
  const refused = [
    await app.inject({ url: "/api/viewers?path=live/math" }),
    await viewersOf(sign({ nodeId: "slave-2" }).credential),
    await viewersOf(sign({ path: "live/art" }).credential),
    await viewersOf(sign({ ask: "nudge", path: undefined }).credential),
    await viewersOf(sign({}, forged).credential),
    await viewersOf(sign({}, keys.media).credential),
    await nudge(sign().credential),
    await nudge(sign({ ask: "nudge", path: undefined }, forged).credential),
  ];
  time.ms = 61_000;
  refused.push(await viewersOf(old));
  assert.deepEqual(new Set(refused.map(({ statusCode }) => statusCode)), new Set([401]));
  assert.deepEqual(new Set(refused.map((answer) => answer.json<{ code: string }>().code)), new Set(["credential_invalid"]));
  assert.equal(refused[0]?.headers[answerHeader], undefined);
  assert.equal(refreshed.times, 0);
  assert.equal((await viewersOf(sign().credential, "live/../x")).statusCode, 422);
});

test("who tries many has to wait", async (t) => {
  const { viewersOf, sign, time } = await setUp(t);
  const codes = [];
  for (let index = 0; index < 60; index += 1) codes.push((await viewersOf("guess")).statusCode);
  assert.equal(codes[0], 401);
  assert.equal(codes.at(-1), 429);
  // Behind a proxy or NAT the master has the address of whoever guesses.
  assert.equal((await viewersOf(sign().credential)).statusCode, 200, "the master does not");
  time.ms += 1_000;
  assert.equal((await viewersOf("guess")).statusCode, 401);
});

test("a nudge sends a heartbeat, many of them send few", async (t) => {
  const { nudge, sign, refreshed } = await setUp(t);
  const credential = sign({ ask: "nudge", path: undefined }).credential;
  assert.equal((await nudge(credential)).statusCode, 202);
  while (refreshed.times === 0) await new Promise(setImmediate);
  for (let index = 0; index < 20; index += 1) assert.equal((await nudge(credential)).statusCode, 202);
  assert.equal(refreshed.times, 1, "the others wait and share");
});
