import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlaylistSegment } from "../shared/hls/playlist-model.ts";
import type { ListedMedia } from "../shared/hls/read-media-playlist.ts";
import { firstMedia, newMedia, positionAfter } from "./next-media.ts";

const startMs = Date.UTC(2026, 0, 1);

/** Segments of 2 s with six parts, the first one of each independent; the last segment has `open` parts. */
function listing(segments: number, open: number, changes: Record<number, Partial<PlaylistSegment>> = {}): ListedMedia {
  const list = Array.from({ length: segments }, (_, index): PlaylistSegment => {
    const isLast = index === segments - 1;
    const parts = Array.from({ length: isLast ? open : 6 }, (__, part) => ({ durationUs: 333_000, independent: part === 0 }));
    return {
      msn: 100 + index,
      initId: 1,
      programDateTimeMs: startMs + index * 1_998,
      discontinuity: false,
      discontinuitySequence: 0,
      gap: false,
      complete: !isLast,
      durationUs: parts.length * 333_000,
      parts,
      ...changes[index],
    };
  });
  const [first, ...more] = list;
  assert.ok(first);
  return { timing: { targetDurationS: 2, partTargetUs: 333_000 }, segments: [first, ...more], hint: undefined, others: [] };
}

const names = (items: readonly { uri: string }[]): string[] => items.map(({ uri }) => uri);

test("a player begins three parts behind the end, and loads from the keyframe before", () => {
  const first = firstMedia(listing(5, 4));
  assert.deepEqual(names(first), ["part-104.0.m4s", "part-104.1.m4s", "part-104.2.m4s", "part-104.3.m4s"]);
  assert.deepEqual(
    first.map(({ isLead }) => isLead),
    [true, false, false, false],
  );
  assert.equal(first[1]?.endsAtMs, startMs + 4 * 1_998 + 666);
  const early = firstMedia(listing(5, 1));
  assert.equal(early[0]?.uri, "part-103.0.m4s", "the open segment begins too late");
  assert.equal(early.filter(({ isLead }) => !isLead).length, 3);
});

test("a stream that has just begun is played from its beginning", () => {
  assert.deepEqual(names(firstMedia(listing(1, 2))), ["part-100.0.m4s", "part-100.1.m4s"]);
});

test("each part once, through the end of a segment", () => {
  const first = firstMedia(listing(5, 4)).at(-1);
  assert.ok(first);
  assert.deepEqual(newMedia(listing(5, 4), positionAfter(first)), []);
  assert.deepEqual(names(newMedia(listing(5, 6), positionAfter(first))), ["part-104.4.m4s", "part-104.5.m4s"]);
  assert.deepEqual(names(newMedia(listing(6, 1), { msn: 104, parts: 6 })), ["part-105.0.m4s"]);
});

test("who is late loads whole segments; gaps are passed over", () => {
  const late = listing(5, 1, { 1: { parts: [], complete: true, durationUs: 1_998_000 }, 2: { parts: [], gap: true } });
  assert.deepEqual(names(newMedia(late, { msn: 101, parts: 0 })).slice(0, 2), ["seg-101.m4s", "part-103.0.m4s"]);
  assert.equal(newMedia(late, { msn: 101, parts: 2 })[0]?.uri, "part-103.0.m4s", "of a segment that was begun only parts would fit");
  assert.deepEqual(names(newMedia(late, { msn: 100, parts: 6 })).slice(0, 2), ["seg-101.m4s", "part-103.0.m4s"]);
});
