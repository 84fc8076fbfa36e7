import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlaylistSegment } from "../media/media-playlist.ts";
import { differenceOf } from "./same-log.ts";

const parts = (count: number) => Array.from({ length: count }, (_, index) => ({ durationUs: 300_000, independent: index === 0 }));

function segment(msn: number, count: number, changes: Partial<PlaylistSegment> = {}): PlaylistSegment {
  const common = { msn, initId: 1, programDateTimeMs: msn * 1_000, discontinuity: false, discontinuitySequence: 0, gap: false };
  return { ...common, complete: true, durationUs: count * 300_000, parts: parts(count), ...changes };
}
const open = (msn: number, count: number): PlaylistSegment => segment(msn, count, { complete: false });

test("a log agrees with any later or earlier state of itself", () => {
  const states = [
    [segment(1, 6), open(2, 1)],
    [segment(1, 6), open(2, 3)],
    [segment(1, 6), segment(2, 6)],
    [segment(1, 6, { parts: [] }), segment(2, 6, { parts: [] }), open(3, 2)],
    [segment(2, 6), segment(3, 2)],
  ];
  for (const ours of states) for (const theirs of states) assert.equal(differenceOf(ours, theirs), undefined);
});

const differences: readonly [what: string, ours: PlaylistSegment[], theirs: PlaylistSegment[]][] = [
  ["the new origin ended it earlier", [open(2, 4)], [segment(2, 3)]],
  ["the same, when its parts are no longer listed", [open(2, 4)], [segment(2, 3, { parts: [] })]],
  ["it went on after it had ended here", [segment(2, 3)], [open(2, 4)]],
  ["two origins went on alone", [segment(2, 6)], [segment(2, 6, { programDateTimeMs: 2_001 })]],
  ["a discontinuity on one side", [segment(2, 6)], [segment(2, 6, { discontinuity: true, discontinuitySequence: 1 })]],
  ["another init segment", [segment(2, 6)], [segment(2, 6, { initId: 2 })]],
  ["a gap on one side", [segment(2, 6)], [segment(2, 6, { gap: true, parts: [] })]],
  ["another length", [segment(2, 6)], [segment(2, 5)]],
  ["parts cut elsewhere", [open(2, 2)], [{ ...open(2, 2), parts: parts(2).map((part) => ({ ...part, durationUs: 299_999 })) }]],
];
for (const [what, ours, theirs] of differences) {
  test(`told apart: ${what}`, () => {
    assert.match(differenceOf([segment(1, 6), ...ours], [segment(1, 6), ...theirs]) ?? "", /^segment 2: /);
  });
}

test("where one ends before the other begins, nothing can be said", () => {
  assert.equal(differenceOf([segment(1, 6)], [segment(9, 6)]), undefined);
});
