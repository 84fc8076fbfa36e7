import assert from "node:assert/strict";
import { test } from "node:test";
import { createStreamBuffer } from "./stream-buffer.ts";

const config = (type: 8 | 9, more = 0) => (type === 9 ? Buffer.from([0x17, 0, 0, 0, 0, more]) : Buffer.from([0xaf, 0, more]));
const keyframe = Buffer.from([0x17, 1, 0, 0, 0, 1, 2, 3]);
const picture = Buffer.from([0x27, 1, 0, 0, 0, 4, 5, 6]);
const sound = Buffer.from([0xaf, 1, 7, 8]);

function rig(budget = { maxBytes: 1e9, bytes: 0, buffers: 0 }) {
  const buffer = createStreamBuffer(budget);
  return {
    buffer,
    push: (type: 8 | 9, timestampMs: number, payload: Buffer, forgettableMs = 0) =>
      buffer.push({ type, timestampMs, payload }, 1_000_000 + timestampMs, forgettableMs),
    times: () => buffer.frames.map(({ timestampMs }) => timestampMs),
  };
}

test("keeps from the keyframe before what was surely delivered; nothing older, nothing newer goes", () => {
  const { push, times, buffer } = rig();
  push(9, 0, config(9));
  for (let time = 0; time <= 4_000; time += 500) push(9, time, time % 1_000 === 0 ? keyframe : picture, time - 1_200);
  assert.deepEqual(times(), [2_000, 2_500, 3_000, 3_500, 4_000]);
  assert.equal(buffer.frames[0]?.arrivedAtMs, 1_002_000);
  push(9, 5_000, keyframe, -1);
  assert.deepEqual(times(), [5_000], "after a long outage, only what begins now");
});

test("all buffers together stay within their budget: who holds more than an even share gives of it", () => {
  const budget = { maxBytes: 100_000, bytes: 0, buffers: 0 };
  const big = Buffer.concat([picture, Buffer.alloc(1_000)]);
  const lessons = Array.from({ length: 4 }, () => rig(budget));
  const [small, ...others] = lessons;
  const fill = (those: readonly ReturnType<typeof rig>[], count: number) => {
    for (let time = 0; time < count; time += 1) for (const { push } of those) push(9, time, time % 5 === 0 ? keyframe : big);
  };
  assert.ok(small);
  fill([small], 10);
  const smallBytes = small.buffer.bytes;
  fill(others, 100);
  assert.ok(budget.bytes <= budget.maxBytes, `${budget.bytes} bytes`);
  assert.equal(
    budget.bytes,
    lessons.reduce((sum, { buffer }) => sum + buffer.bytes, 0),
  );
  assert.equal(small.buffer.bytes, smallBytes, "who holds little keeps it");
  for (const { buffer } of others) {
    assert.ok(buffer.bytes > 10_000 && buffer.frames[0]?.keyframe, `${buffer.bytes} bytes`);
    buffer.release();
    buffer.release();
  }
  assert.deepEqual([budget.bytes, budget.buffers], [smallBytes, 1]);
  fill([small], 80);
  assert.ok(small.buffer.bytes > 60_000, "there is place again");
});

test("payloads are copies, and come out as they went in", () => {
  const { push, buffer } = rig();
  const reused = Buffer.from(keyframe);
  push(9, 0xffff_ffff, reused);
  reused.fill(0);
  assert.ok(buffer.frames[0]?.payload.equals(keyframe));
  assert.equal(buffer.frames[0]?.timestampMs, 0xffff_ffff);
});

test("headers come with the time of the frame after them; another configuration makes older frames useless", () => {
  const { push, times, buffer } = rig();
  push(9, 0, config(9));
  push(8, 0, config(8));
  push(9, 40, keyframe);
  push(8, 50, sound);
  assert.deepEqual(
    buffer.headers(40).map(({ type, timestampMs }) => [type, timestampMs]),
    [
      [9, 40],
      [8, 40],
    ],
  );
  push(9, 60, config(9));
  assert.deepEqual(times(), [40, 50], "the same again changes nothing");
  push(9, 80, config(9, 1));
  assert.deepEqual(times(), []);
  assert.ok(buffer.headers(undefined)[0]?.payload.equals(config(9, 1)));
});

test("another origin can begin with a keyframe, and with any sound where there is no picture", () => {
  const { push, buffer } = rig();
  const at = (type: 8 | 9, payload: Buffer) => buffer.isSwitchPoint({ type, timestampMs: 0, payload });
  push(8, 0, sound);
  assert.equal(at(8, sound), true);
  assert.equal(at(9, keyframe), true);
  assert.equal(at(9, picture), false);
  assert.equal(at(9, config(9)), false);
  push(9, 0, keyframe);
  assert.equal(at(8, sound), false);
});
