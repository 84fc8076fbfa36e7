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

test("a histogram's buckets hold what is not above their bounds, each with those below", async () => {
  const metrics = createMetricSet("slave");
  const observe = metrics.histogram("airclass_response_seconds", { kind: "part" });
  for (const value of [0, 0.001, 0.0011, 0.3, 60]) observe(value);
  const text = await metrics.text();
  const bucket = (le: string) =>
    Number(new RegExp(`^airclass_response_seconds_bucket\\{kind="part",le="${le}"\\} (\\d+)$`, "m").exec(text)?.[1]);
  assert.deepEqual(["0.001", "0.0025", "0.25", "0.5", "10", "\\+Inf"].map(bucket), [2, 3, 3, 4, 4, 5]);
  assert.match(text, /^airclass_response_seconds_count\{kind="part"\} 5$/m);
  assert.match(text, /^airclass_response_seconds_sum\{kind="part"\} 60.3021$/m);
});

test("a counter that is asked for again is the same, and takes amounts", async () => {
  const metrics = createMetricSet("slave");
  metrics.counter("airclass_media_sent_bytes_total", { kind: "part" })(1_000);
  metrics.counter("airclass_media_sent_bytes_total", { kind: "part" })(24);
  const lines = (await metrics.text()).split("\n").filter((line) => line.startsWith("airclass_media_sent_bytes_total"));
  assert.deepEqual(lines, ['airclass_media_sent_bytes_total{kind="part"} 1024']);
});

test("label values and numbers are written so that a scraper reads them", async () => {
  const metrics = createMetricSet("slave");
  metrics.counter("airclass_tokens_refused_total", { reason: 'a "quote", a \\ and\na line' })();
  metrics.sampled((sample) => {
    sample("airclass_viewers", Infinity);
    sample("airclass_stream_viewers", Number.NaN, { path: "live/a" });
  });
  const text = await metrics.text();
  assert.ok(text.includes(String.raw`airclass_tokens_refused_total{reason="a \"quote\", a \\ and\na line"} 1`), text);
  assert.match(text, /^airclass_viewers \+Inf$/m);
  // prom-client writes Nan, which scrapers take for NaN.
  assert.match(text, /^airclass_stream_viewers\{path="live\/a"\} nan$/im);
});

test("a metric of another role or type, or with other labels, is a defect that shows at once", async () => {
  const metrics = createMetricSet("master");
  assert.throws(() => metrics.counter("airclass_heartbeats_total", { result: "ok" }), /no such metric/);
  assert.throws(() => metrics.counter("airclass_nodes", { state: "healthy" }), /no such metric/);
  assert.throws(() => metrics.counter("airclass_responses_total", { path: "live/a" }));
  assert.throws(() => metrics.counter("airclass_responses_total", { kind: "api", code: "200", path: "live/a" }));
  assert.throws(() => metrics.histogram("airclass_responses_total", { kind: "api", code: "200" }));
  metrics.sampled((sample) => sample("airclass_nodes", 1));
  await assert.rejects(metrics.text());
});
