import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaPlaylistText } from "./media-playlist.ts";
import type { PlaylistSegment } from "./media-playlist.ts";
import { multivariantPlaylistText } from "./multivariant-playlist.ts";
import { playlistTemplate, secondsText } from "./playlist-template.ts";

const timing = { targetDurationS: 2, partTargetUs: 340_000 };
const startMs = Date.UTC(2026, 0, 1, 8);
const part = (durationUs: number, independent = false) => ({ durationUs, independent });

function segment(msn: number, changes: Partial<PlaylistSegment> = {}): PlaylistSegment {
  return {
    msn,
    initId: 1,
    programDateTimeMs: startMs + msn * 2_000,
    discontinuity: false,
    discontinuitySequence: 0,
    gap: false,
    complete: true,
    durationUs: 2_000_000,
    parts: [part(340_000, true), part(330_000)],
    ...changes,
  };
}

const text = (playlist: Parameters<typeof mediaPlaylistText>[0], skip = false): string =>
  playlistTemplate(mediaPlaylistText(playlist, skip)).pieces.join("?jwt=T");

test("a live media playlist, word for word", () => {
  const segments = [
    segment(7, { parts: [] }),
    segment(8, { gap: true, parts: [] }),
    segment(9, { discontinuity: true, discontinuitySequence: 3, initId: 2 }),
    segment(10, { discontinuitySequence: 3, initId: 2, complete: false, durationUs: 340_000, parts: [part(340_000, true)] }),
  ];
  const reports = [
    { name: "720p", lastMsn: 10, lastPart: 0 },
    { name: "480p", lastMsn: 9, lastPart: -1 },
  ];
  assert.equal(
    text({ timing, segments, live: true, reports }),
    `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.02,CAN-SKIP-UNTIL=12
#EXT-X-PART-INF:PART-TARGET=0.34
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init-1.mp4?jwt=T"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:14.000Z
#EXTINF:2,
seg-7.m4s?jwt=T
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:16.000Z
#EXT-X-GAP
#EXTINF:2,
seg-8.m4s?jwt=T
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-2.mp4?jwt=T"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:18.000Z
#EXT-X-PART:DURATION=0.34,URI="part-9.0.m4s?jwt=T",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.33,URI="part-9.1.m4s?jwt=T"
#EXTINF:2,
seg-9.m4s?jwt=T
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:20.000Z
#EXT-X-PART:DURATION=0.34,URI="part-10.0.m4s?jwt=T",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-10.1.m4s?jwt=T"
#EXT-X-RENDITION-REPORT:URI="../720p/stream.m3u8?jwt=T",LAST-MSN=10,LAST-PART=0
#EXT-X-RENDITION-REPORT:URI="../480p/stream.m3u8?jwt=T",LAST-MSN=9
`,
  );
});

test("the discontinuity sequence counts removed tags only", () => {
  const removed = [segment(9, { discontinuitySequence: 3 })];
  assert.match(text({ timing, segments: removed, live: true, reports: [] }), /#EXT-X-DISCONTINUITY-SEQUENCE:3\n/);
  const stillThere = [segment(9, { discontinuity: true, discontinuitySequence: 3 })];
  assert.match(text({ timing, segments: stillThere, live: true, reports: [] }), /#EXT-X-DISCONTINUITY-SEQUENCE:2\n/);
});

test("parts are listed for three target durations, the hint is the first part of the next segment after a complete one", () => {
  const segments = Array.from({ length: 10 }, (_, index) => segment(index));
  const full = text({ timing, segments, live: true, reports: [] });
  assert.deepEqual(
    [...full.matchAll(/part-(\d+)\.0/g)].map(([, msn]) => Number(msn)),
    [7, 8, 9, 10],
  );
  assert.match(full, /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-10\.0\.m4s\?jwt=T"\n$/);
  assert.doesNotMatch(full, /ENDLIST|INDEPENDENT-SEGMENTS/);
});

test("while the publisher is away nothing is promised, and the list does not end", () => {
  const away = text({ timing, segments: [segment(0)], live: false, reports: [] });
  assert.doesNotMatch(away, /PRELOAD-HINT|ENDLIST/);
});

test("a delta update skips what is older than six target durations, and repeats the map", () => {
  const segments = Array.from({ length: 10 }, (_, index) => segment(index));
  const delta = text({ timing, segments, live: true, reports: [] }, true);
  assert.match(
    delta,
    /#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n#EXT-X-MAP:URI="init-1.mp4\?jwt=T"\n#EXT-X-PROGRAM-DATE-TIME/,
  );
  assert.deepEqual(
    [...delta.matchAll(/^seg-(\d+)/gm)].map(([, msn]) => Number(msn)),
    [4, 5, 6, 7, 8, 9],
  );
  const full = text({ timing, segments: segments.slice(0, 6), live: true, reports: [] });
  assert.equal(text({ timing, segments: segments.slice(0, 6), live: true, reports: [] }, true), full);
});

test("multivariant playlist, word for word", () => {
  const source = {
    name: "source",
    peakBandwidth: 4_000_000.4,
    averageBandwidth: 3_500_000,
    codecs: "avc1.64001f,mp4a.40.2",
    width: 1280,
    height: 720,
    frameRate: 30,
  };
  const sound = {
    name: "audio",
    peakBandwidth: 128_000,
    averageBandwidth: undefined,
    codecs: "mp4a.40.2",
    width: undefined,
    height: undefined,
    frameRate: undefined,
  };
  const template = playlistTemplate(multivariantPlaylistText([source, sound]));
  assert.equal(
    template.bare.toString(),
    `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=4000001,AVERAGE-BANDWIDTH=3500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
source/stream.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"
audio/stream.m3u8
`,
  );
  assert.equal(template.pieces.length, 3);
});

test("seconds are exact, without exponent", () => {
  for (const [us, expected] of [
    [0, "0"],
    [1, "0.000001"],
    [333_333, "0.333333"],
    [2_000_000, "2"],
    [1_020_000, "1.02"],
    [10_000_001, "10.000001"],
  ] as const) {
    assert.equal(secondsText(us), expected);
  }
});
