// FLV tags: what RTMP audio and video messages contain, and how ffmpeg gets them on stdin (Adobe FLV 10.1 annex E,
// Enhanced RTMP v2). Pure; media data itself is passed through untouched.

export const flvAudio = 8;
export const flvVideo = 9;
/** Before the body of a tag: type, length, timestamp, stream id. */
export const flvTagHeaderBytes = 11;
const flvScript = 18;

type VideoCodec = "h264" | "hevc" | "av1" | "vp9" | "other";
type AudioCodec = "aac" | "mp3" | "opus" | "other";

/** What one RTMP media message is. `name` is for people. */
export type FlvPacket =
  | {
      readonly track: "video";
      readonly role: "config" | "frame" | "ignored";
      readonly codec: VideoCodec;
      readonly name: string;
      /** Sent as Enhanced RTMP, which ffmpeg reads since 6.1 (video) and 7.1 (audio). */
      readonly enhanced: boolean;
      readonly keyframe: boolean;
      /** Presentation minus decode time, ms. */
      readonly compositionMs: number;
    }
  | {
      readonly track: "audio";
      readonly role: "config" | "frame" | "ignored";
      readonly codec: AudioCodec;
      readonly name: string;
      readonly enhanced: boolean;
      readonly keyframe: false;
      readonly compositionMs: 0;
    };

const videoFourCcs: Readonly<Record<string, VideoCodec>> = { avc1: "h264", hvc1: "hevc", av01: "av1", vp09: "vp9" };
const audioFourCcs: Readonly<Record<string, AudioCodec>> = { mp4a: "aac", ".mp3": "mp3", Opus: "opus" };
const legacyVideoNames: Readonly<Record<number, string>> = {
  2: "H.263",
  3: "Screen video",
  4: "VP6",
  5: "VP6 with alpha",
  12: "HEVC (not as Enhanced RTMP)",
};
const legacyAudioNames: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  3: "PCM",
  7: "G.711 A-law",
  8: "G.711 mu-law",
  11: "Speex",
};

/** Reads the first bytes of a media message. @returns undefined when it is too short to be one. */
export function readFlvPacket(type: number, payload: Buffer): FlvPacket | undefined {
  if (type === flvVideo) return readVideo(payload);
  return type === flvAudio ? readAudio(payload) : undefined;
}

function readVideo(payload: Buffer): FlvPacket | undefined {
  const head = payload[0];
  const second = payload[1];
  if (head === undefined || second === undefined) return undefined;
  const frameType = (head >> 4) & 0b111;
  const keyframe = frameType === 1 || frameType === 4;
  if (head & 0x80) {
    if (payload.length < 5) return undefined;
    const fourCc = payload.toString("latin1", 1, 5);
    const codec = videoFourCcs[fourCc] ?? "other";
    // VideoPacketType: 0 SequenceStart, 1 CodedFrames, 3 CodedFramesX; others carry no picture that is passed on.
    const packetType = head & 0x0f;
    const role = packetType === 0 ? "config" : packetType === 1 || packetType === 3 ? "frame" : "ignored";
    // CodedFrames of AVC and HEVC carry a composition time, CodedFramesX and AV1 do not.
    const compositionMs = packetType === 1 && (codec === "h264" || codec === "hevc") && payload.length >= 8 ? payload.readIntBE(5, 3) : 0;
    const name = printable(fourCc);
    return { track: "video", role: frameType === 5 ? "ignored" : role, codec, name, enhanced: true, keyframe, compositionMs };
  }
  const codecId = head & 0x0f;
  if (codecId !== 7) {
    const role = frameType === 5 ? "ignored" : "frame";
    return {
      track: "video",
      role,
      codec: "other",
      name: legacyVideoNames[codecId] ?? `FLV video codec ${codecId}`,
      enhanced: false,
      keyframe,
      compositionMs: 0,
    };
  }
  const role = frameType === 5 || payload.length < 5 ? "ignored" : second === 0 ? "config" : second === 1 ? "frame" : "ignored";
  return {
    track: "video",
    role,
    codec: "h264",
    name: "H.264",
    enhanced: false,
    keyframe,
    compositionMs: role === "frame" ? payload.readIntBE(2, 3) : 0,
  };
}

