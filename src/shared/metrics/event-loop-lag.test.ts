import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { systemClock } from "../kernel/clock.ts";
import { createEventLoopLag } from "./event-loop-lag.ts";
import { createMetricSet } from "./metric-set.ts";

const figure = (text: string, name: string) => Number(new RegExp(`^airclass_event_loop_lag_seconds_${name} (\\S+)$`, "m").exec(text)?.[1]);

test("a loop that was blocked shows", async () => {
  const metrics = createMetricSet("slave");
  const lag = createEventLoopLag(metrics, systemClock);
  const untilMs = systemClock.monotonicMs() + 400;
  while (systemClock.monotonicMs() < untilMs);
  await sleep(10);
  lag.stop();
  const text = await metrics.text();
  assert.ok(figure(text, "count") >= 1, text);
  // It was to run after 100 ms and could not before 400.
  assert.ok(figure(text, "sum") >= 0.29, String(figure(text, "sum")));
  await sleep(250);
  assert.equal(figure(await metrics.text(), "count"), figure(text, "count"), "it goes on after stop");
  lag.stop();
});
