import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaPlaylistText } from "../../slave/media/media-playlist.ts";
import type { PlaylistSegment } from "../../slave/media/media-playlist.ts";
import { playlistTemplate } from "../../slave/media/playlist-template.ts";
import { PlaylistError } from "./playlist-error.ts";
import { readMediaPlaylist } from "./read-media-playlist.ts";

const timing = { targetDurationS: 2, partTargetUs: 340_000 };
const part = (durationUs: number, independent = false) => ({ durationUs, independent });

function segment(msn: number, changes: Partial<PlaylistSegment> = {}): PlaylistSegment {
  const parts = [part(333_333, true), part(333_334)];
  const programDateTimeMs = Date.UTC(2026, 0, 1, 8) + msn * 667;
  const common = { msn, initId: 40_000_001, programDateTimeMs, discontinuity: false, discontinuitySequence: 9_000, gap: false };
  return { ...common, complete: true, durationUs: 666_667, parts, ...changes };
}

const segments = [
  segment(40_000_007, { parts: [] }),
  segment(40_000_008, { gap: true, parts: [], durationUs: 0 }),
  segment(40_000_009, { discontinuity: true, discontinuitySequence: 9_001, initId: 40_000_009, durationUs: 1, parts: [part(1)] }),
  segment(40_000_010, { discontinuitySequence: 9_001, initId: 40_000_009, complete: false, durationUs: 666_667 }),
];
const reports = [
  { name: "720p", lastMsn: 10, lastPart: 0 },
  { name: "480p", lastMsn: 9, lastPart: -1 },
];

const render = (live: boolean, of = segments): string =>
  playlistTemplate(mediaPlaylistText({ timing, segments: of, live, reports }, false)).bare.toString();

test("what the renderer writes is read back to the microsecond", () => {
  for (const live of [true, false]) {
    const list = readMediaPlaylist(render(live));
    assert.deepEqual(list.segments, segments);
    assert.deepEqual(list.timing, timing);
    assert.deepEqual(list.hint, live ? { msn: 40_000_010, part: 2 } : undefined);
    assert.deepEqual(list.others, ["720p", "480p"]);
    const again = mediaPlaylistText({ timing: list.timing, segments: list.segments, live, reports }, false);
    assert.equal(playlistTemplate(again).bare.toString(), render(live));
  }
});

test("a discontinuity at the first segment is there again", () => {
  const first = [segment(5, { discontinuity: true, discontinuitySequence: 3 }), segment(6, { discontinuitySequence: 3 })];
  assert.deepEqual(readMediaPlaylist(render(true, first)).segments, first);
});

test("a delta update is read where it was asked for: numbers go on after what was skipped", () => {
  const long = Array.from({ length: 30 }, (_, index) =>
    segment(100 + index, { parts: index < 25 ? [] : [part(333_333, true), part(333_334)] }),
  );
  const text = playlistTemplate(mediaPlaylistText({ timing, segments: long, live: true, reports }, true)).bare.toString();
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1]);
  assert.ok(skipped > 5, text);
  const list = readMediaPlaylist(text, { delta: true });
  assert.deepEqual(
    list.segments.map(({ msn, programDateTimeMs, parts }) => [msn, programDateTimeMs, parts]),
    long.slice(skipped).map(({ msn, programDateTimeMs, parts }) => [msn, programDateTimeMs, parts]),
  );
  assert.deepEqual(list.hint, { msn: 130, part: 0 });
  assert.throws(() => readMediaPlaylist(text), PlaylistError);
  assert.throws(() => readMediaPlaylist(text.replace(/SKIPPED-SEGMENTS=\d+/, "SKIPPED-SEGMENTS=-1"), { delta: true }), PlaylistError);
});

/** Each replaces a piece of a good playlist. */
const damage: readonly [what: string, from: string | RegExp, to: string][] = [
  ["no playlist", "#EXTM3U", "<html>"],
  ["another segment's number", "seg-40000007.m4s", "seg-40000008.m4s"],
  ["a URI that leads elsewhere", "seg-40000007.m4s", "../../x/seg-40000007.m4s"],
  ["an absolute URI", "seg-40000007.m4s", "http://10.0.0.1/seg-40000007.m4s"],
  ["a part of another segment", "part-40000010.0", "part-40000011.0"],
  ["a part out of order", "part-40000010.0", "part-40000010.1"],
  ["an init segment elsewhere", "init-40000001.mp4", "/init-40000001.mp4"],
  ["a negative duration", "#EXTINF:0.666667", "#EXTINF:-0.666667"],
  ["an endless duration", "#EXTINF:0.666667", "#EXTINF:9999999999"],
  ["no number", "#EXTINF:0.666667", "#EXTINF:1e3"],
  ["parts that do not add up", "#EXT-X-PART:DURATION=0.000001", "#EXT-X-PART:DURATION=0.000002"],
  ["a part of no length", "#EXT-X-PART:DURATION=0.000001", "#EXT-X-PART:DURATION=0"],
  ["a number beyond all bounds", "#EXT-X-MEDIA-SEQUENCE:40000007", "#EXT-X-MEDIA-SEQUENCE:99999999999999999999"],
  ["a date that is none", /#EXT-X-PROGRAM-DATE-TIME:.*/, "#EXT-X-PROGRAM-DATE-TIME:2026-02-31T08:00:00.000Z"],
  ["no date", /#EXT-X-PROGRAM-DATE-TIME:.*\n/, ""],
  ["no init segment", /#EXT-X-MAP:.*\n/, ""],
  ["no part target", /#EXT-X-PART-INF:.*\n/, ""],
  ["a target duration of 0", "#EXT-X-TARGETDURATION:2", "#EXT-X-TARGETDURATION:0"],
  ["a delta update", "#EXT-X-DISCONTINUITY\n", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-DISCONTINUITY\n"],
  ["a hint that leads elsewhere", /URI="part-40000010\.2/, 'URI="../part-40000010.2'],
  ["a report that leads elsewhere", "../720p/", "../../live/other/720p/"],
  ["a gap with parts", "#EXT-X-DISCONTINUITY\n", "#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n"],
  ["nothing in it", /#EXT-X-MAP[^]*$/, ""],
];
for (const [what, from, to] of damage) {
  test(`refused: ${what}`, () => {
    const text = render(true).replace(from, to);
    assert.notEqual(text, render(true));
    assert.throws(() => readMediaPlaylist(text), PlaylistError);
  });
}

test("a flood of segments or parts is refused", () => {
  const many = Array.from({ length: 1_001 }, (_, index) => segment(index, { parts: [] }));
  assert.throws(() => readMediaPlaylist(render(true, many)), PlaylistError);
  const parts = Array.from({ length: 1_001 }, () => part(1));
  assert.throws(() => readMediaPlaylist(render(true, [segment(1, { complete: false, durationUs: 1_001, parts })])), PlaylistError);
});
