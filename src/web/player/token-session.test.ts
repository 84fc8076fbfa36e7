import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenClient } from "./token-client.ts";
import type { RefusalReason, TokenAnswer, TokenGrant } from "./token-grant.ts";
import { createTokenSession } from "./token-session.ts";

const grantOf = (token: string, node = "s1"): TokenGrant => ({
  token,
  nodeId: node,
  expiresInS: 100,
  hlsUrl: `http://${node}:8888/live/math/index.m3u8?jwt=${token}`,
  clockOffsetMs: 0,
});
const granted = (grant: TokenGrant): TokenAnswer => ({ granted: true, grant });
const refused = (reason: RefusalReason): TokenAnswer => ({ granted: false, refusal: { reason, retryAfterS: undefined } });

function setUp(refreshes: TokenAnswer[], joins: TokenAnswer[] = []) {
  const calls: string[] = [];
  const said: string[] = [];
  let nowMs = 0;
  let planned: { work: () => void; atMs: number } | undefined;
  const client: TokenClient = {
    join: async () => (calls.push("join"), joins.shift() ?? refused("unreachable")),
    refresh: async (token) => (calls.push(`refresh ${token}`), refreshes.shift() ?? refused("unreachable")),
  };
  const session = createTokenSession(
    { userId: "kim", className: "math", joinCode: undefined },
    grantOf("one"),
    {
      client,
      monotonicMs: () => nowMs,
      random: () => 0,
      schedule: (work, delayMs) => {
        const entry = { work, atMs: nowMs + delayMs };
        planned = entry;
        return () => {
          if (planned === entry) planned = undefined;
        };
      },
    },
    { moved: (grant) => said.push(`moved ${grant.nodeId}`), refused: ({ reason }) => said.push(`refused ${reason}`) },
  );
  return {
    session,
    calls,
    said,
    plannedAtMs: () => planned?.atMs,
    setNow: (ms: number) => (nowMs = ms),
    runPlanned: async (): Promise<void> => {
      nowMs = planned?.atMs ?? nowMs;
      planned?.work();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

test("the token is renewed at 80 % of its life, and media requests carry the new one from then on", async () => {
  const { session, calls, said, plannedAtMs, runPlanned } = setUp([granted(grantOf("two"))]);
  assert.equal(plannedAtMs(), 80_000);
  await runPlanned();
  assert.deepEqual(calls, ["refresh one"]);
  assert.equal(session.authorise("http://s1:8888/live/math/p.mp4?jwt=one"), "http://s1:8888/live/math/p.mp4?jwt=two");
  assert.equal(plannedAtMs(), 160_000);
  assert.deepEqual(said, [], "the player is not told: nothing is to be reloaded");
});

test("a master that is away is asked again, and the viewer is not told", async () => {
  const { calls, said, plannedAtMs, runPlanned } = setUp([refused("unreachable"), granted(grantOf("two"))]);
  await runPlanned();
  assert.equal(plannedAtMs(), 80_500);
  await runPlanned();
  assert.deepEqual(calls, ["refresh one", "refresh one"]);
  assert.deepEqual(said, []);
});

test("an expired token is replaced by joining again", async () => {
  const { session, calls, setNow } = setUp([refused("token_refused")], [granted(grantOf("two"))]);
  setNow(500_000);
  assert.equal(await session.renewAfterRefusal("http://s1:8888/live/math/p.mp4?jwt=one"), true);
  assert.deepEqual(calls, ["refresh one", "join"]);
});

test("many refused requests make one renewal", async () => {
  const { session, calls, setNow } = setUp([granted(grantOf("two"))]);
  setNow(500_000);
  const url = "http://s1:8888/live/math/p.mp4?jwt=one";
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => session.renewAfterRefusal(url))), [true, true, true]);
  assert.deepEqual(calls, ["refresh one"]);
  assert.equal(await session.renewAfterRefusal(url), true, "a request with the old token is just repeated");
  assert.deepEqual(calls, ["refresh one"]);
});

test("a fresh token that is refused does not make a loop", async () => {
  const { session, calls, setNow } = setUp([]);
  setNow(100);
  assert.equal(await session.renewAfterRefusal("http://s1:8888/live/math/p.mp4?jwt=one"), false);
  assert.deepEqual(calls, []);
});

test("a token for another node moves the player", async () => {
  const { said, runPlanned } = setUp([granted(grantOf("two", "s2"))]);
  await runPlanned();
  assert.deepEqual(said, ["moved s2"]);
});

test("who may not watch any more is told once", async () => {
  const { said, plannedAtMs, runPlanned } = setUp([refused("token_refused")], [refused("join_code_wrong")]);
  await runPlanned();
  assert.deepEqual(said, ["refused join_code_wrong"]);
  assert.equal(plannedAtMs(), 80_000, "nothing new is planned");
});
