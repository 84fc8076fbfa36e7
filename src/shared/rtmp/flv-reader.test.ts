import assert from "node:assert/strict";
import { test } from "node:test";
import { flvAudio, flvHeader, flvMetadataTag, flvTag, flvVideo } from "./flv.ts";
import { createFlvReader } from "./flv-reader.ts";

const bytes = Buffer.concat([
  flvHeader({ video: true, audio: true }),
  flvMetadataTag(30),
  flvTag(flvVideo, 0, Buffer.from("video")),
  flvTag(flvAudio, 2 ** 24 + 5, Buffer.from("audio")),
  flvTag(flvVideo, 2 ** 31 + 7, Buffer.alloc(0)),
]);
const expected = [
  [flvVideo, 0, "video"],
  [flvAudio, 2 ** 24 + 5, "audio"],
  [flvVideo, 2 ** 31 + 7, ""],
];

test("tags come out whole, however the bytes are cut", () => {
  for (const size of [1, 3, 7, 16, bytes.length]) {
    const tags: unknown[] = [];
    const read = createFlvReader((type, timestampMs, payload) => void tags.push([type, timestampMs, payload.toString()]));
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
    assert.deepEqual(tags, expected, `${size} at a time`);
  }
});

test("what is no FLV, and a tag without end, are refused", () => {
  assert.throws(() => createFlvReader(() => {})(Buffer.from("GIF89a.......")), RangeError);
  const read = createFlvReader(() => {});
  read(flvHeader({ video: true, audio: false }));
  assert.throws(() => read(Buffer.from([flvVideo, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0])), RangeError);
});
