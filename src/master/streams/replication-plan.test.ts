import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { planReplication } from "./replication-plan.ts";
import type { PlanCopy, PlanInput, PlanNode, PlanRules } from "./replication-plan.ts";

const node = (nodeId: string, more: Partial<PlanNode> = {}): PlanNode => ({
  nodeId,
  up: true,
  draining: false,
  takesCopies: true,
  cost: 0,
  ...more,
});

const origin = (nodeId: string, epoch = 1): PlanCopy => ({
  nodeId,
  role: "origin",
  epoch,
  upstream: undefined,
  hasViewers: false,
  stuck: false,
});

const replica = (nodeId: string, upstream: string | undefined, more: Partial<PlanCopy> = {}): PlanCopy => ({
  ...origin(nodeId),
  role: "replica",
  upstream,
  ...more,
});

interface Situation {
  readonly nodes: readonly PlanNode[];
  readonly copies: readonly PlanCopy[];
  readonly head?: string;
  readonly alive?: boolean;
  readonly wanted?: readonly string[];
  readonly told?: Record<string, string>;
  readonly answered?: readonly string[];
}

const rules: PlanRules = { factor: 2, fanout: 2, settled: true };

function plan({ nodes, copies, head, alive = true, wanted = [], told = {}, answered = [] }: Situation, changes: Partial<PlanRules> = {}) {
  const input: PlanInput = {
    head: head ?? copies.find((copy) => copy.role === "origin")?.nodeId,
    alive,
    copies: new Map(copies.map((copy) => [copy.nodeId, copy])),
    unseen: new Map(),
    wanted: new Set(wanted),
    told: new Map(Object.entries(told)),
    answered: new Set(answered),
    nodes: new Map(nodes.map((each) => [each.nodeId, each])),
  };
  return Object.fromEntries(planReplication(input, { ...rules, ...changes }));
}

const named = (names: string, more: Partial<PlanNode> = {}) => names.split("").map((name) => node(name, more));

