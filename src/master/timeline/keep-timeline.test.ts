import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimelineKeeper } from "./keep-timeline.ts";
import { createTimeline } from "./timeline.ts";

test("a stream that comes back with the last node of before is nothing new; one that comes later is", async () => {
  const timeline = createTimeline();
  let settled = false;
  const keeper = createTimelineKeeper({
    timeline,
    directory: { originOf: () => ({ nodeId: "a", epoch: 3, state: "live" }) as never },
    formerNodes: [],
    settled: () => settled,
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
  });
  const kinds: string[] = [];
  timeline.listen(({ kind }) => kinds.push(kind));
  keeper.streamChanged("live/math");
  settled = true;
  await Promise.resolve();
  assert.deepEqual(kinds, []);
  keeper.streamChanged("live/art");
  await Promise.resolve();
  assert.deepEqual(kinds, ["stream_started"]);
  keeper.stop();
});
