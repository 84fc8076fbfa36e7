import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "./router.ts";
import type { OverloadPolicy } from "./policy.ts";

function makeRouter(nodes: number, options: { overload?: OverloadPolicy; max?: number } = {}) {
  let now = 0;
  const clock = { monotonicMs: () => now, wallMs: () => now };
  const router = createRouter({ routing: "least-load", overload: options.overload ?? "distribute" }, { clock });
  const numbers = { maxConnections: options.max ?? 150, connections: 0, follows: true, routableUntilMs: Number.POSITIVE_INFINITY };
  const ids = Array.from({ length: nodes }, (_, index) => `slave-${index + 1}`);
  for (const id of ids) router.put(id, numbers);
  return { router, ids, numbers, advance: (ms: number) => (now += ms) };
}

test("500 joins between two heartbeats are spread evenly over 3 nodes", () => {
  const { router, ids } = makeRouter(3);
  for (let viewer = 0; viewer < 500; viewer += 1) router.place(`viewer-${viewer}`, { path: "live/math" });
  const counts = ids.map((id) => router.seatsOf(id)?.reserved ?? 0);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    500,
  );
  for (const count of counts) assert.ok(count <= (500 / 3) * 1.02, `${count} of 500 on one of three`);
});

test("with reject, exactly as many get in as there are places", () => {
  const { router } = makeRouter(3, { overload: "reject" });
  const kinds = Array.from({ length: 500 }, (_, viewer) => router.place(`viewer-${viewer}`, { path: "live/math" }).kind);
  assert.equal(kinds.filter((kind) => kind === "chosen").length, 450);
  assert.equal(kinds.filter((kind) => kind === "no_capacity").length, 50);
});

test("heartbeats take viewers over one by one; the sum never changes", () => {
  const { router, ids, numbers, advance } = makeRouter(3, { overload: "reject" });
  const on = new Map<string, string[]>();
  for (let viewer = 0; viewer < 450; viewer += 1) {
    const choice = router.place(`viewer-${viewer}`, { path: "live/math" });
    assert.equal(choice.kind, "chosen");
    if (choice.kind === "chosen") on.set(choice.seats.nodeId, [...(on.get(choice.seats.nodeId) ?? []), `viewer-${viewer}`]);
  }
  for (const id of ids) {
    advance(1_000);
    const viewers = on.get(id) ?? [];
    for (const seen of [40, 150]) {
      router.put(id, { ...numbers, connections: seen });
      router.claim(id, viewers.slice(0, seen));
      const seats = router.seatsOf(id);
      assert.equal((seats?.connections ?? 0) + (seats?.reserved ?? 0), 150);
      assert.equal(router.place("late", { path: "live/math" }).kind, "no_capacity");
    }
  }
});

test("keeping a place does not take a second one", () => {
  const { router, numbers, advance } = makeRouter(1, { overload: "reject", max: 1 });
  assert.equal(router.place("one", { path: "live/math" }).kind, "chosen");
  advance(10_000);
  assert.equal(router.keep("one", "slave-1", { path: "live/math" }), true);
  advance(10_000);
  assert.equal(router.seatsOf("slave-1")?.reserved, 1, "renewed, once");
  router.put("slave-1", { ...numbers, connections: 1 });
  router.claim("slave-1", ["one"]);
  assert.equal(router.keep("one", "slave-1", { path: "live/math" }), true, "full, but this viewer is one of those");
  assert.equal(router.seatsOf("slave-1")?.reserved, 0);
  router.put("slave-1", { ...numbers, routableUntilMs: Number.NEGATIVE_INFINITY });
  assert.equal(router.keep("one", "slave-1", { path: "live/math" }), false, "draining");
  assert.equal(router.keep("one", "gone", { path: "live/math" }), false);
});

test("preview holds nothing", () => {
  const { router } = makeRouter(2);
  router.preview({ path: "live/math" });
  assert.equal((router.seatsOf("slave-1")?.reserved ?? 0) + (router.seatsOf("slave-2")?.reserved ?? 0), 0);
});

test("a place is not kept where the stream cannot be watched", () => {
  const router = createRouter({ routing: "least-load", overload: "distribute" }, { clock: { monotonicMs: () => 0, wallMs: () => 0 } });
  for (const nodeId of ["a", "b"])
    router.put(nodeId, { maxConnections: 10, connections: 0, follows: false, routableUntilMs: Number.POSITIVE_INFINITY });
  router.place("jti-1", { path: "live/math", exclude: new Set(["b"]) });
  assert.equal(router.keep("jti-1", "a", { path: "live/math", carriers: new Set() }), true, "nobody publishes yet");
  assert.equal(router.keep("jti-1", "a", { path: "live/math", carriers: new Set(["b"]) }), false);
  assert.equal(router.keep("jti-1", "a", { path: "live/math", carriers: new Set(["a"]) }), true);
});