function readAudio(payload: Buffer): FlvPacket | undefined {
  const head = payload[0];
  if (head === undefined) return undefined;
  const format = head >> 4;
  if (format === 9) {
    if (payload.length < 5) return undefined;
    const fourCc = payload.toString("latin1", 1, 5);
    const packetType = head & 0x0f;
    const role = packetType === 0 ? "config" : packetType === 1 ? "frame" : "ignored";
    return {
      track: "audio",
      role,
      codec: audioFourCcs[fourCc] ?? "other",
      name: printable(fourCc),
      enhanced: true,
      keyframe: false,
      compositionMs: 0,
    };
  }
  if (format === 10) {
    if (payload.length < 2) return undefined;
    return {
      track: "audio",
      role: payload[1] === 0 ? "config" : "frame",
      codec: "aac",
      name: "AAC",
      enhanced: false,
      keyframe: false,
      compositionMs: 0,
    };
  }
  const isMp3 = format === 2 || format === 14;
  const name = isMp3 ? "MP3" : (legacyAudioNames[format] ?? `FLV audio codec ${format}`);
  return { track: "audio", role: "frame", codec: isMp3 ? "mp3" : "other", name, enhanced: false, keyframe: false, compositionMs: 0 };
}

/** A publisher chooses these four bytes; they end in log lines. */
function printable(fourCc: string): string {
  return fourCc.replaceAll(/[^\w .-]/g, "?");
}

/** FLV header and first PreviousTagSize. ffmpeg waits for the tracks that the flags announce, and for no others. */
export function flvHeader(tracks: { readonly video: boolean; readonly audio: boolean }): Buffer {
  return Buffer.from([0x46, 0x4c, 0x56, 1, (tracks.audio ? 4 : 0) | (tracks.video ? 1 : 0), 0, 0, 0, 9, 0, 0, 0, 0]);
}

/** One FLV tag. @param timestampMs 0 to 2^32 - 1. */
export function flvTag(type: number, timestampMs: number, payload: Buffer): Buffer {
  const tag = Buffer.allocUnsafe(flvTagHeaderBytes + payload.length + 4);
  tag[0] = type;
  tag.writeUIntBE(payload.length, 1, 3);
  tag.writeUIntBE(timestampMs & 0xff_ffff, 4, 3);
  tag[7] = (timestampMs >>> 24) & 0xff;
  tag.writeUIntBE(0, 8, 3);
  payload.copy(tag, flvTagHeaderBytes);
  tag.writeUInt32BE(flvTagHeaderBytes + payload.length, flvTagHeaderBytes + payload.length);
  return tag;
}

/** An `onMetaData` tag of our own with the frame rate, from which ffmpeg takes durations; the publisher's own is not passed on. */
export function flvMetadataTag(frameRate: number | undefined): Buffer {
  const rate = frameRate !== undefined && frameRate >= 1 && frameRate <= 240 ? frameRate : undefined;
  const number = Buffer.alloc(9);
  number.writeDoubleBE(rate ?? 0, 1);
  const field = rate === undefined ? [] : [amfName("framerate"), number];
  return flvTag(
    flvScript,
    0,
    // AMF0: string marker 2, ECMA array marker 8 with its count, end marker 9.
    Buffer.concat([
      Buffer.from([2]),
      amfName("onMetaData"),
      Buffer.from([8, 0, 0, 0, field.length === 0 ? 0 : 1]),
      ...field,
      Buffer.from([0, 0, 9]),
    ]),
  );
}

function amfName(name: string): Buffer {
  const text = Buffer.from(name, "latin1");
  return Buffer.concat([Buffer.from([0, text.length]), text]);
}
