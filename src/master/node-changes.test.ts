import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo, registeredNode } from "../../test/support/node-info.ts";
import { createNodeChanges } from "./node-changes.ts";
import type { RegisteredNode } from "./registry/registered-node.ts";

function world() {
  const told: unknown[][] = [];
  const tell =
    (name: string) =>
    (...args: unknown[]) =>
      void told.push([name, ...args]);
  const listener = createNodeChanges({
    router: { put: tell("seats"), remove: tell("no seats") },
    directory: { remove: tell("no streams"), setReachable: tell("reachable") },
    epochs: { left: tell("no claims") },
    replication: { put: tell("copies"), remove: tell("no copies") },
    heard: tell("heard"),
    forget: tell("forgotten"),
  });
  return { told, listener };
}

const node = (changes: Partial<RegisteredNode>): RegisteredNode =>
  registeredNode({
    info: nodeInfo("slave-1", { maxConnections: 200 }),
    load: { connections: 50, cpu: 0, memory: 0, bandwidthMbps: undefined },
    routableUntilMs: 1_000,
    ...changes,
  });
const copiesOf = (told: readonly unknown[][]) => told.find(([name]) => name === "copies")?.[2];

test("a node that is heard takes viewers and copies", () => {
  const { told, listener } = world();
  listener.changed(node({}));
  assert.deepEqual(told, [
    ["seats", "slave-1", { maxConnections: 200, follows: true, connections: 50, routableUntilMs: 1_000 }],
    ["reachable", "slave-1", true],
    ["heard", "slave-1"],
    ["copies", "slave-1", { up: true, draining: false, takesCopies: true, load: 25 }],
  ]);
});

test("a process that has just registered has nothing of the one before it, and nobody follows it before it has reported", () => {
  const { told, listener } = world();
  listener.changed(node({ liveness: "registering" }));
  assert.deepEqual(told.filter(([name]) => String(name).startsWith("no ")).flat(), ["no streams", "slave-1", "no claims", "slave-1"]);
  assert.deepEqual(copiesOf(told), { up: false, draining: false, takesCopies: false, load: 25 });
});

test("who does not answer keeps its streams, but carries nobody; who is about to stop takes no copies", () => {
  const silent = world();
  silent.listener.changed(node({ liveness: "suspect", unreachable: true }));
  assert.deepEqual(silent.told[1], ["reachable", "slave-1", false]);
  assert.deepEqual(copiesOf(silent.told), { up: false, draining: false, takesCopies: false, load: 25 });
  const leaving = world();
  leaving.listener.changed(node({ draining: true, leaving: true }));
  assert.deepEqual(copiesOf(leaving.told), { up: true, draining: true, takesCopies: false, load: 25 });
});

test("a node that is gone leaves nothing behind", () => {
  const { told, listener } = world();
  listener.gone("slave-1");
  assert.deepEqual(
    told.map(([name]) => name),
    ["no seats", "no streams", "no claims", "no copies", "forgotten"],
  );
  assert.ok(told.every(([, nodeId]) => nodeId === "slave-1"));
});
