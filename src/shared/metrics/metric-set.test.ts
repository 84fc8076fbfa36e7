import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetricSet } from "./metric-set.ts";

test("what is counted stays, what is sampled is what there is now", async () => {
  const metrics = createMetricSet("slave");
  const paths = ["live/a", "live/b"];
  metrics.sampled((sample) => {
    for (const path of paths) sample("airclass_stream_player_stalls_total", 3, { path });
  });
  const count = metrics.counter("airclass_responses_total", { kind: "part", code: "200" });
  count();
  assert.match(await metrics.text(), /airclass_stream_player_stalls_total\{path="live\/b"\} 3/);
  count();
  paths.pop();
  const text = await metrics.text();
  assert.match(text, /airclass_stream_player_stalls_total\{path="live\/a"\} 3/);
  assert.doesNotMatch(text, /live\/b/);
  assert.match(text, /airclass_responses_total\{kind="part",code="200"\} 2/);
  assert.match(text, /process_cpu_seconds_total/);
});

test("a metric of another role, or with other labels, is a defect that shows at once", () => {
  const metrics = createMetricSet("master");
  assert.throws(() => metrics.counter("airclass_heartbeats_total", { result: "ok" }), /no such metric/);
  assert.throws(() => metrics.counter("airclass_responses_total", { path: "live/a" }));
});
