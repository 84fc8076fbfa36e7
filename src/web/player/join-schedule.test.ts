import assert from "node:assert/strict";
import { test } from "node:test";
import { joinDelayMs } from "./join-schedule.ts";

test("a class that is over is asked for every 15 to 30 s, however often", () => {
  for (const backoffMs of [1_000, 8_000]) {
    assert.equal(joinDelayMs({ reason: "class_closed", retryAfterS: undefined }, backoffMs, 0), 15_000);
    assert.equal(joinDelayMs({ reason: "class_closed", retryAfterS: 1 }, backoffMs, 0.999), 29_985);
  }
});

test("whoever stands in the line comes as often as the master says, never so late that the place is lost", () => {
  const inLine = (retryAfterS: number | undefined, random: number) =>
    joinDelayMs({ reason: "full", retryAfterS, position: 4 }, 8_000, random);
  assert.equal(inLine(3, 0), 3_000);
  assert.equal(inLine(undefined, 0), 2_000);
  assert.ok(inLine(300, 0.999) <= 10_000);
});

test("all others wait as long as they are told, and spread", () => {
  assert.equal(joinDelayMs({ reason: "no_node", retryAfterS: 2 }, 1_500, 0.5), 3_500);
  assert.equal(joinDelayMs({ reason: "full", retryAfterS: undefined }, 4_000, 0.5), 4_000);
});
