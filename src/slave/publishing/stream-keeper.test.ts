import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createStreamKeeper } from "./stream-keeper.ts";

function setUp() {
  const world = {
    nowMs: 0,
    streams: new Map<string, "live" | "waiting">(),
    publishers: new Set<string>(),
    allowed: new Set<string>(),
    classes: new Set<string>(),
    viewers: new Map<string, number>(),
    replicas: new Set<string>(),
    forgotten: [] as string[],
  };
  const keeper = createStreamKeeper({
    streams: { list: () => [...world.streams].map(([path, state]) => ({ path, state })), remove: (path) => world.streams.delete(path) },
    engine: { publishers: () => [...world.publishers].map((path) => ({ path })), disconnect: (path) => world.publishers.delete(path) },
    gate: { isStillAllowed: (path) => world.allowed.has(path) },
    isReplica: (path) => world.replicas.has(path),
    forget: (path) => void world.forgotten.push(path),
    isClass: (name) => world.classes.has(name),
    viewersByPath: () => world.viewers,
    clock: { monotonicMs: () => world.nowMs, wallMs: () => 0 },
    logger: pino({ level: "silent" }),
  });
  return { world, keeper };
}

test("a publisher whose key was rotated is cut off, others are not", () => {
  const { world, keeper } = setUp();
  world.publishers = new Set(["live/a", "live/b"]);
  world.allowed = new Set(["live/a"]);
  keeper.sweep();
  assert.deepEqual([...world.publishers], ["live/a"]);
});

test("a deleted class takes its stream along", () => {
  const { world, keeper } = setUp();
  world.classes = new Set(["a"]);
  world.streams = new Map([
    ["live/a", "live"],
    ["live/b", "live"],
  ]);
  keeper.sweep();
  assert.deepEqual([...world.streams.keys()], ["live/a"]);
  assert.deepEqual(world.forgotten, ["live/b"]);
});

test("a copy of another node's stream is not the keeper's to let go of, but with its class", () => {
  const { world, keeper } = setUp();
  world.classes = new Set(["a"]);
  world.replicas = new Set(["live/a"]);
  world.streams = new Map([["live/a", "waiting"]]);
  for (const minutes of [0, 20, 40]) {
    world.nowMs = minutes * 60_000;
    keeper.sweep();
  }
  assert.ok(world.streams.has("live/a"));
  world.classes.clear();
  keeper.sweep();
  assert.ok(!world.streams.has("live/a"));
});

test("a stream that waits is kept through a break, and as long as somebody watches", () => {
  const { world, keeper } = setUp();
  world.classes = new Set(["a"]);
  world.streams = new Map([["live/a", "waiting"]]);
  const at = (minutes: number) => {
    world.nowMs = minutes * 60_000;
    keeper.sweep();
    return world.streams.has("live/a");
  };
  assert.ok(at(0));
  assert.ok(at(14));
  world.viewers.set("live/a", 1);
  assert.ok(at(16), "watched");
  world.viewers.clear();
  assert.ok(at(17), "counts from the last viewer");
  assert.ok(at(31));
  assert.ok(!at(33));
});
