import assert from "node:assert/strict";
import { test } from "node:test";
import { carrierOf, initialRelayState, stepRelay } from "./relay-state.ts";
import type { RelayEffect, RelayEvent, RelayFacts, RelayState } from "./relay-state.ts";

/** A relay among slaves `a`, `b`, …; failures are remembered for ever. */
function rig(nodes: string[], { publishWaitMs = 60_000 } = {}) {
  const world = { nodes, nowMs: 0, failed: new Set<string>(), draining: new Set<string>(), inSync: new Set<string>(), superseded: false };
  let state: RelayState = initialRelayState(0);
  let nextLink = 1;
  const facts: RelayFacts = {
    get nowMs() {
      return world.nowMs;
    },
    choose(justFailed) {
      const bad = (node: string) => node === justFailed || world.failed.has(node);
      const fit = world.nodes.filter((node) => !world.draining.has(node));
      const nodeId = fit.find((node) => !bad(node)) ?? fit[0];
      return nodeId === undefined ? undefined : { nodeId, failedRecently: bad(nodeId) };
    },
    chooseReplica(except) {
      const nodeId = world.nodes.find(
        (node) => node !== except && world.inSync.has(node) && !world.failed.has(node) && !world.draining.has(node),
      );
      return nodeId === undefined ? undefined : { nodeId };
    },
    isDraining: (nodeId) => world.draining.has(nodeId),
    isSuperseded: () => world.superseded,
  };
  return {
    world,
    get state() {
      return state;
    },
    step(event: RelayEvent): string[] {
      const step = stepRelay(state, event, facts, { nextLink, publishWaitMs });
      state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === "connect") nextLink = effect.link + 1;
        if (effect.kind === "failed") world.failed.add(effect.nodeId);
      }
      return step.effects.map(say);
    },
  };
}

function say(effect: RelayEffect): string {
  switch (effect.kind) {
    case "connect":
      return `connect ${effect.link} ${effect.nodeId}${effect.handoverFrom === undefined ? "" : ` from ${effect.handoverFrom}`}`;
    case "failed":
      return `failed ${effect.nodeId}`;
    case "disconnect_publisher":
      return `disconnect ${effect.why}`;
    case "prime":
    case "replay":
    case "finish":
    case "drop":
      return `${effect.kind} ${effect.link}`;
    case "failover":
    case "refresh":
      return effect.kind;
  }
}

const tick: RelayEvent = { kind: "tick" };
const accepted = (link: number): RelayEvent => ({ kind: "accepted", link });
const lost = (link: number): RelayEvent => ({ kind: "link_ended", link, staleEpoch: false });
const stale = (link: number): RelayEvent => ({ kind: "link_ended", link, staleEpoch: true });

test("from the first tick to the best slave, and what was buffered goes there", () => {
  const relay = rig(["a", "b"]);
  assert.deepEqual(relay.step(tick), ["connect 1 a"]);
  assert.equal(relay.state.kind, "connecting");
  assert.equal(carrierOf(relay.state), undefined);
  assert.deepEqual(relay.step(tick), []);
  assert.deepEqual(relay.step(accepted(1)), ["replay 1"]);
  assert.deepEqual(carrierOf(relay.state), { link: 1, nodeId: "a" });
  assert.deepEqual(relay.step({ kind: "end", why: "publisher_left" }), ["finish 1"]);
  assert.deepEqual(relay.step(tick), []);
  assert.equal(relay.state.kind, "ended");
});

test("a slave that fails is replaced at once, and by the next when that one fails too", () => {
  const relay = rig(["a", "b", "c"]);
  relay.step(tick);
  relay.step(accepted(1));
  assert.deepEqual(relay.step(lost(1)), ["failed a", "failover", "connect 2 b"]);
  assert.equal(relay.state.kind, "switching");
  assert.deepEqual(relay.step(lost(2)), ["failed b", "connect 3 c"]);
  assert.deepEqual(relay.step(accepted(3)), ["replay 3"]);
  // What is late is nobody's.
  assert.deepEqual(relay.step(lost(1)), []);
  assert.deepEqual(relay.step(accepted(2)), []);
  assert.deepEqual(carrierOf(relay.state), { link: 3, nodeId: "c" });
});

