import assert from "node:assert/strict";
import { test } from "node:test";
import { shouldMove } from "./drain-schedule.ts";

const drain = { startedAtMs: 1_000, deadlineMs: 61_000 };
const jtis = Array.from({ length: 1_000 }, (_, index) => `0123456789abcdef-${index}`);
const told = (nowMs: number) => jtis.filter((jti) => shouldMove(jti, 500, drain, nowMs)).length;

test("viewers are told one after the other, evenly, the last ones well before the end, and again and again", () => {
  assert.ok(told(1_000) <= 5, "not all at once");
  assert.ok(told(1_600) >= 5, "the first ones soon");
  const tenths = Array.from({ length: 6 }, (_, tenth) => told(1_000 + (tenth + 1) * 6_000) - told(1_000 + tenth * 6_000));
  assert.ok(
    tenths.every((count) => count > 120 && count < 215),
    tenths.join(),
  );
  assert.equal(told(37_000), 1_000);
  assert.equal(told(90_000), 1_000);
});

test("who comes while the node is emptied is told at once", () => {
  assert.ok(jtis.every((jti) => shouldMove(jti, 1_001, drain, 1_001)));
});

test("a deadline that is over already: everybody, at once", () => {
  assert.ok(jtis.every((jti) => shouldMove(jti, 0, { startedAtMs: 1_000, deadlineMs: 900 }, 1_000)));
});
