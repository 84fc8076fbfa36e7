import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlayersReport, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createPlayersMeter } from "./players-meter.ts";

const stream = (path: string, players?: PlayersReport): StreamReport => ({
  path,
  role: "replica",
  state: "live",
  epoch: 1,
  msn: 0,
  part: 0,
  viewers: 1,
  ...(players ? { players } : {}),
});

test("nodes are added up, delays by how many told of them, and what is old is forgotten", () => {
  const meter = createPlayersMeter();
  meter.reported([stream("live/math", { reports: 3, delay_s: 1, watched_s: 30, stalls: 1, stalled_s: 0.5 })], 0);
  meter.reported([stream("live/math", { reports: 1, delay_s: 3, watched_s: 10, stalls: 0, stalled_s: 0 }), stream("live/art")], 5_000);
  meter.reported([stream("live/math", { reports: 0, delay_s: null, watched_s: 5, stalls: 2, stalled_s: 1 })], 6_000);
  assert.deepEqual(meter.of("live/math", 7_000), { reports: 4, delay_s: 1.5, watched_s: 45, stalls: 3, stalled_s: 1.5 });
  assert.deepEqual(meter.of("live/math", 19_000), { reports: 1, delay_s: 3, watched_s: 15, stalls: 2, stalled_s: 1 });
  assert.deepEqual(meter.of("live/math", 20_500), { reports: 0, delay_s: null, watched_s: 5, stalls: 2, stalled_s: 1 });
  assert.equal(meter.of("live/math", 21_000), undefined);
  assert.equal(meter.of("live/art", 5_000), undefined);
});
