import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createReplicationOrders } from "./replication-orders.ts";
import { createStreamDirectory } from "./stream-directory.ts";

function setUp({ factor = 2, fanout = 3, settled = true } = {}) {
  const state = { now: 0, settled };
  const directory = createStreamDirectory({ changed: (path) => orders.touch(path) });
  const orders = createReplicationOrders(
    { factor, fanout },
    { directory, clock: { monotonicMs: () => state.now, wallMs: () => state.now }, settled: () => state.settled },
  );
  const put = (nodeId: string, more: Partial<Parameters<typeof orders.put>[1]> = {}) =>
    orders.put(nodeId, { up: true, draining: false, takesCopies: true, load: 0, ...more });
  const beat = (nodeId: string, streams: readonly StreamReport[], wanted: readonly string[] = []) => {
    directory.report(nodeId, streams);
    orders.reported(nodeId, wanted);
    return Object.fromEntries(orders.tell(nodeId).map(({ path, upstream }) => [path, upstream]));
  };
  return { state, directory, orders, put, beat };
}

const copy = (role: "origin" | "replica", upstream?: string, more: Partial<StreamReport> = {}): StreamReport => ({
  path: "live/x",
  role,
  state: "live",
  epoch: 1,
  msn: 5,
  part: 0,
  viewers: 0,
  ...(upstream === undefined ? {} : { upstream }),
  ...more,
});

test("streams of one origin are copied to different idle nodes", () => {
  const { put, beat } = setUp();
  for (const id of ["a", "b", "c", "d", "e"]) put(id);
  beat(
    "a",
    Array.from({ length: 8 }, (_, index) => copy("origin", undefined, { path: `live/s${index}` })),
  );
  const counts = ["b", "c", "d", "e"].map((id) => Object.keys(beat(id, [])).length);
  assert.deepEqual(counts, [2, 2, 2, 2]);
});

test("who wants a stream is told at once whom to follow, until it reports it, or has not for three heartbeats", () => {
  const { put, beat } = setUp({ factor: 1 });
  for (const id of ["a", "b"]) put(id);
  beat("a", [copy("origin")]);
  assert.deepEqual(beat("b", []), {});
  assert.deepEqual(beat("b", [], ["live/x"]), { "live/x": "a" });
  assert.deepEqual(beat("b", []), { "live/x": "a" });
  assert.deepEqual(beat("b", []), { "live/x": "a" });
  assert.deepEqual(beat("b", []), {});
  assert.deepEqual(beat("b", [], ["live/x"]), { "live/x": "a" });
  assert.deepEqual(beat("b", [copy("replica", "a")]), {}, "it has it, and nobody watches there any more");
  assert.deepEqual(beat("b", [copy("replica", "a", { viewers: 1 })]), { "live/x": "a" });
});

test("a stream whose origin is gone for good is kept for a minute; one whose node is only silent, as long as that is known", () => {
  for (const goes of ["reported none", "was forgotten", "unreachable"] as const) {
    const { put, beat, directory, orders, state } = setUp();
    for (const id of ["a", "b", "c"]) put(id);
    beat("a", [copy("origin")]);
    assert.deepEqual(beat("b", [copy("replica", "a")]), { "live/x": "a" });
    if (goes === "reported none") beat("a", []);
    if (goes === "was forgotten") {
      directory.remove("a");
      orders.remove("a");
    }
    if (goes === "unreachable") {
      directory.setReachable("a", false);
      put("a", { up: false });
    }
    const follower = () => beat("c", [copy("replica", "b", { viewers: 0 })]);
    beat("b", [copy("replica", "a")]);
    assert.deepEqual(follower(), { "live/x": "b" }, goes);
    state.now = 59_000;
    assert.deepEqual(follower(), { "live/x": "b" }, goes);
    state.now = 61_000;
    assert.deepEqual(follower(), goes === "unreachable" ? { "live/x": "b" } : {}, goes);
  }
});

