import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo } from "../../../test/support/node-info.ts";
import { systemClock } from "../../shared/kernel/clock.ts";
import { createLogger } from "../../shared/logging/logger.ts";
import { createRegistry } from "./registry.ts";
import type { RegistryConfig } from "./registry.ts";

/** A clock and timers that stand still until `advance`; `lateMs` makes every timer that late. */
function fakeTime(lateMs = 0) {
  let now = 0;
  const timers = new Set<{ atMs: number; run: () => void }>();
  return {
    clock: { monotonicMs: () => now, wallMs: () => 1_700_000_000_000 + now },
    setTimer: (run: () => void, delayMs: number) => {
      const timer = { atMs: now + delayMs + lateMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advanceTo(target: number) {
      for (;;) {
        const next = [...timers].filter((timer) => timer.atMs <= target).toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.atMs);
        next.run();
      }
      now = target;
    },
    pending: () => timers.size,
  };
}

function makeRegistry(options: Partial<RegistryConfig> & { lateMs?: number } = {}) {
  const time = fakeTime(options.lateMs);
  const events: string[] = [];
  const config = { warningPercent: 70, criticalPercent: 90, offlineAfterMs: 30_000, ...options };
  const registry = createRegistry(config, {
    clock: time.clock,
    setTimer: time.setTimer,
    logger: createLogger("silent", {}),
    listener: {
      changed: (node) => events.push(`${time.clock.monotonicMs()} ${node.info.nodeId} ${node.status}`),
      gone: (nodeId) => events.push(`${time.clock.monotonicMs()} ${nodeId} gone`),
    },
  });
  return { time, events, registry };
}

const info = (nodeId: string, instance = "instance-1") => nodeInfo(nodeId, { instance, maxConnections: 150 });

const load = (connections: number, more: { originStreams?: number; leaving?: boolean } = {}) => ({
  connections,
  cpu: 1,
  memory: 2,
  bandwidthMbps: undefined,
  originStreams: 0,
  leaving: false,
  ...more,
});

test("a node that falls silent: suspect, offline at its exact deadline, forgotten after ten minutes, back before that", () => {
  const { registry, time, events } = makeRegistry();
  registry.register(info("a"));
  time.advanceTo(1_000);
  registry.heartbeat("a", load(10), {});
  time.advanceTo(700_000);
  assert.deepEqual(events, ["0 a registering", "1000 a healthy", "11500 a suspect", "31000 a offline", "601000 a gone"]);
  assert.equal(registry.size, 0);
  assert.equal(time.pending(), 0);
  assert.equal(registry.heartbeat("a", load(0), {}).kind, "unknown");
});

test("heartbeats in time keep it alive, with one timer", () => {
  const { registry, time } = makeRegistry();
  registry.register(info("a"));
  for (let now = 0; now <= 100_000; now += 5_000) {
    time.advanceTo(now);
    assert.equal(registry.heartbeat("a", load(10), {}).kind, "accepted");
    assert.equal(time.pending(), 1);
  }
  time.advanceTo(129_999);
  assert.equal(registry.get("a")?.status, "suspect");
  time.advanceTo(130_000);
  assert.equal(registry.get("a")?.status, "offline");
  registry.heartbeat("a", load(110), {});
  assert.equal(registry.get("a")?.status, "warning");
});

test("a late timer never shows a wrong state", () => {
  const { registry, time, events } = makeRegistry({ lateMs: 2_000 });
  registry.register(info("a"));
  registry.heartbeat("a", load(0), {});
  time.advanceTo(10_499);
  assert.equal(registry.get("a")?.status, "healthy");
  time.advanceTo(10_500);
  assert.equal(registry.list()[0]?.status, "suspect");
  time.advanceTo(30_000);
  assert.equal(registry.get("a")?.status, "offline");
  assert.deepEqual(events.slice(2), ["10500 a suspect", "30000 a offline"]);
});

test("heartbeats out of order do not turn the load back, and prove no life", () => {
  const { registry, time } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(20), { seq: 7 });
  time.advanceTo(9_000);
  assert.equal(registry.heartbeat("a", load(3), { seq: 6 }).kind, "stale");
  assert.equal(registry.heartbeat("a", load(3), { seq: 7 }).kind, "stale");
  assert.equal(registry.get("a")?.load.connections, 20);
  time.advanceTo(10_500);
  assert.equal(registry.get("a")?.status, "suspect");
});

test("a new instance replaces the old one, whose heartbeats are then refused", () => {
  const { registry } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(20), { instance: "instance-1", seq: 90 });
  registry.register(info("a", "instance-2"));
  assert.equal(registry.get("a")?.status, "registering");
  assert.equal(registry.get("a")?.load.connections, 0);
  assert.equal(registry.heartbeat("a", load(1), { instance: "instance-1", seq: 91 }).kind, "superseded");
  assert.equal(registry.heartbeat("a", load(1), { instance: "instance-2", seq: 0 }).kind, "accepted");
  assert.equal(registry.size, 1);
});

test("the same instance registering again keeps what it reported", () => {
  const { registry } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(120), { seq: 5 });
  registry.register(info("a"));
  assert.equal(registry.get("a")?.status, "warning");
  assert.equal(registry.heartbeat("a", load(121), { seq: 0 }).kind, "accepted");
});

