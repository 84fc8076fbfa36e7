import assert from "node:assert/strict";
import { test } from "node:test";
import { partToBeginWith, withMissingSegment } from "./first-parts.ts";

const head = (msn: number, target = 2, partTarget = 0.34): string =>
  `#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:${target}\n` +
  `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${partTarget * 3},CAN-SKIP-UNTIL=12\n` +
  `#EXT-X-PART-INF:PART-TARGET=${partTarget}\n#EXT-X-MEDIA-SEQUENCE:${msn}\n`;
const body = (msn: number, parts: number, seconds = 0.333): string =>
  `#EXT-X-MAP:URI="init-1.mp4"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n` +
  Array.from({ length: parts }, (_, part) => `#EXT-X-PART:DURATION=${seconds},URI="part-${msn}.${part}.m4s"\n`).join("") +
  `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${msn}.${parts}.m4s"\n`;

test("as many parts as a player keeps between itself and the end", () => {
  assert.deepEqual(partToBeginWith(head(40) + body(40, 1)), { msn: 40, part: 2 });
  assert.deepEqual(partToBeginWith(head(40) + body(40, 2)), { msn: 40, part: 2 });
  assert.equal(partToBeginWith(head(40) + body(40, 3)), undefined);
  assert.equal(partToBeginWith(head(40) + body(40, 5)), undefined);
});

test("where parts are large, not more than a segment has", () => {
  assert.deepEqual(partToBeginWith(head(40, 2, 1) + body(40, 1, 1)), { msn: 40, part: 1 });
  assert.equal(partToBeginWith(head(40, 1, 1) + body(40, 1, 1)), undefined);
});

test("a missing segment comes before the first, everything else stays", () => {
  assert.equal(
    withMissingSegment(head(40) + body(40, 3), undefined),
    `${head(39)}#EXT-X-START:TIME-OFFSET=2.000\n#EXT-X-GAP\n` +
      `#EXT-X-PART:DURATION=1,URI="part-39.0.m4s",GAP=YES\n#EXT-X-PART:DURATION=1,URI="part-39.1.m4s",GAP=YES\n` +
      `#EXTINF:2,\nseg-39.m4s\n${body(40, 3)}`,
  );
});

test("who comes later begins later, at the usual distance from the end", () => {
  const offsetOf = (parts: number): number =>
    Number(/TIME-OFFSET=([\d.]+)/.exec(withMissingSegment(head(40) + body(40, parts), undefined) ?? "")?.[1]);
  assert.equal(offsetOf(1), 2);
  // 6 parts of 0.333 s, of which the last 1.02 s are the hold-back.
  assert.equal(offsetOf(6), 2.978);
});

test("it is shown again as long as it is the first that was shown, and not where others were", () => {
  const playlist = head(40) + body(40, 4);
  assert.equal(withMissingSegment(playlist, 39), withMissingSegment(playlist, undefined));
  for (const knownMsn of [30, 38, 40, 41]) assert.equal(withMissingSegment(playlist, knownMsn), undefined, `${knownMsn}`);
});

test("no segment can be missing before the first number, and nothing is made of what is no playlist of ours", () => {
  for (const text of [head(0) + body(0, 3), "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:4\n", ""]) {
    assert.equal(withMissingSegment(text, undefined), undefined);
    assert.equal(partToBeginWith(text), undefined);
  }
});