test("a restarted master gives back what nodes report, whatever order they come in, and changes nothing when it knows all", () => {
  const upstreams: Record<string, string> = { b: "a", c: "a", d: "b", e: "d" };
  const { put, beat, state, directory } = setUp({ settled: false, fanout: 2 });
  const report = (id: string) => [id === "a" ? copy("origin") : copy("replica", upstreams[id], { viewers: 1, epoch: 1 })];
  for (const id of ["e", "d", "c", "a", "b"]) {
    put(id);
    beat(id, report(id));
  }
  for (const settled of [false, true]) {
    state.settled = settled;
    for (const id of ["e", "d", "c", "b"]) assert.deepEqual(beat(id, report(id)), { "live/x": upstreams[id] }, `${id} ${settled}`);
    assert.deepEqual(beat("a", report("a")), {});
  }
  assert.equal(directory.headOf("live/x")?.highestEpoch, 1);
});

test("hundreds of heartbeats without news make no plan anew", () => {
  const { put, beat, directory } = setUp();
  for (const id of ["a", "b", "c"]) put(id);
  let looks = 0;
  const allCopiesOf = directory.allCopiesOf.bind(directory);
  Object.assign(directory, { allCopiesOf: (path: string) => ((looks += 1), allCopiesOf(path)) });
  for (let round = 0; round < 3; round += 1) {
    beat("a", [copy("origin", undefined, { msn: round })]);
    beat("b", [copy("replica", "a", { msn: round })]);
  }
  const before = looks;
  for (let round = 0; round < 300; round += 1) {
    put("a", { load: round });
    beat("a", [copy("origin", undefined, { msn: 10 + round, viewers: 0 })]);
    beat("b", [copy("replica", "a", { msn: 10 + round, lag_s: 0.1 })]);
  }
  assert.equal(looks, before);
});

