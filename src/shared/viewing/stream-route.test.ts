import assert from "node:assert/strict";
import { test } from "node:test";
import { createStreamRoute } from "./stream-route.ts";
import type { TokenClient } from "./token-client.ts";
import type { TokenAnswer, TokenGrant } from "./token-grant.ts";

const grantOf = (token: string, node: string): TokenGrant => ({
  token,
  nodeId: node,
  expiresInS: 100,
  hlsUrl: `http://${node}:8888/live/math/index.m3u8?jwt=${token}`,
  classTitle: "Math",
  clockOffsetMs: 0,
});
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

function setUp(...grants: TokenGrant[]) {
  const said: string[] = [];
  const timers: (() => void)[] = [];
  let nowMs = 10_000;
  const next = async (): Promise<TokenAnswer> => {
    const grant = grants.shift();
    return grant ? { granted: true, grant } : { granted: false, refusal: { reason: "no_such_class", retryAfterS: undefined } };
  };
  const client: TokenClient = { join: next, refresh: next };
  const route = createStreamRoute(
    { userId: "kim", className: "math", joinCode: undefined },
    grantOf("one", "s1"),
    // The first timer is that of the token's renewal, which is of no interest here.
    {
      client,
      monotonicMs: () => nowMs,
      wallMs: () => nowMs,
      random: () => 0.5,
      schedule: (work, ms) => (ms < 10_000 && timers.push(work), () => undefined),
    },
    { trouble: (status) => said.push(`trouble ${status}`), moved: () => said.push("moved"), refused: ({ reason }) => said.push(reason) },
  );
  const runTimers = async (): Promise<void> => {
    for (const work of timers.splice(0)) work();
    await settle();
  };
  return { route, said, runTimers, setNow: (ms: number) => (nowMs = ms) };
}

test(
  "a failed request is held, and repeated at the next node; one that hangs at the old node is sent anew",
  { timeout: 5_000 },
  async () => {
    const { route, said, runTimers } = setUp(grantOf("two", "s2"));
    let again = 0;
    const leave = route.enter({ kind: "media", nodeId: () => "s1", again: () => (again += 1) });
    route.enter({ kind: "media", nodeId: () => "s2", again: () => assert.fail("it is where it should be") });
    const held = route.failed(route.grant(), 0);
    await runTimers();
    assert.equal(await held, true);
    assert.deepEqual([again, said, route.moves], [1, ["trouble 0", "moved"], 1]);
    const { url, sentTo } = route.resolve("http://s1:8888/live/math/source/part-7.1.m4s");
    assert.deepEqual([url, sentTo.nodeId], ["http://s2:8888/live/math/source/part-7.1.m4s?jwt=two", "s2"]);
    leave();
    assert.equal(route.transfers, 1);
  },
);

test("what failed at a node that was left, or under the token before, is just repeated", { timeout: 5_000 }, async () => {
  const { route, said, runTimers, setNow } = setUp(grantOf("two", "s1"));
  // Refused right after it came, a token would mean the wrong node.
  setNow(60_000);
  const old = route.grant();
  const held = route.failed(old, 401);
  await runTimers();
  assert.equal(await held, true);
  assert.equal(await route.failed(old, 401), true);
  assert.equal(await route.failed({ nodeId: "s0", token: "zero" }, 0), true);
  assert.deepEqual(said, ["trouble 401"]);
});

test("advice moves without sending anything anew", { timeout: 5_000 }, async () => {
  const { route, said } = setUp(grantOf("two", "s2"));
  route.enter({ kind: "media", nodeId: () => "s1", again: () => assert.fail("it is served to its end") });
  route.answered("s1", "playlist", "http://s1:8888/live/math/source/stream.m3u8", true);
  await settle();
  assert.deepEqual([route.grant().nodeId, said], ["s2", ["moved"]]);
});

test("when the viewer may not watch any more, held requests end", { timeout: 5_000 }, async () => {
  const { route, said, runTimers } = setUp();
  const held = route.failed(route.grant(), 403);
  await runTimers();
  assert.equal(await held, false);
  assert.deepEqual(said, ["trouble 403", "no_such_class"]);
  assert.equal(await route.failed(route.grant(), 0), false);
});

test("a device that has a network again tries what waits at once, and holds nothing against its node", { timeout: 5_000 }, async () => {
  const { route, runTimers } = setUp();
  const held = route.failed(route.grant(), 0);
  route.reconnected();
  assert.equal(await held, true);
  assert.equal(route.grant().nodeId, "s1");
  await runTimers();
  assert.equal(route.moves, 0, "the question that was planned is not asked any more");
});

test("a device that wakes sends anew what was under way when it fell asleep", () => {
  const { route } = setUp();
  let again = 0;
  route.enter({ kind: "media", nodeId: () => "s1", again: () => (again += 1) });
  route.enter({ kind: "playlist", nodeId: () => undefined, again: () => assert.fail("it waits for its turn") });
  route.woke();
  assert.equal(again, 1);
  route.stop();
  route.woke();
  assert.equal(again, 1);
});
