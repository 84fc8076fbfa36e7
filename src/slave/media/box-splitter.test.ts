import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoxSplitter } from "./box-splitter.ts";

function box(type: string, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + bodyBytes, type.charCodeAt(0));
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write(type, 4, "latin1");
  return bytes;
}

test("boxes come out whole and in order, in chunks of any size", () => {
  const large = Buffer.concat([Buffer.from("000000016d6461740000000000000014", "hex"), Buffer.from("beef", "utf8")]);
  const boxes = [box("ftyp", 12), box("moov", 300), box("moof", 0), large, box("mdat", 5_000)];
  const stream = Buffer.concat(boxes);
  for (const step of [1, 7, 100, stream.length]) {
    const splitter = createBoxSplitter(10_000);
    const seen = [];
    for (let at = 0; at < stream.length; at += step) seen.push(...splitter.push(stream.subarray(at, at + step)));
    assert.deepEqual(
      seen.map(({ type }) => type),
      ["ftyp", "moov", "moof", "mdat", "mdat"],
    );
    assert.deepEqual(
      seen.map(({ bytes }) => bytes),
      boxes,
    );
  }
});

test("sizes that no box may have end the stream", () => {
  assert.throws(() => createBoxSplitter(1_000).push(Buffer.from("000000006d646174", "hex")), RangeError);
  assert.throws(() => createBoxSplitter(1_000).push(Buffer.from("000000046d646174", "hex")), RangeError);
  assert.throws(() => createBoxSplitter(1_000).push(Buffer.from("7fffffff6d646174", "hex")), RangeError);
  assert.throws(() => createBoxSplitter(1_000).push(Buffer.from("000000016d646174ffffffffffffffff", "hex")), RangeError);
});
