import assert from "node:assert/strict";
import { test } from "node:test";
import { publishTarget } from "../../test/support/publish-target.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../shared/logging/logger.ts";
import type { GatewayReport, GatewayStreamCopy, GatewayView } from "../shared/protocol/gateway-messages.ts";
import { createViewKeeper } from "./view-keeper.ts";

const origin: GatewayStreamCopy = { node_id: "a", role: "origin", state: "live", epoch: 1, msn: 1, part: 0, lag_s: 0, in_sync: true };

function rig() {
  const world = {
    nowMs: 0,
    reports: [] as GatewayReport[],
    away: false,
    slow: undefined as Promise<void> | undefined,
    changes: 0,
    answer: {
      now_ms: 600_000,
      settled: true,
      class_grants: { version: "7", classes: [{ name: "math", stream_key_hash: "hash" }] },
      nodes: [],
      streams: [{ path: "live/math", copies: [origin] }],
    } as GatewayView,
  };
  const keeper = createViewKeeper(
    { intervalMs: 3_600_000 },
    {
      async exchange(report) {
        world.reports.push(report);
        await world.slow;
        if (world.away) throw new Error("ECONNREFUSED");
        return world.answer;
      },
      report: () => ({ node_id: "gateway-1", rtmp_port: 1935, relays: [] }),
      changed: () => (world.changes += 1),
      clock: { monotonicMs: () => world.nowMs, wallMs: () => 1_000 + world.nowMs },
      logger: createLogger("silent", {}),
    },
  );
  const ask = async () => {
    world.nowMs += 1_000;
    return keeper.refresh();
  };
  return { world, keeper, ask };
}

test("keeps what the master said while it is away: classes, clock, streams", async () => {
  const { world, keeper, ask } = rig();
  assert.equal(keeper.view, undefined);
  assert.equal(await ask(), true);
  assert.equal(keeper.keyHash("math"), "hash");
  assert.equal(keeper.originOf("live/math")?.node_id, "a");
  const clusterTimeMs = keeper.clusterTimeMs();
  assert.ok(Math.abs(clusterTimeMs - 600_000) < 1_000, `${clusterTimeMs}`);
  world.away = true;
  assert.equal(await ask(), false);
  assert.equal(world.changes, 1);
  assert.equal(keeper.keyHash("math"), "hash");
  assert.equal(keeper.view, world.answer);
});

test("class grants are sent only when they are new, and replace the old ones whole", async () => {
  const { world, keeper, ask } = rig();
  await ask();
  const { class_grants: _, ...without } = world.answer;
  world.answer = without;
  await ask();
  assert.deepEqual(
    world.reports.map((report) => report.class_grants_version),
    [undefined, "7"],
  );
  assert.equal(keeper.keyHash("math"), "hash");
  world.answer = { ...without, class_grants: { version: "8", classes: [] } };
  await ask();
  assert.equal(keeper.keyHash("math"), undefined);
});

test("tells when an origin went on, by what changes from view to view", async () => {
  const { world, keeper, ask } = rig();
  await ask();
  const firstMs = keeper.advancedAtMs("live/math");
  await ask();
  assert.equal(keeper.advancedAtMs("live/math"), firstMs);
  world.answer = { ...world.answer, streams: [{ path: "live/math", copies: [{ ...origin, part: 1 }] }] };
  await ask();
  assert.equal(keeper.advancedAtMs("live/math"), world.nowMs);
  world.answer = { ...world.answer, streams: [] };
  await ask();
  assert.equal(keeper.advancedAtMs("live/math"), undefined);
});

test("a master that has just started takes nobody away before all had time to come back", async () => {
  const { world, keeper, ask } = rig();
  world.answer = { ...world.answer, nodes: [publishTarget("a")] };
  await ask();
  world.answer = { ...world.answer, settled: false, streams: [], nodes: [publishTarget("b")] };
  await ask();
  assert.deepEqual(
    keeper.view?.nodes.map(({ node_id }) => node_id),
    ["b", "a"],
  );
  assert.equal(keeper.originOf("live/math")?.node_id, "a");
  world.answer = { ...world.answer, settled: true };
  await ask();
  assert.deepEqual(
    keeper.view?.nodes.map(({ node_id }) => node_id),
    ["b"],
  );
  assert.equal(keeper.originOf("live/math"), undefined);
});

test("of two origins the one that wins counts; a replica is none", async () => {
  const { world, keeper, ask } = rig();
  const copies = [origin, { ...origin, node_id: "c", epoch: 3, role: "replica" as const }, { ...origin, node_id: "b", epoch: 2 }];
  world.answer = { ...world.answer, streams: [{ path: "live/math", copies }] };
  await ask();
  assert.equal(keeper.originOf("live/math")?.node_id, "b");
});

test("many who want news at once ask once", async () => {
  const { world, keeper } = rig();
  world.nowMs += 5_000;
  assert.deepEqual(await Promise.all([keeper.refresh(), keeper.refresh(), keeper.refresh()]), [true, true, true]);
  assert.equal(world.reports.length, 1);
  keeper.stop();
  keeper.tell();
  assert.equal(world.reports.length, 1);
});

test("what is to be told now does not wait for the next round, also when one is under way that does not know of it", async () => {
  const { world, keeper } = rig();
  let release = () => {};
  world.slow = new Promise((resolve) => (release = resolve));
  const first = keeper.refresh();
  await sleep(10);
  assert.equal(world.reports.length, 1);
  keeper.tell();
  keeper.tell();
  release();
  await first;
  await sleep(10);
  assert.equal(world.reports.length, 2);
  keeper.tell();
  assert.equal(world.reports.length, 3);
  keeper.stop();
});

test("a question of its own waits for no round, and no longer than it may", async () => {
  const { world, keeper } = rig();
  const view = await keeper.ask(1_000);
  assert.equal(view, world.answer);
  assert.equal(keeper.view, world.answer);
  world.slow = new Promise(() => {});
  const round = keeper.refresh();
  assert.equal(await keeper.ask(20), undefined);
  world.slow = undefined;
  assert.equal(await keeper.ask(1_000), world.answer);
  world.away = true;
  assert.equal(await keeper.ask(1_000), undefined);
  keeper.stop();
  assert.ok(round);
});
