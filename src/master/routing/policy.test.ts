import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLeastLoaded, chooseSticky, stickyBound } from "./policy.ts";
import type { OverloadPolicy, RoutingPolicy, SeatRequest, Seats } from "./policy.ts";
import { hashOf } from "./stable-hash.ts";

function seats(nodeId: string, used: number, options: { max?: number; until?: number; reserved?: number; follows?: boolean } = {}): Seats {
  const { max = 150, until = Number.POSITIVE_INFINITY, reserved = 0, follows = true } = options;
  return { nodeId, nodeHash: hashOf(nodeId), maxConnections: max, connections: used, reserved, routableUntilMs: until, follows };
}

const path = "live/math";

function choose(
  policy: RoutingPolicy,
  nodes: Seats[],
  request: Partial<SeatRequest> = {},
  overload: OverloadPolicy = "distribute",
  random = 0.5,
) {
  const choice = policy(nodes, { path, ...request }, 1_000, { overload, random: () => random });
  return choice.kind === "chosen" ? `${choice.seats.nodeId} ${choice.reason}` : choice.kind;
}

test("least-load: a table of choices", () => {
  const cases: { name: string; nodes: Seats[]; request?: Partial<SeatRequest>; overload?: OverloadPolicy; expected: string }[] = [
    { name: "nobody", nodes: [], expected: "no_node" },
    { name: "the emptier one", nodes: [seats("a", 10), seats("b", 5)], expected: "b least_load" },
    { name: "reservations count", nodes: [seats("a", 10), seats("b", 5, { reserved: 6 })], expected: "a least_load" },
    {
      name: "a stream is served only by who carries it, where nobody fetches",
      nodes: [seats("a", 10, { follows: false }), seats("b", 100, { follows: false })],
      request: { carriers: new Set(["b"]) },
      expected: "b has_stream",
    },
    {
      name: "before anybody publishes, everybody will do",
      nodes: [seats("a", 10, { follows: false }), seats("b", 100, { follows: false })],
      request: { carriers: new Set() },
      expected: "a least_load",
    },
    {
      name: "the only carrier is excluded",
      nodes: [seats("a", 10, { follows: false }), seats("b", 100, { follows: false })],
      request: { carriers: new Set(["b"]), exclude: new Set(["b"]) },
      expected: "no_node",
    },
    { name: "share, not number", nodes: [seats("a", 10, { max: 1_000 }), seats("b", 5)], expected: "a least_load" },
    { name: "silent since", nodes: [seats("a", 0, { until: 1_000 }), seats("b", 99)], expected: "b least_load" },
    {
      name: "tie: who has the stream",
      nodes: [seats("a", 5), seats("b", 5)],
      request: { carriers: new Set(["b"]) },
      expected: "b has_stream",
    },
    {
      name: "the stream does not outweigh load",
      nodes: [seats("a", 5), seats("b", 6)],
      request: { carriers: new Set(["b"]) },
      expected: "a least_load",
    },
    { name: "excluded", nodes: [seats("a", 0), seats("b", 9)], request: { exclude: new Set(["a"]) }, expected: "b least_load" },
    { name: "all excluded", nodes: [seats("a", 0)], request: { exclude: new Set(["a"]) }, expected: "no_node" },
    { name: "all full, distribute", nodes: [seats("a", 151), seats("b", 150)], expected: "b least_load" },
    { name: "all full, reject", nodes: [seats("a", 151), seats("b", 150)], overload: "reject", expected: "no_capacity" },
    { name: "one seat left, reject", nodes: [seats("a", 150), seats("b", 149)], overload: "reject", expected: "b least_load" },
    { name: "reserved full, reject", nodes: [seats("a", 100, { reserved: 50 })], overload: "reject", expected: "no_capacity" },
  ];
  for (const { name, nodes, request, overload, expected } of cases) {
    assert.equal(choose(chooseLeastLoaded, nodes, request, overload), expected, name);
  }
});

