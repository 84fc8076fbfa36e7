import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { systemClock } from "../../shared/kernel/clock.ts";
import { createMetricSet } from "../../shared/metrics/metric-set.ts";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createTrustedProxies } from "../../shared/net/trusted-proxies.ts";
import { adminProof } from "../../shared/tokens/admin-proof.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { hashSecret } from "../../shared/tokens/random-secrets.ts";
import { createClusterKnowledge } from "../presence/cluster-knowledge.ts";
import { createControlApi } from "./control-api.ts";
import { createViewers } from "./viewers.ts";

test("streams with where they come from and how well they play, for the administrator only", async (t) => {
  const keys = deriveClusterKeys("a secret of the cluster");
  const knowledge = createClusterKnowledge(keys.sealing);
  const token = "the-admin-token-of-the-tests";
  const proof = adminProof(keys, hashSecret(token));
  await knowledge.apply({ now_ms: 0, overload_policy: "distribute", draining: false, admin_proof: proof }, 0);
  const copy: StreamReport = {
    path: "live/math",
    role: "replica",
    state: "live",
    epoch: 2,
    msn: 7,
    part: 1,
    viewers: 3,
    upstream: "slave-2",
  };
  const players = { joins: 2, join_ms: 900.5, stalls: 1, stalled_ms: 250, watched_ms: 60_000 };
  const app = await createControlApi({
    logger: pino({ level: "silent" }),
    tls: undefined,
    metrics: createMetricSet("slave"),
    proxies: createTrustedProxies(),
    corsOrigins: [],
    keys,
    knowledge,
    membership: () => "registered",
    streams: () => [copy],
    lineageOf: () => ["slave-1", "slave-2"],
    playersOf: () => players,
    publishers: () => [],
    master: {
      nodeId: "slave-1",
      key: keys.request,
      knowledge,
      viewers: createViewers(10_000),
      refresh: () => Promise.resolve(true),
      clock: systemClock,
    },
  });
  t.after(() => app.close());
  const streams = (authorization: string) => app.inject({ url: "/api/streams", headers: { authorization } });
  assert.equal((await streams("Bearer x")).statusCode, 401);
  const answer = await streams(`Bearer ${token}`);
  assert.deepEqual(answer.json(), { streams: [{ ...copy, lineage: ["slave-1", "slave-2"], players, publisher: null }] });

  for (let count = 0; count < 100; count += 1) await streams(`Bearer guess-${count}`);
  const guessed = await streams(`Bearer ${token}`);
  assert.equal(guessed.statusCode, 429, "a guesser does not learn that this one is right");
  assert.ok(Number(guessed.headers["retry-after"]) >= 1);
  const other = await app.inject({ url: "/api/streams", headers: { authorization: `Bearer ${token}` }, remoteAddress: "10.0.0.2" });
  assert.equal(other.statusCode, 200);
});
