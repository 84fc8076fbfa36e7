// MediaMTX 1.20 sends HEVC and AV1 as Enhanced RTMP without saying which frames are keyframes: the type of a frame is 0, which no
// version of the format knows. This reads it from the picture itself. Pure; H.264, whose frames say so, is left alone.

const keyframe = 1;
const interFrame = 2;
/** VideoPacketType of Enhanced RTMP v2. */
const [sequenceStart, codedFrames, codedFramesX] = [0, 1, 3];
const fourCcBytes = 4;
const compositionBytes = 3;

/** Writes the type of frame into a video message (RTMP type 9), where it is missing. */
export function markFrameType(payload: Buffer): void {
  const head = payload[0] ?? 0;
  if ((head & 0xf0) !== 0x80) return;
  const packetType = head & 0x0f;
  const fourCc = payload.toString("latin1", 1, 1 + fourCcBytes);
  const isHevc = fourCc === "hvc1";
  if (!isHevc && fourCc !== "av01") return;
  const dataAt = 1 + fourCcBytes + (isHevc && packetType === codedFrames ? compositionBytes : 0);
  if (packetType === sequenceStart) payload[0] = head | (keyframe << 4);
  if (packetType !== codedFrames && packetType !== codedFramesX) return;
  const isKeyframe = isHevc ? hasRandomAccessPicture(payload, dataAt) : hasSequenceHeader(payload, dataAt);
  payload[0] = head | ((isKeyframe ? keyframe : interFrame) << 4);
}

/** NAL units behind their lengths of four bytes (ISO/IEC 14496-15); 16 to 23 begin a picture that needs none before it (H.265, table 7-1). */
function hasRandomAccessPicture(payload: Buffer, from: number): boolean {
  for (let at = from; at + 5 <= payload.length; at += 4 + payload.readUInt32BE(at)) {
    const type = (payload.readUInt8(at + 4) >> 1) & 0x3f;
    if (type >= 16 && type <= 23) return true;
  }
  return false;
}

/** Each temporal unit with a keyframe from which playing can begin has a sequence header (AV1 7.5), of type 1. */
function hasSequenceHeader(payload: Buffer, from: number): boolean {
  let at = from;
  while (at < payload.length) {
    const header = payload.readUInt8(at);
    if (((header >> 3) & 0x0f) === 1) return true;
    at += 1 + ((header >> 2) & 1);
    // The last one may go without its size.
    if ((header & 0b10) === 0) return false;
    let size = 0;
    for (let index = 0; index < 8 && at < payload.length; index += 1) {
      const byte = payload.readUInt8(at);
      at += 1;
      size += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) break;
    }
    at += size;
  }
  return false;
}