test("least-load: ties are broken evenly", () => {
  const nodes = ["a", "b", "c", "d"].map((id) => seats(id, 7));
  const counts = new Map<string, number>();
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 4_000; round += 1) {
    const choice = chooseLeastLoaded(nodes, { path }, 0, { overload: "distribute", random });
    assert.equal(choice.kind, "chosen");
    if (choice.kind === "chosen") counts.set(choice.seats.nodeId, (counts.get(choice.seats.nodeId) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, `${count} of 4,000 on one of four`);
  assert.equal(counts.size, 4);
});

test("no_node says how many were there but excluded", () => {
  const rules = { overload: "reject" as const, random: () => 0 };
  const request = { path, exclude: new Set(["a", "b"]) };
  assert.deepEqual(chooseLeastLoaded([seats("a", 0), seats("b", 0, { until: 0 })], request, 1, rules), { kind: "no_node", excluded: 1 });
  assert.deepEqual(chooseSticky([seats("a", 0), seats("b", 0, { until: 0 })], request, 1, rules), { kind: "no_node", excluded: 1 });
});

/** Sends `viewers` of each path and counts them where they go. */
function fill(nodeIds: string[], paths: string[], viewers: number, max = 150) {
  const rows = nodeIds.map((id) => ({ ...seats(id, 0, { max }), reserved: 0 }));
  const byPath = new Map<string, Set<string>>();
  for (let round = 0; round < viewers; round += 1) {
    for (const path of paths) {
      const choice = chooseSticky(rows, { path }, 0, { overload: "distribute", random: Math.random });
      assert.equal(choice.kind, "chosen");
      if (choice.kind !== "chosen") continue;
      const row = rows.find((candidate) => candidate.nodeId === choice.seats.nodeId);
      assert.ok(row);
      row.reserved += 1;
      byPath.set(path, (byPath.get(path) ?? new Set()).add(row.nodeId));
    }
  }
  return { rows, byPath };
}

const five = ["slave-1", "slave-2", "slave-3", "slave-4", "slave-5"];

test("sticky: a class of thirty stays on one slave", () => {
  const { byPath } = fill(five, [path], 30);
  assert.equal(byPath.get(path)?.size, 1);
});

test("sticky: no node stands above 1.25 × the mean", () => {
  for (const paths of [[path], ["live/a", "live/b", "live/c"]]) {
    const viewers = 450 / paths.length;
    const { rows } = fill(five, paths, viewers);
    const most = Math.max(...rows.map((row) => row.reserved));
    assert.ok(most <= Math.ceil((stickyBound * 450) / 5), `${most} of 450 on one of five`);
  }
});

test("sticky: another node joining or leaving moves few homes", () => {
  const paths = Array.from({ length: 2_000 }, (_, index) => `live/class-${index}`);
  const homes = (ids: string[]) => {
    const nodes = ids.map((id) => seats(id, 0));
    return paths.map((path) => choose(chooseSticky, nodes, { path }).split(" ")[0]);
  };
  const before = homes(five);
  for (const id of five) {
    const share = before.filter((home) => home === id).length;
    assert.ok(share > 300 && share < 500, `${id} is home of ${share} of 2,000`);
  }
  const without = homes(five.slice(1));
  assert.ok(
    before.every((home, index) => home === "slave-1" || home === without[index]),
    "only homes of the one that left move",
  );
});

test("sticky: the same on every machine", () => {
  // Literals: a change of the hash would send every class elsewhere when masters of two versions run together.
  // Published test vectors of FNV-1a (32 bits).
  assert.equal(hashOf("a"), 0xe40c292c);
  assert.equal(hashOf("foobar"), 0xbf9cf968);
  assert.equal(
    choose(
      chooseSticky,
      five.map((id) => seats(id, 0)),
    ),
    "slave-2 home",
  );
});

test("sticky: all full", () => {
  const full = [seats("a", 150), seats("b", 151)];
  assert.equal(choose(chooseSticky, full), "a least_load");
  assert.equal(choose(chooseSticky, full, {}, "reject"), "no_capacity");
  assert.equal(choose(chooseSticky, [seats("a", 150), seats("b", 149)], {}, "reject").split(" ")[0], "b");
});

test("sticky: tiny nodes still take their viewers", () => {
  const { rows } = fill(["a", "b", "c"], [path], 3, 1);
  assert.deepEqual(
    rows.map((row) => row.reserved),
    [1, 1, 1],
  );
});
