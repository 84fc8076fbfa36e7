import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameReader, encodeControl, encodeMedia } from "./link-frame.ts";

test("frames arrive whole, however the pipe cuts them", () => {
  const payload = Buffer.from("1701000000aabbcc", "hex");
  const stream = Buffer.concat([
    encodeControl({ kind: "allow", session: 7 }),
    encodeMedia(4_000_000_000, 9, 0xffff_fffe, payload),
    encodeMedia(8, 8, 0, Buffer.alloc(0)),
    encodeControl({ kind: "refuse", session: 9, reason: "nö" }),
  ]);
  const expected = [
    { kind: "allow", session: 7 },
    { kind: "media", session: 4_000_000_000, type: 9, timestampMs: 0xffff_fffe, payload },
    { kind: "media", session: 8, type: 8, timestampMs: 0, payload: Buffer.alloc(0) },
    { kind: "refuse", session: 9, reason: "nö" },
  ];
  for (const step of [1, 3, 16, stream.length]) {
    const seen: unknown[] = [];
    const read = createFrameReader((frame) => seen.push(frame));
    for (let at = 0; at < stream.length; at += step) read(Buffer.from(stream.subarray(at, at + step)));
    assert.deepEqual(seen, expected, `in steps of ${step}`);
  }
});

test("the payload may be reused after it was encoded", () => {
  const payload = Buffer.from([1, 2, 3]);
  const frame = encodeMedia(1, 9, 0, payload);
  payload.fill(0);
  assert.deepEqual(frame.subarray(-3), Buffer.from([1, 2, 3]));
});

test("a length out of bounds is an error, not a wait", () => {
  const read = createFrameReader(() => assert.fail("no frame"));
  assert.throws(() => read(Buffer.from("7fffffff00", "hex")), RangeError);
  assert.throws(() => createFrameReader(() => undefined)(Buffer.alloc(8)), RangeError);
});
