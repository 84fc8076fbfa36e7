import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterOrders } from "../../shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { createClusterKnowledge } from "./cluster-knowledge.ts";

const orders = (more: Partial<ClusterOrders> = {}): ClusterOrders => ({
  now_ms: 0,
  overload_policy: "distribute",
  draining: false,
  ...more,
});
const create = () => createClusterKnowledge(deriveClusterKeys("a secret of the cluster").sealing);

test("a drain has a deadline on this node's own clock; it begins once, and can be taken back", async () => {
  const knowledge = create();
  await knowledge.apply(orders({ draining: true, drain_ms: 60_000 }), 0, 1_000);
  assert.deepEqual(knowledge.drain, { startedAtMs: 1_000, deadlineMs: 61_000 });
  await knowledge.apply(orders({ draining: true, drain_ms: 54_900 }), 0, 6_000);
  assert.deepEqual(knowledge.drain, { startedAtMs: 1_000, deadlineMs: 60_900 });
  await knowledge.apply(orders(), 0, 11_000);
  assert.equal(knowledge.drain, undefined);
  assert.equal(knowledge.draining, false);
  await knowledge.apply(orders({ draining: true }), 0, 12_000);
  assert.equal(knowledge.drain, undefined, "without a time, nobody is told to go");
  assert.equal(knowledge.draining, true);
});

test("a node that leaves is draining whatever the master says", async () => {
  const knowledge = create();
  assert.equal(knowledge.othersRoutable, 0);
  await knowledge.apply(orders({ others_routable: 3 }), 0, 0);
  assert.equal(knowledge.othersRoutable, 3);
  knowledge.leave(5_000, 13_000);
  knowledge.leave(6_000, 99_000);
  await knowledge.apply(orders(), 0, 7_000);
  assert.deepEqual([knowledge.draining, knowledge.leaving, knowledge.drain], [true, true, { startedAtMs: 5_000, deadlineMs: 13_000 }]);
});

test("revoked: one token by its id, those of a path up to a second; what an answer leaves out stays as it was", async () => {
  const knowledge = create();
  const token = { jti: "0123456789abcdef", path: "live/math", iat: 100 };
  assert.equal(knowledge.isRevoked(token), false);
  await knowledge.apply(orders({ revocations: { version: "1", tokens: [{ jti: token.jti, exp: 200 }], paths: [] } }), 0);
  assert.deepEqual([knowledge.isRevoked(token), knowledge.revocationsVersion], [true, "1"]);
  await knowledge.apply(orders(), 0);
  assert.deepEqual([knowledge.isRevoked(token), knowledge.revocationsVersion], [true, "1"]);
  const paths = [{ path: "live/math", issued_until: 100 }];
  await knowledge.apply(orders({ revocations: { version: "2", tokens: [], paths } }), 0);
  assert.deepEqual(
    [token, { ...token, iat: 101 }, { ...token, path: "live/art" }].map((each) => knowledge.isRevoked(each)),
    [true, false, false],
  );
});
