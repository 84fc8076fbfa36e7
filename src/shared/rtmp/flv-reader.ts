// Cuts a stream of FLV bytes (a program's output) into its tags (Adobe FLV 10.1, annex E). Pure.
import { flvAudio, flvTagHeaderBytes, flvVideo } from "./flv.ts";

const fileHeaderBytes = 9;
const tagSizeBytes = 4;
/** RTMP messages are not longer either. */
const maxTagBytes = 8 * 1024 * 1024;

/**
 * Call the result with every chunk; it calls `onTag` for each audio and video tag. Payloads share memory with the chunks.
 * @throws RangeError at what is no FLV.
 */
export function createFlvReader(onTag: (type: number, timestampMs: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    let data: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (!started) {
      if (data.length < fileHeaderBytes + tagSizeBytes) {
        pending = data;
        return;
      }
      if (data.toString("latin1", 0, 3) !== "FLV") throw new RangeError("not FLV");
      data = data.subarray(data.readUInt32BE(5) + tagSizeBytes);
      started = true;
    }
    let at = 0;
    while (data.length - at >= flvTagHeaderBytes) {
      const length = data.readUIntBE(at + 1, 3);
      if (length > maxTagBytes) throw new RangeError(`an FLV tag of ${length} bytes`);
      const end = at + flvTagHeaderBytes + length + tagSizeBytes;
      if (data.length < end) break;
      const type = data.readUInt8(at) & 0x1f;
      const timestampMs = data.readUIntBE(at + 4, 3) + data.readUInt8(at + 7) * 2 ** 24;
      if (type === flvAudio || type === flvVideo) onTag(type, timestampMs, data.subarray(at + flvTagHeaderBytes, end - tagSizeBytes));
      at = end;
    }
    pending = data.subarray(at);
  };
}
