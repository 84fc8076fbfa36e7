import assert from "node:assert/strict";
import { test } from "node:test";
import { createFailureLimit } from "./failure-limit.ts";

const limits = {
  perSender: { burst: 3, perSecond: 0.1 },
  overall: { burst: 10, perSecond: 1 },
  underAttack: { burst: 1, perSecond: 0.01 },
};

/** Guesses until it has to wait. */
function guess(limit: ReturnType<typeof createFailureLimit>, sender: string, nowMs: number): number {
  let guesses = 0;
  while (limit.waitS(sender, nowMs) === 0) {
    limit.failed(sender, nowMs);
    guesses += 1;
  }
  return guesses;
}

test("one sender: its failures alone slow it down, and it may try again after a while", () => {
  const limit = createFailureLimit(limits);
  assert.equal(guess(limit, "a", 0), 3);
  assert.equal(limit.waitS("a", 0), 10);
  assert.equal(limit.waitS("b", 0), 0);
  assert.equal(guess(limit, "a", 10_000), 1);
});

test("many senders: fewer guesses for each, but a newcomer gets one", () => {
  const limit = createFailureLimit(limits);
  const early = ["a", "b", "c"].map((sender) => guess(limit, sender, 0));
  assert.deepEqual(early, [3, 3, 3]);
  const late = Array.from({ length: 100 }, (_, index) => guess(limit, `late-${index}`, 0));
  assert.ok(
    late.every((guesses) => guesses === 1),
    String(late),
  );
  assert.equal(limit.waitS("the admin", 0), 0);
  assert.equal(limit.waitS("late-1", 0), 100);
  // It is over: what each had left counts again.
  assert.equal(limit.waitS("late-1", 60_000), 0);
});

test("several targets: each is limited by itself", () => {
  const limit = createFailureLimit(limits);
  const failed = (sender: string, target: string) => {
    if (limit.waitS(sender, 0, target) === 0) limit.failed(sender, 0, target);
  };
  for (let index = 0; index < 20; index += 1) failed(`guesser-${index}`, "math");
  assert.equal(limit.waitS("guesser-1", 0, "math"), 100, "guessed at by many");
  assert.equal(limit.waitS("guesser-1", 0, "art"), 0);
  for (let index = 0; index < 3; index += 1) failed("kim", "art");
  assert.equal(limit.waitS("kim", 0, "art"), 10);
  assert.equal(limit.waitS("kim", 0, "math"), 0);
});
