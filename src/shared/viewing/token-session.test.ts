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
  classTitle: "Math",
  clockOffsetMs: 0,
});
const granted = (grant: TokenGrant): TokenAnswer => ({ granted: true, grant });
const refused = (reason: RefusalReason): TokenAnswer => ({ granted: false, refusal: { reason, retryAfterS: undefined } });

function setUp(refreshes: TokenAnswer[], joins: TokenAnswer[] = []) {
  const calls: string[] = [];
  const said: string[] = [];
  let nowMs = 0;
  /** Timers stand while the device sleeps. */
  let sleptMs = 0;
  let planned: { work: () => void; atMs: number } | undefined;
  const client: TokenClient = {
    join: async ({ exclude = [] }) => (calls.push(`join ${exclude.join()}`.trim()), joins.shift() ?? refused("unreachable")),
    refresh: async (token, exclude = []) => (
      calls.push(`refresh ${token} ${exclude.join()}`.trim()),
      refreshes.shift() ?? refused("unreachable")
    ),
  };
  const session = createTokenSession(
    { userId: "kim", className: "math", joinCode: undefined },
    grantOf("one"),
    {
      client,
      wallMs: () => nowMs + sleptMs,
      random: () => 0,
      schedule: (work, delayMs) => {
        const entry = { work, atMs: nowMs + delayMs };
        planned = entry;
        return () => {
          if (planned === entry) planned = undefined;
        };
      },
    },
    { granted: ({ token, nodeId }) => said.push(`granted ${token} ${nodeId}`), refused: ({ reason }) => said.push(`refused ${reason}`) },
  );
  return {
    session,
    calls,
    said,
    sleep: (ms: number) => (sleptMs += ms),
    plannedAtMs: () => planned?.atMs,
    runPlanned: async (): Promise<void> => {
      nowMs = planned?.atMs ?? nowMs;
      planned?.work();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

test("the token is renewed at 80 % of its life, again and again", async () => {
  const { session, calls, said, plannedAtMs, runPlanned } = setUp([granted(grantOf("two"))]);
  assert.equal(plannedAtMs(), 80_000);
  await runPlanned();
  assert.deepEqual(calls, ["refresh one"]);
  assert.equal(session.grant().token, "two");
  assert.equal(plannedAtMs(), 160_000);
  assert.deepEqual(said, ["granted two s1"]);
});

test("a master that is away is asked again, and the viewer is not told", async () => {
  const { calls, said, plannedAtMs, runPlanned } = setUp([refused("unreachable"), granted(grantOf("two"))]);
  await runPlanned();
  assert.equal(plannedAtMs(), 80_500);
  await runPlanned();
  assert.deepEqual(calls, ["refresh one", "refresh one"]);
  assert.deepEqual(said, ["granted two s1"]);
});

test("an expired token is replaced by joining again, with the same exclusions", async () => {
  const { session, calls } = setUp([refused("token_refused")], [granted(grantOf("two", "s2"))]);
  assert.equal(await session.move(["s1"]), "granted");
  assert.deepEqual(calls, ["refresh one s1", "join s1"]);
});

test("who wants to move hears what the master said, and the renewal stays planned", async () => {
  const { session, plannedAtMs } = setUp([refused("unreachable"), refused("no_node"), granted(grantOf("two", "s2"))]);
  assert.equal(await session.move(["s1"]), "master_unreachable");
  assert.equal(await session.move(["s1"]), "no_node");
  assert.equal(plannedAtMs(), 80_000);
  assert.equal(await session.move(["s1"]), "granted");
  assert.equal(session.grant().nodeId, "s2");
});

test("questions at the same time are one, unless the answer is a node that one of them excludes", async () => {
  const same = setUp([granted(grantOf("two", "s2"))]);
  assert.deepEqual(await Promise.all([same.session.move(["s1"]), same.session.move(["s1"])]), ["granted", "granted"]);
  assert.deepEqual(same.calls, ["refresh one s1"]);
  const renewed = setUp([granted(grantOf("two")), granted(grantOf("three", "s2"))]);
  await Promise.all([renewed.session.move([]), renewed.session.move(["s1"])]);
  assert.deepEqual(renewed.calls, ["refresh one", "refresh two s1"]);
});

test("a candidate is looked at without being taken, and must not be an excluded node", async () => {
  const { session, said } = setUp([], [granted(grantOf("two", "s2")), granted(grantOf("three"))]);
  const candidate = await session.candidate(["s1"]);
  assert.equal(candidate?.nodeId, "s2");
  assert.deepEqual([session.grant().token, said], ["one", []]);
  assert.equal(await session.candidate(["s1"]), undefined);
  assert.equal(await session.candidate(["s1"]), undefined, "no answer, no candidate");
  session.adopt(grantOf("two", "s2"));
  assert.deepEqual(said, ["granted two s2"]);
});

test("who may not watch any more is told once", async () => {
  const { said, plannedAtMs, runPlanned } = setUp([refused("token_refused")], [refused("join_code_wrong")]);
  await runPlanned();
  assert.deepEqual(said, ["refused join_code_wrong"]);
  assert.equal(plannedAtMs(), 80_000, "nothing new is planned");
});

test("who was sent away does not come back by itself", async () => {
  for (const reason of ["removed", "class_closed"] as const) {
    const { session, calls, said } = setUp([refused(reason)], [granted(grantOf("two"))]);
    assert.equal(await session.move([]), "refused");
    assert.deepEqual([calls, said], [["refresh one"], [`refused ${reason}`]]);
  }
});

test("whose token has ended while the cluster has filled up waits in the line again; a move alone does not", async () => {
  const slept = setUp([refused("token_refused")], [refused("full")]);
  assert.equal(await slept.session.move([]), "refused");
  assert.deepEqual(slept.said, ["refused full"]);
  const moving = setUp([refused("full")]);
  assert.equal(await moving.session.move(["s1"]), "master_unreachable");
  assert.deepEqual(moving.said, []);
});

test("a device that wakes renews what is due by the clock on the wall, at once; what is not, in time", async () => {
  const { session, calls, sleep, plannedAtMs } = setUp([granted(grantOf("two"))]);
  session.woke();
  assert.deepEqual([calls, plannedAtMs()], [[], 80_000]);
  sleep(30_000);
  session.woke();
  assert.deepEqual([calls, plannedAtMs()], [[], 50_000]);
  sleep(-3_600_000);
  session.woke();
  assert.equal(plannedAtMs(), 50_000, "a clock that is set back delays nothing");
  sleep(7_200_000);
  session.woke();
  session.woke();
  assert.deepEqual(calls, ["refresh one"]);
});