test("the only slave is tried again at once, then at growing distances; a new one is taken without waiting", () => {
  const relay = rig(["a"]);
  relay.step(tick);
  relay.step(accepted(1));
  assert.deepEqual(relay.step(lost(1)), ["failed a", "failover", "connect 2 a"]);
  assert.deepEqual(relay.step(lost(2)), ["failed a"]);
  assert.equal(relay.state.kind, "waiting_for_node");
  const delays: number[] = [];
  for (let link = 3; link < 10; link += 1) {
    const sinceMs = relay.world.nowMs;
    let effects: string[] = [];
    while (effects.length === 0) {
      relay.world.nowMs += 50;
      effects = relay.step(tick);
    }
    delays.push(relay.world.nowMs - sinceMs);
    assert.deepEqual(effects, [`connect ${link} a`]);
    relay.step(lost(link));
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
  relay.world.nodes.push("b");
  assert.deepEqual(relay.step(tick), ["connect 10 b"]);
});

test("without a slave the publisher is kept for PUBLISH_WAIT, and no longer", () => {
  const relay = rig([], { publishWaitMs: 1_000 });
  relay.world.nowMs = 999;
  assert.deepEqual(relay.step(tick), []);
  relay.world.nowMs = 1_000;
  assert.deepEqual(relay.step(tick), ["disconnect no_node"]);
  assert.deepEqual(relay.state, { kind: "ended", why: "no_node" });
});

test("the wait begins anew with each loss, not with the class", () => {
  const relay = rig(["a"], { publishWaitMs: 1_000 });
  relay.step(tick);
  relay.step(accepted(1));
  relay.world.nowMs = 50_000;
  relay.step(lost(1));
  assert.deepEqual(relay.step(lost(2)), ["failed a"]);
  relay.world.nodes.length = 0;
  relay.world.nowMs = 50_999;
  assert.deepEqual(relay.step(tick), []);
  relay.world.nowMs = 51_000;
  assert.deepEqual(relay.step(tick), ["disconnect no_node"]);
});

test("a slave that knows of a higher epoch is asked again with fresh knowledge, some times, then counts as failed", () => {
  const relay = rig(["a", "b"]);
  relay.step(tick);
  assert.deepEqual(relay.step(stale(1)), ["refresh", "connect 2 a"]);
  assert.deepEqual(relay.step(stale(2)), ["refresh", "connect 3 a"]);
  assert.deepEqual(relay.step(stale(3)), ["refresh", "connect 4 a"]);
  assert.deepEqual(relay.step(stale(4)), ["failed a", "connect 5 b"]);
});

test("a slave that refuses for another reason is of no use: the next one is asked", () => {
  const relay = rig(["a", "b"]);
  relay.step(tick);
  assert.deepEqual(relay.step(lost(1)), ["failed a", "connect 2 b"]);
});

test("drain: the replica gets ready first, and takes over at a switch point", () => {
  const relay = rig(["a", "b"]);
  relay.step(tick);
  relay.step(accepted(1));
  relay.world.draining.add("a");
  assert.deepEqual(relay.step(tick), [], "nobody is in sync");
  relay.world.inSync.add("b");
  assert.deepEqual(relay.step(tick), ["connect 2 b from a"]);
  assert.deepEqual(relay.step({ kind: "switch_point" }), [], "not ready");
  assert.deepEqual(relay.step(accepted(2)), []);
  assert.deepEqual(carrierOf(relay.state), { link: 1, nodeId: "a" });
  assert.deepEqual(relay.step({ kind: "switch_point" }), ["finish 1", "prime 2"]);
  assert.deepEqual(carrierOf(relay.state), { link: 2, nodeId: "b" });
});

test("drain: a replica that fails changes nothing, another one is asked", () => {
  const relay = rig(["a", "b", "c"]);
  relay.step(tick);
  relay.step(accepted(1));
  relay.world.draining.add("a");
  relay.world.inSync.add("b").add("c");
  relay.step(tick);
  assert.deepEqual(relay.step(lost(2)), ["failed b"]);
  assert.deepEqual(carrierOf(relay.state), { link: 1, nodeId: "a" });
  assert.deepEqual(relay.step(tick), ["connect 3 c from a"]);
});

test("drain: when the drained one dies first, the replica gets what is buffered", () => {
  for (const ready of [true, false]) {
    const relay = rig(["a", "b"]);
    relay.step(tick);
    relay.step(accepted(1));
    relay.world.draining.add("a");
    relay.world.inSync.add("b");
    relay.step(tick);
    if (ready) {
      relay.step(accepted(2));
      assert.deepEqual(relay.step(lost(1)), ["failed a", "failover", "replay 2"]);
    } else {
      assert.deepEqual(relay.step(lost(1)), ["failed a", "failover"]);
      assert.equal(relay.state.kind, "switching");
      assert.deepEqual(relay.step(accepted(2)), ["replay 2"]);
    }
    assert.deepEqual(carrierOf(relay.state), { link: 2, nodeId: "b" });
  }
});

test("a stream that belongs to another origin now is not taken back", () => {
  const relay = rig(["a", "b"]);
  relay.step(tick);
  relay.step(accepted(1));
  relay.world.superseded = true;
  assert.deepEqual(relay.step(lost(1)), ["failed a", "failover", "disconnect superseded"]);
});

test("every end closes what is open", () => {
  const handingOver = rig(["a", "b"]);
  handingOver.step(tick);
  assert.deepEqual(rigAt(["a"]).step({ kind: "end", why: "not_allowed" }), ["drop 1", "disconnect not_allowed"]);
  handingOver.step(accepted(1));
  handingOver.world.draining.add("a");
  handingOver.world.inSync.add("b");
  handingOver.step(tick);
  assert.deepEqual(handingOver.step({ kind: "end", why: "stopped" }), ["finish 1", "drop 2", "disconnect stopped"]);

  function rigAt(nodes: string[]) {
    const relay = rig(nodes);
    relay.step(tick);
    return relay;
  }
});