test("who follows whom: a table", () => {
  const table: [string, Situation, Partial<PlanRules>, Record<string, string>][] = [
    [
      "a copy is made on the least loaded node",
      { nodes: [node("a"), node("b", { cost: 9 }), node("c")], copies: [origin("a")] },
      {},
      { c: "a" },
    ],
    ["one slave alone", { nodes: named("a"), copies: [origin("a")] }, {}, {}],
    ["factor 1: none", { nodes: named("ab"), copies: [origin("a")] }, { factor: 1 }, {}],
    [
      "what is there is enough",
      { nodes: [node("a"), node("b", { cost: 90 }), node("c")], copies: [origin("a"), replica("b", "a")] },
      {},
      { b: "a" },
    ],
    [
      "whoever was told already stays the one, although another is emptier now",
      { nodes: [node("a"), node("b", { cost: 9 }), node("c")], copies: [origin("a")], told: { b: "a" }, answered: ["b"] },
      {},
      { b: "a" },
    ],
    [
      "not on a draining one while others are there",
      { nodes: [node("a"), node("b", { draining: true }), node("c", { cost: 99 })], copies: [origin("a"), replica("b", "a")] },
      {},
      { c: "a" },
    ],
    [
      "on a draining one when there is no other",
      { nodes: [node("a"), node("b", { draining: true })], copies: [origin("a"), replica("b", "a")] },
      {},
      { b: "a" },
    ],
    [
      "not on one that stops, nor on one that cannot",
      { nodes: [node("a"), node("b", { takesCopies: false })], copies: [origin("a")] },
      {},
      {},
    ],
    [
      "an origin that drains needs a copy elsewhere, whatever the factor",
      { nodes: [node("a", { draining: true }), node("b")], copies: [origin("a")] },
      { factor: 1 },
      { b: "a" },
    ],
    ["where viewers ask", { nodes: named("abc"), copies: [origin("a"), replica("b", "a")], wanted: ["c"] }, {}, { b: "a", c: "a" }],
    [
      "a surplus copy without viewers is let go of",
      { nodes: named("abc"), copies: [origin("a"), replica("b", "a"), replica("c", "a")] },
      {},
      { b: "a" },
    ],
    [
      "with viewers it stays, and is the copy that is kept",
      { nodes: named("abc"), copies: [origin("a"), replica("b", "a"), replica("c", "a", { hasViewers: true })] },
      {},
      { c: "a" },
    ],
    [
      "who carries one with viewers stays too",
      { nodes: named("abc"), copies: [origin("a"), replica("b", "a"), replica("c", "b", { hasViewers: true })] },
      {},
      { b: "a", c: "b" },
    ],
    ["one that is stuck is replaced", { nodes: named("abc"), copies: [origin("a"), replica("b", "a", { stuck: true })] }, {}, { c: "a" }],
    [
      "the fan-out is a bound for those who come",
      {
        nodes: named("abcde"),
        copies: [origin("a"), replica("b", "a", { hasViewers: true }), replica("c", "a", { hasViewers: true })],
        wanted: ["d", "e"],
      },
      {},
      { b: "a", c: "a", d: "b", e: "c" },
    ],
    [
      "and for those who helped themselves",
      { nodes: named("abcd"), copies: [origin("a"), ...["b", "c", "d"].map((id) => replica(id, "a", { hasViewers: true }))] },
      {},
      { b: "a", c: "a", d: "b" },
    ],
    [
      "but who was told stays, although it is one too many",
      {
        nodes: named("abcd"),
        copies: [origin("a"), ...["b", "c", "d"].map((id) => replica(id, "a", { hasViewers: true }))],
        told: { b: "a", c: "a", d: "a" },
      },
      {},
      { b: "a", c: "a", d: "a" },
    ],
    [
      "a follower of a dead node gets another, those below it stay",
      {
        nodes: [...named("acd"), node("b", { up: false })],
        copies: [origin("a"), replica("c", "b", { hasViewers: true }), replica("d", "c", { hasViewers: true })],
      },
      {},
      { c: "a", d: "c" },
    ],
    [
      "followers of a draining node are moved away from it",
      {
        nodes: [node("a"), node("b", { draining: true }), node("c")],
        copies: [origin("a"), replica("b", "a", { hasViewers: true }), replica("c", "b", { hasViewers: true })],
      },
      {},
      { b: "a", c: "a" },
    ],
    [
      "a circle is opened",
      {
        nodes: named("abcd"),
        copies: [origin("a"), replica("b", "d"), replica("c", "b"), replica("d", "c", { hasViewers: true })],
      },
      {},
      { b: "a", c: "b", d: "c" },
    ],
    [
      "nobody follows who follows it, also when that is only under way",
      {
        nodes: named("abc"),
        copies: [origin("a"), replica("b", "x", { hasViewers: true }), replica("c", "b", { hasViewers: true })],
        told: { c: "a" },
        answered: ["c"],
      },
      { fanout: 2 },
      { b: "a", c: "a" },
    ],
    [
      "an origin that was replaced follows, and carries nobody",
      {
        nodes: named("abc"),
        copies: [{ ...origin("a", 1), hasViewers: true }, origin("b", 2), replica("c", "a", { hasViewers: true })],
        head: "b",
      },
      {},
      { a: "b", c: "b" },
    ],
    [
      "without an origin the rest holds together, and its head tries the origin that may come back",
      {
        nodes: [node("a", { up: false }), ...named("bcd")],
        copies: [replica("b", "a"), replica("c", "a", { hasViewers: true })],
        head: "b",
      },
      {},
      { b: "a", c: "b" },
    ],
    [
      "a stream that has ended is kept for nobody but those who watch its end",
      {
        nodes: named("abcd"),
        copies: [replica("b", "a"), replica("c", "b", { hasViewers: true }), replica("d", "b")],
        head: "b",
        alive: false,
      },
      {},
      { c: "b" },
    ],
    [
      "a master that does not know all nodes yet leaves all as it is",
      { nodes: named("abcde"), copies: [origin("a"), ...["b", "c", "d"].map((id) => replica(id, "a")), replica("e", "x")], wanted: ["e"] },
      { settled: false },
      { b: "a", c: "a", d: "a" },
    ],
  ];
  for (const [what, situation, changes, expected] of table) {
    assert.deepEqual(plan(situation, changes), expected, what);
  }
});

