// Reads ISO BMFF boxes (ISO/IEC 14496-12) from a buffer, each access checked against the box's own end.
import { Mp4Error } from "./mp4-error.ts";

export interface Mp4Box {
  /** Four characters, Latin-1. */
  readonly type: string;
  /** Offset of the box header in the buffer. */
  readonly start: number;
  /** Offset of the first byte after the header. */
  readonly body: number;
  /** Offset after the last byte. */
  readonly end: number;
}

/** More boxes than any encoder writes at one level; an attacker's million empty boxes end here. */
const maxChildren = 4_096;

/**
 * The boxes between two offsets, which they must fill exactly.
 * @throws Mp4Error `truncated` when a box reaches beyond `end`, `malformed` when a size is smaller than its header.
 */
export function readBoxes(buffer: Buffer, start: number, end: number): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  let offset = start;
  while (offset < end) {
    if (end - offset < 8) throw new Mp4Error("truncated", "a box header is cut off");
    let size = buffer.readUInt32BE(offset);
    const type = buffer.toString("latin1", offset + 4, offset + 8);
    let body = offset + 8;
    if (size === 1) {
      if (end - offset < 16) throw new Mp4Error("truncated", "a box header is cut off");
      const large = buffer.readBigUInt64BE(offset + 8);
      if (large > BigInt(end - offset)) throw new Mp4Error("truncated", "a box is longer than what holds it");
      size = Number(large);
      body = offset + 16;
    } else if (size === 0) {
      size = end - offset;
    }
    if (size < body - offset) throw new Mp4Error("malformed", "a box is shorter than its header");
    if (size > end - offset) throw new Mp4Error("truncated", "a box is longer than what holds it");
    if (boxes.length >= maxChildren) throw new Mp4Error("too_large", "too many boxes");
    boxes.push({ type, start: offset, body, end: offset + size });
    offset += size;
  }
  return boxes;
}

export function childBoxes(buffer: Buffer, parent: Mp4Box): Mp4Box[] {
  return readBoxes(buffer, parent.body, parent.end);
}

export function findBox(boxes: readonly Mp4Box[], type: string): Mp4Box | undefined {
  return boxes.find((box) => box.type === type);
}

/** @throws Mp4Error `malformed` when it is missing. */
export function requireBox(boxes: readonly Mp4Box[], type: string): Mp4Box {
  const box = findBox(boxes, type);
  if (!box) throw new Mp4Error("malformed", `no ${type} box`);
  return box;
}

/** Reads fields one after the other; running past the end of the box is `truncated`, 64 bits beyond ±2^53 are `too_large`. */
export interface FieldReader {
  u8(): number;
  u16(): number;
  u32(): number;
  i32(): number;
  u64(): number;
  i64(): number;
  skip(bytes: number): void;
  bytes(count: number): Buffer;
  left(): number;
}

export function readFields(buffer: Buffer, start: number, end: number): FieldReader {
  let offset = start;
  const take = (bytes: number): number => {
    if (bytes > end - offset) throw new Mp4Error("truncated", "a box ends before its fields");
    const at = offset;
    offset += bytes;
    return at;
  };
  return {
    u8: () => buffer.readUInt8(take(1)),
    u16: () => buffer.readUInt16BE(take(2)),
    u32: () => buffer.readUInt32BE(take(4)),
    i32: () => buffer.readInt32BE(take(4)),
    u64: () => safeNumber(buffer.readBigUInt64BE(take(8))),
    i64: () => safeNumber(buffer.readBigInt64BE(take(8))),
    skip(bytes) {
      take(bytes);
    },
    bytes(count) {
      const at = take(count);
      return buffer.subarray(at, at + count);
    },
    left: () => end - offset,
  };
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Mp4Error("too_large", "a 64-bit number is out of range");
  return number;
}
