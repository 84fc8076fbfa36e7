// Makes fMP4 out of nothing for packager tests: any frame rate, keyframe distance, jitter, without ffmpeg.
import { writePart } from "../../src/slave/media/part-writer.ts";

const videoTrackId = 1;
const audioTrackId = 2;
const videoTimescale = 90_000;
const audioTimescale = 48_000;
const nonSyncFlags = 0x0101_0000;
const syncFlags = 0x0200_0000;

export function box(type: string, ...bodies: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(bodies.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part))));
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + body.length, 0);
  header.write(type, 4, "latin1");
  return Buffer.concat([header, body]);
}

const u32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) out.writeUInt32BE(value, index * 4);
  return out;
};

function trak(id: number, handler: "vide" | "soun", timescale: number, entry: Buffer): Buffer {
  const tkhd = box("tkhd", u32(0, 0, 0, id));
  const mdhd = box("mdhd", u32(0, 0, 0, timescale, 0, 0));
  const hdlr = box("hdlr", u32(0, 0), Buffer.from(handler, "latin1"), u32(0, 0, 0), [0]);
  const stbl = box("stbl", box("stsd", u32(0, 1), entry));
  return box("trak", tkhd, box("mdia", mdhd, hdlr, box("minf", stbl)));
}

/** An init segment with H.264 High 3.1 640×360 and AAC-LC, or one of them. */
export function syntheticInit(tracks: { readonly video: boolean; readonly audio: boolean }): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(640, 0);
  size.writeUInt16BE(360, 2);
  const avc1 = box("avc1", Buffer.alloc(24), size, Buffer.alloc(50), box("avcC", [1, 0x64, 0, 0x1f, 0xff, 0xe0, 0]));
  const decoderConfig = [0x04, 15, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05, 2, 0x11, 0x90];
  const esds = box("esds", u32(0), [0x03, 3 + decoderConfig.length, 0, 2, 0, ...decoderConfig]);
  const mp4a = box("mp4a", Buffer.alloc(28), esds);
  const trex = (id: number): Buffer => box("trex", u32(0, id, 1, 0, 0, 0));
  return Buffer.concat([
    box("ftyp", Buffer.from("iso5"), u32(512)),
    box(
      "moov",
      ...(tracks.video ? [trak(videoTrackId, "vide", videoTimescale, avc1)] : []),
      ...(tracks.audio ? [trak(audioTrackId, "soun", audioTimescale, mp4a)] : []),
      box("mvex", ...(tracks.video ? [trex(videoTrackId)] : []), ...(tracks.audio ? [trex(audioTrackId)] : [])),
    ),
  ]);
}

export interface SyntheticFrame {
  readonly kind: "video" | "audio";
  /** Seconds. */
  readonly dtsS: number;
  readonly durationS: number;
  readonly keyframe: boolean;
  /** Presentation minus decode time, seconds. */
  readonly reorderS?: number;
  readonly bytes?: number;
}

export function syntheticFragment(frame: SyntheticFrame): Buffer {
  const timescale = frame.kind === "video" ? videoTimescale : audioTimescale;
  const ticks = (seconds: number): number => Math.round(seconds * timescale);
  return writePart(1, [
    {
      trackId: frame.kind === "video" ? videoTrackId : audioTrackId,
      samples: [
        {
          trackId: 0,
          dtsTicks: ticks(frame.dtsS),
          durationTicks: ticks(frame.durationS),
          ctsOffsetTicks: ticks(frame.reorderS ?? 0),
          flags: frame.keyframe ? syncFlags : nonSyncFlags,
          data: Buffer.alloc(frame.bytes ?? 100, frame.keyframe ? 0x65 : 0x41),
        },
      ],
    },
  ]);
}

export interface VideoPlan {
  readonly fps: number;
  readonly fromS: number;
  readonly toS: number;
  /** Frames between keyframes. */
  readonly gop: number;
  /** RTMP: times in whole milliseconds. */
  readonly milliseconds?: boolean;
  readonly reorderS?: number;
  readonly bytes?: number;
}

/** Video frames of a steady rate; the first is a keyframe. */
export function videoFrames(plan: VideoPlan): SyntheticFrame[] {
  const { fps, fromS, toS, gop, milliseconds = false, reorderS = 0, bytes = 100 } = plan;
  const time = (index: number): number => {
    const timeS = fromS + index / fps;
    return milliseconds ? Math.round(timeS * 1_000) / 1_000 : timeS;
  };
  const frames: SyntheticFrame[] = [];
  for (let index = 0; fromS + index / fps < toS - 1e-9; index += 1) {
    const dtsS = time(index);
    frames.push({ kind: "video", dtsS, durationS: time(index + 1) - dtsS, keyframe: index % gop === 0, reorderS, bytes });
  }
  return frames;
}

/** AAC frames of 1024 samples at 48 kHz. */
export function audioFrames(fromS: number, toS: number): SyntheticFrame[] {
  const frames: SyntheticFrame[] = [];
  const durationS = 1_024 / audioTimescale;
  for (let index = 0; fromS + index * durationS < toS; index += 1) {
    frames.push({ kind: "audio", dtsS: fromS + index * durationS, durationS, keyframe: true, bytes: 20 });
  }
  return frames;
}

/** As a muxer interleaves them: by decode time. */
export function interleaved(...lists: readonly (readonly SyntheticFrame[])[]): SyntheticFrame[] {
  return lists.flat().toSorted((one, other) => one.dtsS - other.dtsS);
}
