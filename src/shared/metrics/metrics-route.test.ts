import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpServer } from "../http/http-server.ts";
import { createLogger } from "../logging/logger.ts";
import { Problem } from "../protocol/problems.ts";
import { createMetricSet } from "./metric-set.ts";
import type { MetricSet } from "./metric-set.ts";
import { registerMetricsRoute } from "./metrics-route.ts";

function serve(metrics: MetricSet) {
  let nowMs = 0;
  const app = createHttpServer({ logger: createLogger("silent", {}) });
  registerMetricsRoute(app, metrics, { monotonicMs: () => nowMs, wallMs: () => 0 });
  return { app, scrape: () => app.inject({ method: "GET", url: "/metrics" }), pass: (ms: number) => void (nowMs += ms) };
}

test("everybody gets the text, with its content type", async () => {
  const { app, scrape } = serve(createMetricSet("master"));
  const { statusCode, headers, body } = await scrape();
  assert.equal(statusCode, 200);
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4; ?charset=utf-8$/);
  assert.match(body, /^# TYPE airclass_nodes gauge$/m);
  await app.close();
});

test("a flood of scrapes renders once a second, and once at a time", async () => {
  const set = createMetricSet("master");
  let renders = 0;
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow: MetricSet = {
    ...set,
    async text() {
      renders += 1;
      await gate;
      return `render ${renders}`;
    },
  };
  const { app, scrape, pass } = serve(slow);
  const first = scrape();
  const second = scrape();
  await new Promise(setImmediate);
  pass(5_000);
  const third = scrape();
  await new Promise(setImmediate);
  release();
  for (const { body } of await Promise.all([first, second, third])) assert.equal(body, "render 1");
  pass(999);
  assert.equal((await scrape()).body, "render 2");
  pass(999);
  assert.equal((await scrape()).body, "render 2");
  pass(1);
  assert.equal((await scrape()).body, "render 3");
  await app.close();
});

test("a render that failed is a problem document, and not kept", async () => {
  const set = createMetricSet("master");
  let failures = 1;
  const { app, scrape } = serve({ ...set, text: () => (failures-- > 0 ? Promise.reject(new Error("no")) : set.text()) });
  assert.equal((await scrape()).statusCode, 500);
  assert.equal((await scrape()).statusCode, 200);
  await app.close();
});

test("answers of the API are counted by status and timed, in scopes too, and whatever address was asked for", async () => {
  const set = createMetricSet("slave");
  const { app } = serve(set);
  await app.register(async (scope) => {
    scope.get("/full", () => {
      throw new Problem("no_capacity");
    });
  });
  for (const url of ["/full", "/full", "/no-such-thing-1", "/no-such-thing-2?jwt=secret"]) await app.inject({ method: "GET", url });
  const text = await set.text();
  assert.match(text, /^airclass_responses_total\{kind="api",code="503"\} 2$/m);
  assert.match(text, /^airclass_responses_total\{kind="api",code="404"\} 2$/m);
  assert.match(text, /^airclass_responses_total\{kind="api",code="500"\} 0$/m);
  assert.match(text, /^airclass_response_seconds_count\{kind="api"\} 4$/m);
  assert.doesNotMatch(text, /no-such-thing|secret/);
  await app.close();
});
