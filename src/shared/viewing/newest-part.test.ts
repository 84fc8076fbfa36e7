import assert from "node:assert/strict";
import { test } from "node:test";
import { firstRendition, hasAsked, hasPartsAlone, isAhead, reachOf } from "./newest-part.ts";

const playlist = [
  "#EXTM3U",
  "#EXT-X-MEDIA-SEQUENCE:40",
  '#EXT-X-PART:DURATION=0.333,URI="part-40.0.m4s"',
  "#EXTINF:2.0,",
  "seg-40.m4s",
  "#EXTINF:2.0,",
  "seg-41.m4s",
  '#EXT-X-PART:DURATION=0.333,URI="part-42.0.m4s"',
  '#EXT-X-PART:DURATION=0.333,URI="part-42.1.m4s"',
  '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-42.2.m4s"',
  "",
].join("\n");

test("the newest part counts, hints do not", () => {
  assert.deepEqual(reachOf(playlist), { msn: 42, parts: 2 });
  assert.deepEqual(reachOf("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:2,\na"), { msn: 11, parts: 0 });
});

test("what is no media playlist reaches nowhere", () => {
  for (const text of ["", "<html>", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n"])
    assert.equal(reachOf(text), undefined, text);
});

test("ahead is a newer segment or more parts of it", () => {
  const here = { msn: 42, parts: 2 };
  assert.ok(isAhead({ msn: 42, parts: 3 }, here));
  assert.ok(isAhead({ msn: 43, parts: 0 }, here));
  assert.ok(isAhead(here, undefined));
  for (const not of [here, { msn: 42, parts: 1 }, { msn: 41, parts: 5 }, undefined]) assert.ok(!isAhead(not, here));
});

test("the first rendition of a multivariant playlist", () => {
  const text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsource/stream.m3u8?jwt=t\n";
  assert.equal(firstRendition(text, "http://n/live/math/index.m3u8?jwt=t"), "http://n/live/math/source/stream.m3u8?jwt=t");
  assert.equal(firstRendition("#EXTM3U\n", "http://n/live/math/index.m3u8"), undefined);
});

test("a blocking reload is answered when its part is listed, or a later one", () => {
  const asked = (query: string): boolean => hasAsked(playlist, `http://a/live/math/source/stream.m3u8${query}`);
  for (const query of ["?_HLS_msn=42&_HLS_part=1", "?_HLS_msn=41", "?_HLS_msn=41&_HLS_part=9"]) assert.equal(asked(query), true, query);
  for (const query of ["?_HLS_msn=42&_HLS_part=2&_HLS_skip=YES", "?_HLS_msn=42", "?_HLS_msn=43&_HLS_part=0"])
    assert.equal(asked(query), false, query);
  for (const query of ["", "?_HLS_skip=YES"]) assert.equal(asked(query), true, "asks for nothing that is not there");
  assert.equal(hasAsked("#EXTM3U\n", "http://a/index.m3u8?_HLS_msn=42"), true);
});

test("parts alone are those of a stream that has just begun", () => {
  const head = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:40\n";
  const part = '#EXT-X-PART:DURATION=0.333,URI="part-40.0.m4s"\n';
  assert.equal(hasPartsAlone(head + part), true);
  for (const text of [head, playlist, `${head}${part}#EXTINF:2,\na\n`, `${head}#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n${part}`])
    assert.equal(hasPartsAlone(text), false, text);
});
