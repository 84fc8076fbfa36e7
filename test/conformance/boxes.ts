// The little of ISO BMFF (ISO/IEC 14496-12) that timestamps need. Written for the tests, independent of the product.

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

function readBoxes(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size32 = bytes.readUInt32BE(at);
    const [size, head] = size32 === 1 && at + 16 <= bytes.length ? [Number(bytes.readBigUInt64BE(at + 8)), 16] : [size32, 8];
    if (size < head || at + size > bytes.length) break;
    boxes.push({ type: bytes.toString("latin1", at + 4, at + 8), body: bytes.subarray(at + head, at + size) });
    at += size;
  }
  return boxes;
}

const child = (bytes: Buffer, ...path: readonly string[]): Buffer | undefined =>
  path.reduce<Buffer | undefined>((body, type) => body && readBoxes(body).find((box) => box.type === type)?.body, bytes);

/** Ticks per second of each track of an init section. */
export function readTimescales(init: Buffer): ReadonlyMap<number, number> {
  const scales = new Map<number, number>();
  for (const { type, body } of readBoxes(child(init, "moov") ?? Buffer.alloc(0))) {
    const tkhd = type === "trak" ? child(body, "tkhd") : undefined;
    const mdhd = type === "trak" ? child(body, "mdia", "mdhd") : undefined;
    if (tkhd && mdhd) scales.set(tkhd.readUInt32BE(tkhd[0] === 1 ? 20 : 12), mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12));
  }
  return scales;
}

/** First decode time in seconds of each track in a segment or part. */
export function readStartTimes(media: Buffer, scales: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  for (const { body: moof } of readBoxes(media).filter(({ type }) => type === "moof")) {
    for (const { body: traf } of readBoxes(moof).filter(({ type }) => type === "traf")) {
      const [tfhd, tfdt] = [child(traf, "tfhd"), child(traf, "tfdt")];
      if (!tfhd || !tfdt) continue;
      const track = tfhd.readUInt32BE(4);
      const scale = scales.get(track);
      const ticks = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
      if (scale && !starts.has(track)) starts.set(track, ticks / scale);
    }
  }
  return starts;
}