test("a tree of 100 nodes that ask at once: no node carries more than its fan-out, and none is deeper than needed", () => {
  const names = Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(3, "0")}`);
  const result = plan({ nodes: names.map((name) => node(name)), copies: [origin("n000")], wanted: names.slice(1) }, { fanout: 8 });
  assert.equal(Object.keys(result).length, 99);
  const children = Map.groupBy(Object.entries(result), ([, upstream]) => upstream);
  for (const [upstream, followers] of children) assert.ok(followers.length <= 8, `${upstream}: ${followers.length}`);
  const depth = (name: string): number => (result[name] === undefined ? 0 : 1 + depth(result[name]));
  assert.equal(Math.max(...names.map(depth)), 3);
});

test("whatever nodes report, the plan is a tree below the head, and nobody is added beyond the fan-out: 5,000 situations", () => {
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const random = seededRandom(seed);
    const chance = (share: number) => random() < share;
    const names = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, index) => `n${index}`);
    const any = () => names[Math.floor(random() * names.length)] ?? "n0";
    const nodes = names.map((name) =>
      node(name, { up: chance(0.9), draining: chance(0.2), takesCopies: chance(0.9), cost: random() * 100 }),
    );
    const up = nodes.filter((each) => each.up).map((each) => each.nodeId);
    const copies = up
      .filter(() => chance(0.6))
      .map((name) =>
        chance(0.2)
          ? origin(name, 1 + Math.floor(random() * 2))
          : replica(name, chance(0.9) ? any() : "elsewhere", {
              hasViewers: chance(0.4),
              stuck: chance(0.1),
              epoch: 1 + Math.floor(random() * 2),
            }),
      );
    const head = copies[Math.floor(random() * copies.length)]?.nodeId;
    const told = Object.fromEntries(names.filter(() => chance(0.3)).map((name) => [name, any()]));
    const fanout = 2 + Math.floor(random() * 3);
    const situation: Situation = {
      nodes,
      copies,
      ...(head === undefined ? {} : { head }),
      alive: chance(0.9),
      wanted: names.filter(() => chance(0.2)),
      told,
      answered: names.filter(() => chance(0.5)),
    };
    const settled = chance(0.8);
    const result = plan(situation, { factor: 1 + Math.floor(random() * 3), fanout, settled });
    const children = new Map<string, string[]>();
    for (const [follower, upstream] of Object.entries(result)) {
      children.set(upstream, [...(children.get(upstream) ?? []), follower]);
      assert.ok(up.includes(follower), `seed ${seed}: ${follower} is up`);
      let at: string | undefined = follower;
      for (let steps = 0; at !== undefined; steps += 1) {
        assert.ok(steps <= names.length, `seed ${seed}: ${follower} follows itself`);
        const next: string | undefined = result[at];
        if (next === undefined && settled && situation.alive && head !== undefined && at !== result[head]) {
          assert.equal(at, head, `seed ${seed}: ${follower} leads to the head`);
        }
        at = next;
      }
    }
    if (!settled || !situation.alive || head === undefined) continue;
    const kept = (upstream: string, follower: string) =>
      told[follower] === upstream || copies.find((copy) => copy.nodeId === follower)?.upstream === upstream;
    for (const [upstream, followers] of children) {
      // Where nobody else is left to carry one more, the head does.
      const isLastResort = upstream === head;
      const added = followers.filter((follower) => !kept(upstream, follower));
      if (!isLastResort && followers.length > fanout) assert.deepEqual(added, [], `seed ${seed}: ${upstream} carries ${followers.join()}`);
    }
    for (const copy of copies.filter(({ hasViewers, nodeId }) => hasViewers && nodeId !== head)) {
      assert.ok(copy.nodeId in result, `seed ${seed}: ${copy.nodeId} has viewers and is told whom to follow`);
    }
  }
});
