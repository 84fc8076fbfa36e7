import assert from "node:assert/strict";
import { test } from "node:test";
import { authQuestion } from "../../../../test/support/auth-question.ts";
import { readAuthQuestion, topicOf, whipQuestion } from "./auth-rules.ts";
import type { AuthQuestion } from "./auth-rules.ts";
import { createPasses } from "./passes.ts";

const question: AuthQuestion = { ...authQuestion, ip: "192.168.1.7" };
const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJwYXRoIjoibGl2ZS9tYXRoIn0.c2ln";
const base = { path: "live/math", remoteAddress: "192.168.1.7", key: undefined, token: undefined, relay: undefined };
const shown = (given: Partial<AuthQuestion>) => {
  const topic = topicOf({ ...question, ...given });
  return topic.kind === "publish" ? topic.request : topic.kind;
};

test("what publishers of each protocol show", () => {
  // RTMP and WHIP: in the address.
  assert.deepEqual(shown({ protocol: "rtmp", query: "key=a%2Bb" }), { ...base, key: "a+b" });
  assert.deepEqual(shown({ protocol: "rtmp", query: `jwt=${jwt}`, token: jwt }), { ...base, token: jwt });
  assert.deepEqual(shown({ protocol: "rtmp", query: "relay=x.y.z" }), { ...base, relay: "x.y.z" });
  // SRT: `publish:live/math:key=…`, `publish:live/math:teacher:…`, `#!::m=publish,r=live/math,s=…`.
  assert.deepEqual(shown({ query: "key=a+b" }), { ...base, key: "a+b" });
  assert.deepEqual(shown({ user: "teacher", password: "k3y", token: "k3y" }), { ...base, key: "k3y" });
  // RTSP: user and password; a password that is a token counts as one.
  assert.deepEqual(shown({ protocol: "rtsp", user: "t", password: jwt, token: jwt }), { ...base, token: jwt });
  // WHIP: a bearer.
  assert.deepEqual(shown({ protocol: "webrtc", token: jwt }), { ...base, token: jwt });
  assert.deepEqual(shown({ protocol: "webrtc", token: "k3y" }), { ...base, key: "k3y" });
  assert.deepEqual(shown({}), base);
  // What stands in the address counts before the password.
  assert.deepEqual(shown({ query: "key=one", password: "two" }), { ...base, key: "one" });
});

test("what WHIP shows is read as MediaMTX reads it", () => {
  const attempt = { path: "live/math", query: "", remoteAddress: "192.168.1.7" };
  const whip = (authorization: string | undefined, query = "") => {
    const topic = topicOf(whipQuestion({ ...attempt, query, authorization }));
    return topic.kind === "publish" ? topic.request : topic.kind;
  };
  assert.deepEqual(whip(undefined), base);
  assert.deepEqual(whip("Bearer k3y"), { ...base, key: "k3y" });
  assert.deepEqual(whip(`Bearer ${jwt}`), { ...base, token: jwt });
  assert.deepEqual(whip("Bearer teacher:k3y"), { ...base, key: "k3y" });
  assert.deepEqual(whip(`Basic ${btoa("teacher:k3y")}`), { ...base, key: "k3y" });
  assert.deepEqual(whip(undefined, "key=k3y"), { ...base, key: "k3y" });
  assert.deepEqual(whip("Bearer other", "key=k3y"), { ...base, key: "k3y" });
  for (const nothing of ["", "Bearer ", "bearer k3y", "Basic", "Basic !!!!", `Basic ${btoa("k3y")}`, "Digest x"]) {
    assert.deepEqual(whip(nothing), base, nothing);
  }
  assert.equal(whip("Bearer k3y", "key=%"), "own");
});

test("everything else is the slave's own business", () => {
  assert.equal(shown({ path: "rtc/math" }), "own");
  assert.equal(shown({ path: "live/Math" }), "own");
  assert.equal(shown({ path: "live/math/../x" }), "own");
  assert.equal(shown({ path: "live/math\n" }), "own");
  assert.equal(shown({ path: "" }), "own");
  assert.equal(shown({ path: "live/" }), "own");
  assert.equal(shown({ query: "key=%E0%A4%A" }), "own");
  assert.equal(shown({ query: `key=${"a".repeat(5_000)}` }), "own");
  for (const action of ["api", "metrics", "pprof", "playback"]) assert.equal(shown({ action, path: "live/math" }), "own");
  for (const protocol of ["webrtc", "srt", "rtmp", "hls", "moq"]) assert.equal(shown({ action: "read", protocol }), "own");
});

test("over RTSP another slave may read, with what it shows", () => {
  assert.deepEqual(topicOf({ ...question, action: "read", protocol: "rtsp", path: "rtc/math", password: "cred" }), {
    kind: "read",
    path: "live/math",
    media: "rtc/math",
    credential: "cred",
  });
});

test("what is no question is not read", () => {
  assert.deepEqual(readAuthQuestion(JSON.stringify({ ...question, userAgent: "x" })), { ...question, userAgent: "x" });
  assert.ok(readAuthQuestion(JSON.stringify({ ...question, id: null })));
  for (const body of [
    "",
    "{",
    "null",
    "[]",
    "{}",
    JSON.stringify({ ...question, query: 1 }),
    JSON.stringify({ ...question, path: "a".repeat(9_000) }),
  ]) {
    assert.equal(readAuthQuestion(body), undefined, body.slice(0, 40));
  }
});

test("a pass is good for its path, its action and some seconds", () => {
  const passes = createPasses();
  const password = passes.issue({ action: "publish", media: "rtc/math" }, 1_000);
  assert.equal(passes.isGood(password, { action: "publish", media: "rtc/math" }, 2_000), true);
  assert.equal(passes.isGood(password, { action: "read", media: "rtc/math" }, 2_000), false);
  assert.equal(passes.isGood(password, { action: "publish", media: "rtc/art" }, 2_000), false);
  assert.equal(passes.isGood(password, { action: "publish", media: "rtc/math" }, 12_000), false);
  assert.equal(passes.isGood("", { action: "publish", media: "rtc/math" }, 2_000), false);
});
