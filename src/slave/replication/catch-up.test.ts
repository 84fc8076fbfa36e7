import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlaylistSegment } from "../media/media-playlist.ts";
import { firstUsefulMsn, missingParts, nextPart } from "./catch-up.ts";
import { splitParts } from "./split-parts.ts";
import { box } from "../../../test/support/synthetic-fmp4.ts";
import { whoToFollow } from "./who-to-follow.ts";

function segment(msn: number, parts: number, complete = true, seconds = 2): PlaylistSegment {
  const common = { msn, initId: 1, programDateTimeMs: 0, discontinuity: false, discontinuitySequence: 0, gap: false, complete };
  return { ...common, durationUs: seconds * 1e6, parts: Array.from({ length: parts }, () => ({ durationUs: 1, independent: false })) };
}
const list = (first: PlaylistSegment, ...more: PlaylistSegment[]) => ({
  timing: { targetDurationS: 2, partTargetUs: 340_000 },
  segments: [first, ...more] as const,
  hint: undefined,
  others: [],
});

test("a new copy begins three target durations before the end, or where the window does", () => {
  const window = list(segment(1, 0), segment(2, 0), segment(3, 0), segment(4, 6), segment(5, 6), segment(6, 2, false));
  assert.equal(firstUsefulMsn({ ...window, segments: [...window.segments] }, 0), 3);
  assert.equal(firstUsefulMsn({ ...window, segments: [...window.segments] }, 9), 9);
  const short = list(segment(1, 6), segment(2, 2, false));
  assert.equal(firstUsefulMsn({ ...short, segments: [...short.segments] }, 0), 1);
});

test("the part after the newest", () => {
  assert.deepEqual(nextPart({ ...list(segment(1, 6)), segments: [segment(1, 6)] }), { msn: 2, part: 0 });
  assert.deepEqual(nextPart({ ...list(segment(1, 6)), segments: [segment(1, 6), segment(2, 3, false)] }), { msn: 2, part: 3 });
});

test("what is missing is counted in parts", () => {
  const theirs = [segment(1, 0), segment(2, 6), segment(3, 6), segment(4, 2, false)];
  assert.equal(missingParts(theirs, undefined, 1), 15);
  assert.equal(missingParts(theirs, undefined, 3), 8);
  assert.equal(missingParts(theirs, segment(3, 4, false), 3), 4);
  assert.equal(missingParts(theirs, segment(4, 2, false), 4), 0);
  assert.equal(missingParts(theirs, segment(3, 6), 4), 2);
});

test("the rest of a segment is cut where its parts begin", () => {
  const parts = [1, 2, 3].map((n) => Buffer.concat([box("moof", [n]), box("mdat", [n, n])]));
  const [first = Buffer.alloc(0), second, third] = parts;
  const rest = splitParts(Buffer.concat(parts), [first], 667);
  assert.deepEqual(rest, [
    { durationUs: 333, independent: false, bytes: second },
    { durationUs: 334, independent: false, bytes: third },
  ]);
  assert.deepEqual(splitParts(first, [first], 0), []);
  assert.equal(splitParts(Buffer.concat(parts), [third ?? first], 667), undefined, "another segment");
  assert.equal(splitParts(first, [first], 1), undefined, "nothing left that could last so long");
  assert.throws(() => splitParts(Buffer.alloc(64), [], 1), RangeError);
});

test("an order comes first, then the head of the directory, never this node", () => {
  const entry = (node_id: string) => ({ path: "live/a", node_id, epoch: 1, role: "origin" as const, media_url: `http://${node_id}` });
  const ids = (...args: Parameters<typeof whoToFollow>) => whoToFollow(...args).map(({ nodeId }) => nodeId);
  assert.deepEqual(ids("me", entry("a"), entry("b")), ["a", "b"]);
  assert.deepEqual(ids("me", entry("a"), entry("a")), ["a"]);
  assert.deepEqual(ids("me", undefined, entry("me")), []);
  assert.deepEqual(ids("me", entry("me"), entry("b")), ["b"]);
  assert.deepEqual(ids("me", undefined, undefined), []);
});
