import assert from "node:assert/strict";
import { test } from "node:test";
import { createViewers } from "./viewers.ts";
import type { ViewerClaims } from "./viewers.ts";

const claims = (jti: string, path: string, more: Partial<ViewerClaims> = {}): ViewerClaims => ({
  jti,
  path,
  iat: 0,
  exp: 3_600,
  user_id: `user ${jti}`,
  user_type: "student",
  ...more,
});

test("a token is one viewer for as long as its requests come, whatever their number", () => {
  const viewers = createViewers(10_000);
  for (let at = 0; at <= 60_000; at += 300) viewers.seen(claims("a", "live/x"), at);
  viewers.seen(claims("b", "live/x"), 60_000);
  viewers.seen(claims("c", "live/y"), 60_000);
  assert.equal(viewers.count(60_000), 3);
  assert.deepEqual(
    [...viewers.countByPath(60_000)],
    [
      ["live/x", 2],
      ["live/y", 1],
    ],
  );
  assert.equal(viewers.count(69_999), 3);
  assert.equal(viewers.count(70_001), 0);
});

test("who watches as a teacher is a viewer, and can be told apart", () => {
  const viewers = createViewers(10_000);
  viewers.seen(claims("a", "live/x", { user_type: "teacher" }), 0);
  viewers.seen(claims("a", "live/x", { user_type: "teacher" }), 5_000);
  viewers.seen(claims("b", "live/x"), 5_000);
  assert.deepEqual([[...viewers.countByPath(5_000)], [...viewers.teachersByPath(5_000)]], [[["live/x", 2]], [["live/x", 1]]]);
  viewers.seen(claims("b", "live/x"), 15_000);
  assert.deepEqual([[...viewers.countByPath(15_001)], [...viewers.teachersByPath(15_001)]], [[["live/x", 1]], []]);
});

test("a viewer that is seen again is not expired with those seen before it", () => {
  const viewers = createViewers(10_000);
  viewers.seen(claims("first", "live/x"), 0);
  viewers.seen(claims("second", "live/x"), 1);
  viewers.seen(claims("first", "live/x"), 9_000);
  assert.equal(viewers.count(12_000), 1);
  assert.ok(viewers.has("first"));
});

test("activations are reported until the master has acknowledged them, none lost in between", () => {
  const viewers = createViewers(10_000);
  viewers.seen(claims("a", "live/x"), 0);
  const first = viewers.activated();
  viewers.seen(claims("b", "live/x"), 1);
  assert.deepEqual(viewers.activated(), ["a", "b"], "not acknowledged: reported again");
  viewers.acknowledge(first);
  assert.deepEqual(viewers.activated(), ["b"]);
  viewers.seen(claims("a", "live/x"), 5_000);
  assert.deepEqual(viewers.activated(), ["b"], "seen again within the window is no activation");
  viewers.count(60_000);
  viewers.acknowledge(["b"]);
  viewers.seen(claims("a", "live/x"), 60_000);
  assert.deepEqual(viewers.activated(), ["a"], "who comes back after the window is a viewer anew");
});

test("viewers of a stream, and who was here a moment ago", () => {
  const viewers = createViewers(10_000);
  viewers.seen(claims("a", "live/math"), 0);
  viewers.seen(claims("b", "live/math"), 4_000);
  viewers.seen(claims("c", "live/art"), 4_000);
  viewers.seen(claims("a", "live/math"), 5_000);
  assert.equal(viewers.countOf("live/math", 5_000), 2);
  assert.deepEqual([viewers.countRecent(5_500, 2_000), viewers.countRecent(6_500, 2_000), viewers.countRecent(9_000, 2_000)], [3, 1, 0]);
  assert.equal(viewers.firstSeenMs("a"), 0);
  assert.equal(viewers.countOf("live/math", 14_500), 1);
  assert.equal(viewers.countOf("live/art", 14_500), 0);
  assert.deepEqual([...viewers.countByPath(14_500)], [["live/math", 1]]);
  viewers.seen(claims("b", "live/math"), 15_000);
  assert.equal(viewers.firstSeenMs("b"), 15_000, "anew");
  assert.equal(viewers.firstSeenMs("x"), undefined);
});

test("the list of a stream says who, since when, and until when the token seen last is good", () => {
  const viewers = createViewers(10_000);
  viewers.seen(claims("a", "live/math"), 0);
  viewers.seen(claims("b", "live/art"), 0);
  viewers.seen(claims("a", "live/math", { exp: 7_200 }), 500);
  assert.deepEqual(
    viewers.listOf("live/math", 9_000).map(({ claims: { jti, user_id, exp }, firstSeenMs }) => [jti, user_id, exp, firstSeenMs]),
    [["a", "user a", 7_200, 0]],
  );
  assert.deepEqual(viewers.listOf("live/math", 10_001), []);
});
