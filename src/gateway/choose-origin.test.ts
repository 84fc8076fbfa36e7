import assert from "node:assert/strict";
import { test } from "node:test";
import { publishTarget as node } from "../../test/support/publish-target.ts";
import type { GatewayStreamCopy, GatewayView, PublishTarget } from "../shared/protocol/gateway-messages.ts";
import { failureMemoryMs, rankOrigins } from "./choose-origin.ts";

const copy = (id: string, more: Partial<GatewayStreamCopy> = {}): GatewayStreamCopy => ({
  node_id: id,
  role: "replica",
  state: "live",
  epoch: 1,
  msn: 10,
  part: 0,
  lag_s: 0,
  in_sync: true,
  ...more,
});
const view = (nodes: PublishTarget[], copies: GatewayStreamCopy[] = [], others: GatewayView["streams"] = []): GatewayView => ({
  now_ms: 0,
  settled: true,
  nodes,
  streams: [...others, { path: "live/math", copies }],
});
const nowMs = 100_000;
const request = { path: "live/math", failedAtMs: new Map<string, number>(), relays: [], nowMs };

const cases: { what: string; view: GatewayView; request?: Partial<Parameters<typeof rankOrigins>[1]>; order: string[] }[] = [
  { what: "nobody there", view: view([]), order: [] },
  {
    what: "a new stream: lowest publishing cost, viewers count only then",
    view: view([
      node("a", { publishing_cost: 9 }),
      node("b", { publishing_cost: 1, load_percentage: 80 }),
      node("c", { publishing_cost: 1 }),
    ]),
    order: ["c", "b", "a"],
  },
  {
    what: "cpu decides between equals, and the name last, so that all gateways choose alike",
    view: view([node("c"), node("b"), node("a", { cpu_usage: 50 })]),
    order: ["b", "c", "a"],
  },
  {
    what: "never draining, not publishable, or without RTMP",
    view: view([node("a", { draining: true }), node("b", { publishable: false }), node("c", { rtmp_port: 0 }), node("d")]),
    order: ["d"],
  },
  {
    what: "the holder first, then copies in sync by lag, then the one that is behind, then nothing of it, whatever they cost",
    view: view(
      [
        node("a"),
        node("b", { publishing_cost: 5 }),
        node("c", { publishing_cost: 5 }),
        node("d", { publishing_cost: 5 }),
        node("e", { publishing_cost: 50 }),
      ],
      [copy("e", { role: "origin" }), copy("d", { lag_s: 1.9 }), copy("c", { lag_s: 0.1 }), copy("b", { in_sync: false, lag_s: 9 })],
    ),
    order: ["e", "c", "d", "b", "a"],
  },
  {
    what: "small differences of lag are noise: cost decides",
    view: view([node("a", { publishing_cost: 3 }), node("b")], [copy("a", { lag_s: 0.05 }), copy("b", { lag_s: 0.2 })]),
    order: ["b", "a"],
  },
  {
    what: "a copy of an older epoch, also an old origin, is worth less than one that is behind",
    view: view(
      [node("a"), node("b"), node("c")],
      [copy("a", { role: "origin" }), copy("b", { epoch: 2, in_sync: false }), copy("c", { epoch: 1 })],
    ),
    order: ["b", "a", "c"],
  },
  {
    what: "who failed within the last seconds comes after all others, but is not forgotten",
    view: view([node("a"), node("b")], [copy("a", { role: "origin" })]),
    request: { failedAtMs: new Map([["a", nowMs - failureMemoryMs + 1]]) },
    order: ["b", "a"],
  },
  {
    what: "a failure of long ago is forgotten",
    view: view([node("a"), node("b")], [copy("a", { role: "origin" })]),
    request: { failedAtMs: new Map([["a", nowMs - failureMemoryMs]]) },
    order: ["a", "b"],
  },
  {
    what: "relays that no heartbeat has told of yet count, those that are known do not count twice",
    view: view([node("a"), node("b", { publishing_cost: 1 })], [], [{ path: "live/known", copies: [copy("b", { role: "origin" })] }]),
    request: {
      relays: [
        { path: "live/new-1", nodeId: "a" },
        { path: "live/new-2", nodeId: "a" },
        { path: "live/known", nodeId: "b" },
      ],
    },
    order: ["b", "a"],
  },
  {
    what: "a slave that encodes is expected to encode the next stream too",
    view: view(
      [node("a", { publishing_cost: 17 }), node("b", { publishing_cost: 30 })],
      [],
      [{ path: "live/known", copies: [copy("a", { role: "origin" })] }],
    ),
    request: { relays: [{ path: "live/new", nodeId: "a" }] },
    order: ["b", "a"],
  },
];

for (const { what, view, request: more, order } of cases) {
  test(what, () => {
    const ranked = rankOrigins(view, { ...request, ...more });
    assert.deepEqual(
      ranked.map(({ nodeId }) => nodeId),
      order,
      ranked.map(({ nodeId, reason }) => `${nodeId}: ${reason}`).join("\n"),
    );
  });
}

test("each has a reason for the log, and says whether the stream can go on there without a gap", () => {
  const ranked = rankOrigins(view([node("a"), node("b"), node("c")], [copy("a", { role: "origin" }), copy("b")]), {
    ...request,
    failedAtMs: new Map([["a", nowMs]]),
  });
  assert.deepEqual(
    ranked.map(({ nodeId, inSync, failedRecently, host, port }) => ({ nodeId, inSync, failedRecently, host, port })),
    [
      { nodeId: "b", inSync: true, failedRecently: false, host: "b.school", port: 1935 },
      { nodeId: "c", inSync: false, failedRecently: false, host: "c.school", port: 1935 },
      { nodeId: "a", inSync: true, failedRecently: true, host: "a.school", port: 1935 },
    ],
  );
  assert.match(ranked[2]?.reason ?? "", /holds the stream.*failed just now/);
});