test("draining survives silence and registration", () => {
  const { registry, time } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(0), {});
  assert.equal(registry.setDraining("a", 60_000)?.status, "draining");
  time.advanceTo(20_000);
  registry.register(info("a", "instance-2"));
  registry.heartbeat("a", load(3), {});
  assert.equal(registry.get("a")?.status, "draining");
  assert.equal(registry.get("a")?.drainDeadlineMs, 60_000);
  assert.equal(registry.setDraining("a", undefined)?.status, "healthy");
  assert.equal(registry.get("a")?.drainDeadlineMs, undefined);
  assert.equal(registry.setDraining("nobody", 60_000), undefined);
});

test("drained: when a heartbeat since the order names neither viewers nor own streams", () => {
  const { registry } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(0), {});
  assert.equal(registry.setDraining("a", 60_000)?.status, "draining", "not by a heartbeat of before");
  const table: [ReturnType<typeof load>, string][] = [
    [load(3), "draining"],
    [load(0, { originStreams: 1 }), "draining"],
    [load(0), "drained"],
    [load(1), "draining"],
    [load(0), "drained"],
  ];
  for (const [report, status] of table) {
    registry.heartbeat("a", report, {});
    assert.equal(registry.get("a")?.status, status);
    assert.equal(registry.get("a")?.routableUntilMs, Number.NEGATIVE_INFINITY);
  }
  assert.equal(registry.setDraining("a", undefined)?.status, "healthy");
});

test("a node that leaves is as good as draining, until it registers again", () => {
  const { registry } = makeRegistry();
  for (const id of ["a", "b"]) {
    registry.register(info(id));
    registry.heartbeat(id, load(0), {});
  }
  assert.equal(registry.routableNodes, 2);
  registry.heartbeat("a", load(4, { leaving: true }), {});
  assert.deepEqual([registry.get("a")?.status, registry.get("a")?.draining, registry.routableNodes], ["draining", true, 1]);
  registry.heartbeat("a", load(0, { leaving: true }), {});
  assert.equal(registry.get("a")?.status, "drained");
  registry.register(info("a", "instance-2"));
  registry.heartbeat("a", load(0), {});
  assert.deepEqual([registry.get("a")?.status, registry.routableNodes], ["healthy", 2]);
});

test("a failed probe makes suspect at once; a heartbeat brings it back, and offline is not a moment earlier", () => {
  const { registry, time, events } = makeRegistry();
  registry.register(info("a"));
  registry.heartbeat("a", load(10), {});
  time.advanceTo(1_000);
  registry.probeFailed("a");
  registry.probeFailed("nobody");
  assert.deepEqual([registry.get("a")?.status, registry.get("a")?.unreachable, registry.routableNodes], ["suspect", true, 0]);
  time.advanceTo(2_000);
  registry.heartbeat("a", load(10), {});
  assert.deepEqual([registry.get("a")?.status, registry.get("a")?.unreachable], ["healthy", false]);
  time.advanceTo(3_000);
  registry.probeFailed("a");
  time.advanceTo(31_999);
  assert.equal(registry.get("a")?.status, "suspect");
  time.advanceTo(32_000);
  assert.ok(events.includes("32000 a offline"), events.join());
  registry.probeFailed("a");
  assert.equal(registry.get("a")?.status, "offline");
});

test("the number of nodes is bounded; an offline one makes room", () => {
  const { registry, time } = makeRegistry({ maxNodes: 2 });
  registry.register(info("a"));
  registry.register(info("b"));
  assert.equal(registry.register(info("c")), "too_many_nodes");
  assert.equal(registry.register(info("a", "instance-2")), "registered");
  time.advanceTo(20_000);
  registry.heartbeat("a", load(0), {});
  time.advanceTo(31_000);
  assert.equal(registry.register(info("c")), "registered");
  assert.deepEqual(
    registry.list().map((node) => node.info.nodeId),
    ["a", "c"],
  );
});

test("deregistration and stop leave no timer", () => {
  const { registry, time } = makeRegistry();
  registry.register(info("a"));
  registry.register(info("b"));
  assert.equal(registry.deregister("a"), true);
  assert.equal(registry.deregister("a"), false);
  assert.equal(time.pending(), 1);
  registry.stop();
  assert.equal(time.pending(), 0);
});

test("with real timers too, nobody is called offline early", async () => {
  const startedMs = performance.now();
  const keepAlive = setTimeout(() => {}, 10_000);
  const offlineAt = await new Promise<number>((resolve) => {
    const registry = createRegistry(
      { warningPercent: 70, criticalPercent: 90, offlineAfterMs: 60 },
      {
        clock: systemClock,
        logger: createLogger("silent", {}),
        listener: {
          changed(node) {
            if (node.status !== "offline") return;
            registry.stop();
            resolve(performance.now());
          },
          gone: () => {},
        },
      },
    );
    registry.register(info("a"));
    registry.heartbeat("a", load(0), {});
  });
  clearTimeout(keepAlive);
  assert.ok(offlineAt - startedMs >= 60, `after ${offlineAt - startedMs} ms`);
});
