import assert from "node:assert/strict";
import { test } from "node:test";
import { joinDelayMs } from "./join-schedule.ts";

test("a class that is over is asked for every 4 to 8 s at first, then every 10 to 20 s", () => {
  for (const [backoffMs, least, most] of [
    [500, 4_000, 7_996],
    [3_999, 4_000, 7_996],
    [4_000, 10_000, 19_990],
    [8_000, 10_000, 19_990],
  ] as const) {
    assert.equal(joinDelayMs({ reason: "class_closed", retryAfterS: undefined }, backoffMs, 0), least);
    assert.equal(joinDelayMs({ reason: "class_closed", retryAfterS: 1 }, backoffMs, 0.999), most);
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
