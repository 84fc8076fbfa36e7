import assert from "node:assert/strict";
import { test } from "node:test";
import { PlaylistError } from "../shared/hls/playlist-error.ts";
import { createPlaylistReader } from "./playlist-reader.ts";

const media = (token: string, msn = 7): string => `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-PART-INF:PART-TARGET=0.34
#EXT-X-MEDIA-SEQUENCE:${msn}
#EXT-X-MAP:URI="init-1.mp4?jwt=${token}"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:00.000Z
#EXT-X-PART:DURATION=0.333,URI="part-${msn}.0.m4s?jwt=${token}",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${msn}.1.m4s?jwt=${token}"
`;

test("the playlists of many viewers are one, whatever their tokens", () => {
  const reader = createPlaylistReader();
  const first = reader.media(media("one"), "one");
  assert.deepEqual(first.hint, { msn: 7, part: 1 });
  assert.equal(reader.media(media("other.token"), "other.token"), first);
  assert.notEqual(reader.media(media("one", 8), "one"), first);
});

test("addresses that lead elsewhere are refused, and so are those with another's token", () => {
  const reader = createPlaylistReader();
  assert.throws(() => reader.media(media("one"), "other"), PlaylistError);
  assert.throws(() => reader.media(media("one").replace("part-7.0", "http://10.0.0.1/part-7.0"), "one"), PlaylistError);
  const multivariant = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.64001f"\nsource/stream.m3u8?jwt=one\n';
  assert.equal(reader.firstVariant(multivariant, "one"), "source/stream.m3u8");
  assert.throws(() => reader.firstVariant(multivariant.replace("source/", "http://10.0.0.1/source/"), "one"), PlaylistError);
});
