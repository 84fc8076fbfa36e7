// Cuts a byte stream of ISO BMFF (fragmented MP4) into whole top-level boxes, as it arrives in chunks of any size.
// It looks at sizes and types only; what is inside a box is not its business.

interface Box {
  /** Four characters, for example `moof`. */
  readonly type: string;
  /** The whole box, header included. */
  readonly bytes: Buffer;
}

export interface BoxSplitter {
  /** Takes the next bytes of the stream; returns the boxes that are now complete, in order. @throws RangeError on a size no box may have. */
  push(chunk: Buffer): Box[];
}

const boxHeaderBytes = 8;
const largeHeaderBytes = 16;

/**
 * @param maxBoxBytes a box that claims more than this ends the stream with an error (ISO/IEC 14496-12 4.2 allows 2^64).
 */
export function createBoxSplitter(maxBoxBytes: number): BoxSplitter {
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = boxHeaderBytes;

  /** One buffer of everything that waits; a copy only when the box arrived in several chunks. */
  function joined(): Buffer {
    const only = pending[0];
    return pending.length === 1 && only ? only : Buffer.concat(pending, pendingBytes);
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return [];
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes < neededBytes) return [];
      const data = joined();
      const boxes: Box[] = [];
      let offset = 0;
      neededBytes = boxHeaderBytes;
      while (data.length - offset >= boxHeaderBytes) {
        const size = boxSize(data, offset);
        if (size === undefined) {
          neededBytes = largeHeaderBytes;
          break;
        }
        if (size < boxHeaderBytes || size > maxBoxBytes) throw new RangeError(`A box of ${size} bytes is out of bounds`);
        if (data.length - offset < size) {
          neededBytes = size;
          break;
        }
        boxes.push({ type: data.toString("latin1", offset + 4, offset + 8), bytes: data.subarray(offset, offset + size) });
        offset += size;
      }
      pending.length = 0;
      pendingBytes = data.length - offset;
      if (pendingBytes > 0) pending.push(data.subarray(offset));
      return boxes;
    },
  };
}

/** Bytes of the box at `offset`, or undefined when its 64-bit size has not arrived yet. Size 0 (to the end of file) has no meaning in a live stream. */
function boxSize(data: Buffer, offset: number): number | undefined {
  const size = data.readUInt32BE(offset);
  if (size !== 1) return size;
  if (data.length - offset < largeHeaderBytes) return undefined;
  const large = data.readBigUInt64BE(offset + boxHeaderBytes);
  return large > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(large);
}