/** Nodes that do what they are told with each heartbeat, and to which all sorts of things happen in between. */
function simulate(seed: number, steps: number) {
  const random = seededRandom(seed);
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const fanout = 2 + Math.floor(random() * 3);
  const { put, directory, orders, state } = setUp({ factor: 1 + Math.floor(random() * 3), fanout, settled: random() < 0.8 });
  const paths = ["live/x", "live/y"];
  const ids = Array.from({ length: 4 + Math.floor(random() * 10) }, (_, index) => `n${index}`);
  interface Node {
    up: boolean;
    draining: boolean;
    readonly has: Map<string, { role: "origin" | "replica"; epoch: number; upstream: string | undefined; cut?: boolean; viewers: number }>;
    readonly wants: Set<string>;
  }
  const nodes = new Map<string, Node>(ids.map((id) => [id, { up: true, draining: false, has: new Map(), wants: new Set() }]));
  const at = (id: string): Node => nodes.get(id) as Node;
  const epochs = new Map<string, number>();
  let refused = 0;
  let obeyed = 0;
  const tell = (id: string) => put(id, { up: at(id).up, draining: at(id).draining, load: random() * 100 });
  ids.forEach(tell);

  const upstreamOf = (path: string, id: string) => {
    const held = at(id).has.get(path);
    return held?.role === "replica" && !held.cut ? held.upstream : undefined;
  };
  /** Who read this from a node that has it no more reads from nobody. */
  const cutOff = (path: string, from: string) => {
    for (const id of ids) {
      const held = at(id).has.get(path);
      if (held?.role === "replica" && held.upstream === from) held.cut = true;
    }
  };
  const leadsTo = (path: string, from: string, to: string) => {
    for (let id: string | undefined = from; id !== undefined; id = upstreamOf(path, id)) if (id === to) return true;
    return false;
  };
  const assertNoCircle = (path: string, what: string) => {
    for (const start of ids) {
      let steps = 0;
      for (let id: string | undefined = start; id !== undefined; id = upstreamOf(path, id)) {
        steps += 1;
        assert.ok(steps <= ids.length + 1, `seed ${seed}: ${path}: ${start} follows itself ${what}`);
      }
    }
  };

  function beat(id: string): void {
    const node = at(id);
    if (!node.up) return;
    const streams = [...node.has].map(([path, { role, epoch, viewers }]) => copy(role, upstreamOf(path, id), { path, epoch, viewers }));
    directory.report(id, streams);
    orders.reported(id, [...node.wants]);
    const follow = new Map(orders.tell(id).map((order) => [order.path, order]));
    for (const path of paths) {
      const order = follow.get(path);
      const held = node.has.get(path);
      const head = directory.headOf(path);
      if (held?.role === "origin" && head && head.copy.nodeId !== id && head.copy.epoch > held.epoch) {
        // It hears from the directory that it has lost its role.
        node.has.delete(path);
        cutOff(path, id);
        if (held.viewers > 0) node.wants.add(path);
      } else if (order) {
        assert.notEqual(order.upstream, id, `seed ${seed}`);
        const viewers = (held?.viewers ?? 0) + Number(node.wants.has(path));
        if (held?.role !== "origin" || order.epoch > held.epoch) {
          // As slaves do, by the lineage that their upstream tells: not from one who has it from here.
          const isRefused = leadsTo(path, order.upstream, id);
          refused += Number(isRefused);
          obeyed += 1;
          const cut = isRefused || (!at(order.upstream).has.has(path) && at(order.upstream).up);
          node.has.set(path, { role: "replica", epoch: order.epoch, upstream: order.upstream, cut, viewers });
        }
        node.wants.delete(path);
      } else if (held?.role === "replica" && head?.copy.nodeId === id) {
        // The best that is left: kept, and fed by nobody.
        held.cut = true;
      } else if (held?.role === "replica" && held.viewers === 0) {
        node.has.delete(path);
        cutOff(path, id);
      }
    }
    for (const path of paths) assertNoCircle(path, `after the answer to ${id}`);
  }

  const happen: (() => void)[] = [
    () => {
      // Somebody publishes: through whatever door, on whatever node.
      const path = pick(paths);
      const id = pick(ids);
      if (!at(id).up) return;
      epochs.set(path, (epochs.get(path) ?? 0) + 1);
      at(id).has.set(path, { role: "origin", epoch: epochs.get(path) ?? 1, upstream: undefined, viewers: 0 });
    },
    () => {
      const id = pick(ids);
      at(id).up = !at(id).up;
      directory.setReachable(id, at(id).up);
      tell(id);
    },
    () => {
      // A process ends; the next has nothing.
      const id = pick(ids);
      at(id).has.clear();
      for (const path of paths) cutOff(path, id);
      at(id).wants.clear();
      directory.remove(id);
      if (random() < 0.5) orders.remove(id);
      tell(id);
    },
    () => {
      const id = pick(ids);
      at(id).draining = random() < 0.3;
      tell(id);
    },
    () => void at(pick(ids)).wants.add(pick(paths)),
    () => void at(pick(ids)).wants.add(pick(paths)),
    () => {
      const held = at(pick(ids)).has.get(pick(paths));
      if (held) held.viewers = Math.floor(random() * 2);
    },
    () => void (state.settled = state.settled || random() < 0.3),
    () => void (state.now += 20_000),
  ];
  for (let step = 0; step < steps; step += 1) {
    if (random() < 0.3) pick(happen)();
    else beat(pick(ids));
  }

  // Quiet: everybody is well and reports; soon all is as it should be, and stays so.
  state.settled = true;
  for (const id of ids) {
    Object.assign(at(id), { up: true, draining: false });
    directory.setReachable(id, true);
    tell(id);
  }
  for (let round = 0; round < 8; round += 1) for (const id of ids) beat(id);
  for (const path of paths) {
    const origin = directory.originOf(path);
    if (!origin) continue;
    for (const id of ids) {
      const held = at(id).has.get(path);
      if (!held || id === origin.nodeId) continue;
      let top: string = id;
      for (let next: string | undefined = upstreamOf(path, top); next !== undefined; next = upstreamOf(path, top)) top = next;
      assert.equal(top, origin.nodeId, `seed ${seed}: ${path} at ${id} leads to the origin`);
    }
  }
  return { ids, at, paths, refused, obeyed };
}

test("whatever happens, slaves need hardly ever refuse an order, and all lead to the origin when it is quiet: 300 seeds", () => {
  let followed = 0;
  let refused = 0;
  let obeyed = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const result = simulate(seed, 150);
    const { ids, at, paths } = result;
    followed += ids.reduce((sum, id) => sum + paths.filter((path) => at(id).has.get(path)?.role === "replica").length, 0);
    refused += result.refused;
    obeyed += result.obeyed;
  }
  assert.ok(followed > 300 && obeyed > 3_000, `only ${followed} followers and ${obeyed} orders: the test looks at too little`);
  assert.ok(refused < obeyed / 200, `${refused} of ${obeyed} orders would have made a circle`);
});
