import assert from "node:assert/strict";
import { test } from "node:test";
import { keepsPicture, kindOf, mayTryAgain, noticeOf, type Situation } from "./notice.ts";

const situation = (changes: Partial<Situation>): Situation => ({
  phase: "playing",
  refusal: undefined,
  online: true,
  phaseForMs: 5_000,
  ...changes,
});

test("a picture that moves, or that the student has stopped, speaks for itself, also when the network is gone", () => {
  for (const phase of ["playing", "paused"] as const)
    for (const online of [true, false]) assert.equal(noticeOf(situation({ phase, online })), undefined);
});

test("each phase without a picture is said", () => {
  for (const phase of ["connecting", "waiting_for_teacher", "reconnecting", "joining", "over"] as const)
    assert.equal(noticeOf(situation({ phase, phaseForMs: 0 })), phase);
});

test("a picture that stands is talked about only after a while", () => {
  assert.equal(noticeOf(situation({ phase: "buffering", phaseForMs: 999 })), undefined);
  assert.equal(noticeOf(situation({ phase: "buffering", phaseForMs: 1_000 })), "buffering");
});

test("a device without a network is told so, and not that the school's server is away", () => {
  for (const phase of ["joining", "connecting", "buffering", "reconnecting", "waiting_for_teacher"] as const)
    assert.equal(noticeOf(situation({ phase, refusal: "unreachable", online: false })), "offline", phase);
  assert.equal(noticeOf(situation({ phase: "over", refusal: "class_closed", online: false })), "over");
  assert.equal(noticeOf(situation({ phase: "refused", refusal: "removed", online: false })), "removed");
});

test("while joining, what is in the way is said", () => {
  for (const refusal of ["full", "no_node", "too_many_requests", "unreachable"] as const)
    assert.equal(noticeOf(situation({ phase: "joining", refusal })), refusal);
});

test("what is for good has a sentence of its own, or a general one", () => {
  assert.equal(noticeOf(situation({ phase: "refused", refusal: "removed" })), "removed");
  assert.equal(noticeOf(situation({ phase: "refused", refusal: "unsupported_browser" })), "unsupported_browser");
  assert.equal(noticeOf(situation({ phase: "refused", refusal: "token_refused" })), "token_refused");
});

test("waiting looks calm, an end looks like one, and only what people did can be tried again by hand", () => {
  assert.deepEqual(
    ["waiting_for_teacher", "full", "reconnecting", "removed"].map((state) => kindOf(state as "full")),
    ["calm", "calm", "busy", "end"],
  );
  assert.ok(mayTryAgain("removed") && !mayTryAgain("over") && !mayTryAgain("unsupported_browser"));
  assert.ok(keepsPicture("buffering") && !keepsPicture("over"));
});
