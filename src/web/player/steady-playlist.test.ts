import assert from "node:assert/strict";
import { test } from "node:test";
import { steadyPlaylist } from "./steady-playlist.ts";

const head = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n";
const segment = (msn: number, before = ""): string =>
  `${before}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:2,\nseg-${msn}.m4s\n`;
const map = (id: number): string => `#EXT-X-MAP:URI="init-${id}.mp4"\n`;
const hint = '#EXT-X-PART:DURATION=0.3,URI="part-14.0.m4s"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-14.1.m4s"\n';
const full = `${head}#EXT-X-MEDIA-SEQUENCE:10\n${segment(10, map(10))}${segment(11)}${segment(12, `#EXT-X-DISCONTINUITY\n${map(12)}`)}${segment(13)}${hint}`;

test("tokens are taken out, so that the same file has the same name under every token", () => {
  const { text, firstMsn } = steadyPlaylist(
    '#EXTM3U\n#EXT-X-MAP:URI="init-1.mp4?jwt=a.b-c_d"\nseg-1.m4s?jwt=a.b-c_d\nsource/stream.m3u8?jwt=a.b',
    0,
  );
  assert.equal(text, '#EXTM3U\n#EXT-X-MAP:URI="init-1.mp4"\nseg-1.m4s\nsource/stream.m3u8');
  assert.equal(firstMsn, undefined);
});

test("a playlist that begins where it should is left alone", () => {
  for (const floorMsn of [0, 9, 10]) assert.deepEqual(steadyPlaylist(full, floorMsn), { text: full, firstMsn: 10 });
});

test("older segments go, their init segment stays for those that need it", () => {
  const { text, firstMsn } = steadyPlaylist(full, 11);
  assert.equal(firstMsn, 11);
  assert.equal(
    text,
    `${head}#EXT-X-MEDIA-SEQUENCE:11\n${map(10)}${segment(11)}${segment(12, `#EXT-X-DISCONTINUITY\n${map(12)}`)}${segment(13)}${hint}`,
  );
});

test("the first one that is left keeps its own discontinuity; those before are counted", () => {
  assert.equal(
    steadyPlaylist(full, 12).text,
    `${head}#EXT-X-MEDIA-SEQUENCE:12\n${segment(12, `#EXT-X-DISCONTINUITY\n${map(12)}`)}${segment(13)}${hint}`,
  );
  const counted = full.replace("#EXT-X-MEDIA-SEQUENCE:10\n", "#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-DISCONTINUITY-SEQUENCE:4\n");
  assert.equal(
    steadyPlaylist(counted, 13).text,
    `${head}#EXT-X-MEDIA-SEQUENCE:13\n#EXT-X-DISCONTINUITY-SEQUENCE:5\n${map(12)}${segment(13)}${hint}`,
  );
});

test("a delta update skips fewer, or none", () => {
  const delta = `${head}#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n${segment(13)}${hint}`;
  assert.equal(steadyPlaylist(delta, 11).text, `${head}#EXT-X-MEDIA-SEQUENCE:11\n#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n${segment(13)}${hint}`);
  assert.equal(steadyPlaylist(delta, 13).text, `${head}#EXT-X-MEDIA-SEQUENCE:13\n${segment(13)}${hint}`);
  assert.equal(steadyPlaylist(delta, 14).text, `${head}#EXT-X-MEDIA-SEQUENCE:14\n${hint}`);
});

test("a playlist that ends before what was seen is left alone", () => {
  assert.deepEqual(steadyPlaylist(full, 20), { text: full, firstMsn: 10 });
});

test("a playlist that waits for its teacher gets a hint: hls.js would take its last segment for the open one", () => {
  const parts = '#EXT-X-PART:DURATION=0.3,URI="part-13.0.m4s"\n';
  const waiting = `${head}#EXT-X-MEDIA-SEQUENCE:12\n${segment(12, map(12))}${parts}${segment(13)}`;
  const { text } = steadyPlaylist(waiting, 0);
  assert.equal(text, `${waiting}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-14.0.m4s"\n`);
  assert.equal(steadyPlaylist(text, 0).text, text);
  const withoutParts = `${head}#EXT-X-MEDIA-SEQUENCE:12\n${segment(12, map(12))}`;
  assert.equal(steadyPlaylist(withoutParts, 0).text, withoutParts);
});
