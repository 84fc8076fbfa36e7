import assert from "node:assert/strict";
import { test } from "node:test";
import { publishTarget } from "../../test/support/publish-target.ts";
import type { GatewayStreamCopy, GatewayView } from "../shared/protocol/gateway-messages.ts";
import { hashSecret } from "../shared/tokens/random-secrets.ts";
import { createDoor, presentMs } from "./door.ts";

function rig() {
  const world = {
    view: { now_ms: 0, settled: true, nodes: [], streams: [] } as GatewayView | undefined,
    grants: new Map([["math", hashSecret("key")]]),
    closed: new Set<string>(),
    news: undefined as Map<string, string> | undefined,
    origin: undefined as GatewayStreamCopy | undefined,
    advancedAtMs: undefined as number | undefined,
    relay: undefined as { nodeId: string | undefined; lastMediaMs: number } | undefined,
    refreshes: 0,
    nowMs: 1_000_000,
  };
  const door = createDoor({
    cluster: {
      get view() {
        return world.view;
      },
      keyHash: (name) => world.grants.get(name),
      isClosed: (name) => world.closed.has(name),
      originOf: () => world.origin,
      advancedAtMs: () => world.advancedAtMs,
      async refresh() {
        world.refreshes += 1;
        if (world.news) world.grants = world.news;
        return world.news !== undefined;
      },
    },
    relayOf: () => world.relay,
    clock: { monotonicMs: () => (world.nowMs += 1), wallMs: () => 0 },
    lookMs: 1,
  });
  return { world, door };
}

test("a key is checked from what is known; only a refusal asks the master", async () => {
  const { world, door } = rig();
  assert.deepEqual(await door.mayEnter("live/math", "key"), { ok: true, keyHash: hashSecret("key") });
  assert.equal(world.refreshes, 0);
  const cases = [
    ["live/math", "other", "wrong_key"],
    ["live/math", undefined, "wrong_key"],
    ["live/nothing", "key", "no_such_class"],
  ] as const;
  for (const [path, key, code] of cases) {
    const verdict = await door.mayEnter(path, key);
    assert.ok(!verdict.ok);
    assert.equal(verdict.code, code);
    assert.match(verdict.reason, /^[A-Z].*[.>]$/);
  }
  assert.equal(world.refreshes, 2);
});

test("a class that was made a second ago is found by asking", async () => {
  const { world, door } = rig();
  world.news = new Map([["new", hashSecret("key")]]);
  assert.ok((await door.mayEnter("live/new", "key")).ok);
});

test("a closed class is refused with its own sentence, to who has the key", async () => {
  const { world, door } = rig();
  world.closed.add("math");
  const verdict = await door.mayEnter("live/math", "key");
  assert.ok(!verdict.ok && verdict.code === "class_closed");
  assert.match(verdict.reason, /closed/);
  const guessed = await door.mayEnter("live/math", "a guess");
  assert.ok(!guessed.ok && guessed.code === "wrong_key");
  world.closed.clear();
  assert.ok((await door.mayEnter("live/math", "key")).ok);
});

test("before the master has answered nobody is let in", async () => {
  const { world, door } = rig();
  world.view = undefined;
  const verdict = await door.mayEnter("live/math", "key");
  assert.ok(!verdict.ok && verdict.code === "unavailable");
});

test("who publishes here keeps the class while it sends", async () => {
  const { world, door } = rig();
  world.relay = { nodeId: "a", lastMediaMs: world.nowMs };
  const verdict = await door.mayEnter("live/math", "key");
  assert.ok(!verdict.ok && verdict.code === "publisher_present");
  world.nowMs += presentMs;
  assert.ok((await door.mayEnter("live/math", "key")).ok);
  assert.ok(door.isFree("live/math"));
});

test("who publishes elsewhere keeps the class while it advances, and only on a slave that is heard of", async () => {
  const { world, door } = rig();
  world.origin = { node_id: "a", role: "origin", state: "live", epoch: 1, msn: 1, part: 1, lag_s: 0, in_sync: true };
  const node = publishTarget("a");
  world.view = { now_ms: 0, settled: true, nodes: [node], streams: [] };
  world.advancedAtMs = world.nowMs + 100_000;
  const verdict = await door.mayEnter("live/math", "key");
  assert.ok(!verdict.ok && verdict.code === "publisher_present");
  world.origin = { ...world.origin, state: "waiting" };
  assert.ok((await door.mayEnter("live/math", "key")).ok);
  world.origin = { ...world.origin, state: "live" };
  world.advancedAtMs = 0;
  assert.ok((await door.mayEnter("live/math", "key")).ok, "it stands still");
  world.advancedAtMs = world.nowMs + 100_000;
  world.view = { ...world.view, nodes: [{ ...node, publishable: false }] };
  assert.ok((await door.mayEnter("live/math", "key")).ok, "its slave is gone");
});
