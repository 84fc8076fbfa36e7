import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlaylist } from "../conformance/playlist.ts";
import type { MediaPlaylist } from "../conformance/playlist.ts";
import { createViewingLog } from "./viewing-log.ts";

function playlist(first: number, last: number, discontinuity = 0): MediaPlaylist {
  const segments = Array.from({ length: last - first + 1 }, (_, index) => `#EXTINF:2,\nseg-${first + index}.m4s`);
  const text = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuity}\n${segments.join("\n")}\n`;
  return parsePlaylist(text) as MediaPlaylist;
}

test("numbers that go back on one node are told, also when the viewer was elsewhere in between", () => {
  const log = createViewingLog("live/math");
  log.announced("kim", "a", playlist(0, 9));
  log.announced("kim", "b", playlist(3, 7));
  log.announced("lee", "a", playlist(0, 8));
  assert.deepEqual(log.problems, []);
  log.announced("kim", "a", playlist(0, 8));
  assert.deepEqual(log.problems, ["live/math: a announced MSN 8 after 9"]);
});

test("the same part with other bytes is told within an epoch, and not across epochs", () => {
  const log = createViewingLog("live/math");
  log.received("a", { discontinuity: 0, msn: 4, part: 1 }, "1111");
  log.received("b", { discontinuity: 0, msn: 4, part: 1 }, "1111");
  log.received("b", { discontinuity: 1, msn: 4, part: 1 }, "2222");
  assert.deepEqual(log.problems, []);
  log.received("b", { discontinuity: 0, msn: 4, part: 1 }, "2222");
  assert.match(log.problems.join(), /part 4\.1 .* different bytes: 1111 on a, b; 2222 on b/);
});

test("a segment that lies before a discontinuity on one node and after it on another is told", () => {
  const log = createViewingLog("live/math");
  log.announced("kim", "a", playlist(0, 9, 1));
  log.announced("kim", "b", playlist(0, 9, 0));
  assert.match(log.problems[0] ?? "", /segment 0 has discontinuity 0, 1 was said before/);
  assert.equal(log.discontinuities, 1);
});
