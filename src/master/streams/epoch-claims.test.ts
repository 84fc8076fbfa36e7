import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createEpochClaims } from "./epoch-claims.ts";
import { createEpochLedger } from "./epoch-ledger.ts";
import { createStreamDirectory } from "./stream-directory.ts";

const path = "live/math";
const origin: StreamReport = { path, role: "origin", state: "live", epoch: 1, msn: 3, part: 0, viewers: 0 };

function rig({ unreportedUntilMs = Number.NEGATIVE_INFINITY } = {}) {
  const world = { nowMs: 0 };
  const directory = createStreamDirectory();
  const ledger = createEpochLedger({ unreportedUntilMs });
  const clock = { monotonicMs: () => world.nowMs, wallMs: () => world.nowMs };
  return { world, directory, claims: createEpochClaims({ ledger, directory, clock }) };
}

test("of two who ask for one stream, the second hears of the first; other streams are free", () => {
  const { claims } = rig();
  assert.deepEqual(claims.answer("a", [path]), [{ path, epoch: 1 }]);
  assert.deepEqual(claims.answer("b", [path, "live/music"]), [
    { path, held_by: "a" },
    { path: "live/music", epoch: 1 },
  ]);
  assert.deepEqual(claims.answer("a", [path, path]), [{ path, epoch: 1 }], "the same claim in one more heartbeat");
  assert.deepEqual(claims.answer("gateway-1", [path]), [{ path, held_by: "a" }]);
});

test("who gives up, leaves, or does not begin in time, is in nobody's way; its number is never given again", () => {
  const { world, claims } = rig();
  claims.answer("a", [path]);
  assert.deepEqual(claims.answer("a", []), []);
  assert.deepEqual(claims.answer("b", [path]), [{ path, epoch: 2 }]);
  claims.left("b");
  assert.deepEqual(claims.answer("c", [path]), [{ path, epoch: 3 }]);
  world.nowMs = 5_999;
  assert.deepEqual(claims.answer("d", [path]), [{ path, held_by: "c" }]);
  world.nowMs = 6_000;
  assert.deepEqual(claims.answer("d", [path]), [{ path, epoch: 4 }]);
});

test("once the holder's stream is live, whoever comes sees that by itself", () => {
  const { directory, claims } = rig();
  claims.answer("a", [path]);
  directory.report("a", [{ ...origin, msn: -1 }]);
  assert.deepEqual(claims.answer("b", [path]), [{ path, held_by: "a" }], "nothing to be seen yet");
  directory.report("a", [origin]);
  assert.deepEqual(claims.answer("a", [path]), [], "it is the origin already");
  assert.deepEqual(claims.answer("b", [path]), [{ path, epoch: 2 }]);
});

test("a gateway that carries the teacher already is never refused, and gets another number for each connection", () => {
  const { directory, claims } = rig();
  assert.deepEqual(claims.answer("gateway-1", [path]), [{ path, epoch: 1 }]);
  directory.report("a", [origin]);
  assert.deepEqual(claims.answer("b", [path]), [{ path, epoch: 2 }]);
  assert.deepEqual(claims.answer("gateway-1", [path], new Map([[path, 1]])), [{ path, epoch: 3 }]);
  assert.deepEqual(
    claims.answer("gateway-1", [path], new Map([[path, 7]])),
    [{ path, epoch: 8 }],
    "of an epoch that nobody has reported yet",
  );
  assert.deepEqual(claims.answer("b", [path]), [{ path, held_by: "gateway-1" }], "a failover is under way");
});

test("numbers are above what anybody has reported, also of copies that are gone", () => {
  const { directory, claims } = rig();
  directory.report("a", [{ ...origin, epoch: 6 }]);
  directory.remove("a");
  assert.deepEqual(claims.answer("b", [path]), [{ path, epoch: 7 }]);
});

test("after a restart the first number leaves room for those that nobody has reported", () => {
  const { world, directory, claims } = rig({ unreportedUntilMs: 1_000 });
  directory.report("a", [{ ...origin, epoch: 6, state: "waiting" }]);
  const [answer] = claims.answer("b", [path]);
  assert.ok((answer?.epoch ?? 0) > 50);
  claims.left("b");
  assert.deepEqual(claims.answer("c", [path]), [{ path, epoch: (answer?.epoch ?? 0) + 1 }]);
  world.nowMs = 1_000;
  assert.deepEqual(claims.answer("c", ["live/music"]), [{ path: "live/music", epoch: 1 }]);
});

test("a flood of claims neither grows nor refuses anybody else", () => {
  const { claims } = rig();
  for (let index = 0; index < 30_000; index += 1) claims.answer(`a-${index}`, [`live/flood-${index}`]);
  assert.deepEqual(claims.answer("b", [path]), [{ path, epoch: 1 }]);
});
