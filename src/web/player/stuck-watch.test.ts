import assert from "node:assert/strict";
import { test } from "node:test";
import { createStuckWatch, type StuckWatch } from "./stuck-watch.ts";

/** The playlist moves three times a second from `fromMs` until `toMs`. */
function move(watch: StuckWatch, fromMs: number, toMs: number, each: () => void = () => undefined): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 333) {
    watch.moved(nowMs);
    each();
  }
}

test("a player that plays and loads is well", () => {
  const watch = createStuckWatch();
  move(watch, 0, 20_000, () => {
    watch.fed();
    watch.played();
  });
  assert.equal(watch.verdict(20_000, false), "well");
});

test("nothing is asked for while the playlist moves: loading begins anew, and a player that stands is replaced soon", () => {
  const watch = createStuckWatch();
  move(watch, 0, 1_500, () => watch.played());
  assert.equal(watch.verdict(1_500, true), "well", "what is slow is not stuck");
  assert.equal(watch.verdict(1_500, false), "reload");
  assert.equal(watch.verdict(1_600, false), "well", "once is enough for a while");
  move(watch, 1_700, 4_500);
  assert.equal(watch.verdict(4_500, false), "restart");
});

test("a picture that stands although media comes is replaced later", () => {
  const watch = createStuckWatch();
  move(watch, 0, 4_400, () => watch.fed());
  assert.equal(watch.verdict(3_900, false), "well");
  assert.equal(watch.verdict(4_400, false), "restart");
  watch.restarted();
  assert.equal(watch.verdict(4_500, false), "well");
});

test("the time that the teacher or the node was away does not count", () => {
  const watch = createStuckWatch();
  move(watch, 0, 1_000);
  assert.equal(watch.verdict(10_000, false), "well", "the playlist stands");
  move(watch, 10_000, 11_000);
  assert.equal(watch.verdict(11_000, false), "well");
  move(watch, 11_333, 12_000);
  assert.equal(watch.verdict(12_000, false), "reload");
});
