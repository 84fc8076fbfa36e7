// Reads the samples of one `moof` + `mdat` (ISO/IEC 14496-12, 8.8). Samples share memory with the input.
import type { Mp4Track } from "./init-segment.ts";
import { childBoxes, findBox, readBoxes, readFields, requireBox } from "./mp4-box.ts";
import type { Mp4Box } from "./mp4-box.ts";
import { Mp4Error } from "./mp4-error.ts";

export interface MediaSample {
  readonly trackId: number;
  /** Decode time in the track's ticks; negative before the first picture where an encoder reorders. */
  readonly dtsTicks: number;
  /** As the fragment says; 0 when unknown. */
  readonly durationTicks: number;
  /** Presentation minus decode time, ticks; may be negative. */
  readonly ctsOffsetTicks: number;
  /** Sample flags as in `trun`. */
  readonly flags: number;
  readonly data: Buffer;
}

/** More samples than a fragment of a live stream has. */
const maxSamples = 16_384;
const nonSyncFlag = 0x0001_0000;

/** True for a sample at which decoding can start. */
export const isSync = (sample: MediaSample): boolean => (sample.flags & nonSyncFlag) === 0;

/**
 * Samples in the order of the fragment's track runs. Tracks that the init segment does not name are left out.
 * @throws Mp4Error for anything that reaches outside the buffer or contradicts itself.
 */
export function readMovieFragment(buffer: Buffer, tracks: readonly Mp4Track[]): MediaSample[] {
  const boxes = readBoxes(buffer, 0, buffer.length);
  const moof = requireBox(boxes, "moof");
  const samples: MediaSample[] = [];
  for (const traf of childBoxes(buffer, moof)) {
    if (traf.type === "traf") readTrackFragment(buffer, moof, traf, tracks, boxes, samples);
  }
  return samples;
}

function readTrackFragment(
  buffer: Buffer,
  moof: Mp4Box,
  traf: Mp4Box,
  tracks: readonly Mp4Track[],
  boxes: readonly Mp4Box[],
  samples: MediaSample[],
): void {
  const children = childBoxes(buffer, traf);
  const header = readHeader(buffer, requireBox(children, "tfhd"), tracks);
  if (!header) return;
  const tfdt = findBox(children, "tfdt");
  if (!tfdt) throw new Mp4Error("malformed", "a track fragment without tfdt");
  let dtsTicks = readDecodeTime(buffer, tfdt);
  const base = header.baseOffset ?? moof.start;
  let dataAt = base;
  for (const trun of children) {
    if (trun.type !== "trun") continue;
    const fields = readFields(buffer, trun.body, trun.end);
    const flags = fields.u32() & 0x00ff_ffff;
    const count = fields.u32();
    if (count > maxSamples - samples.length) throw new Mp4Error("too_large", "too many samples");
    if ((flags & 0x001) !== 0) dataAt = base + fields.i32();
    const firstFlags = (flags & 0x004) === 0 ? undefined : fields.u32();
    for (let index = 0; index < count; index += 1) {
      const durationTicks = (flags & 0x100) === 0 ? header.durationTicks : fields.u32();
      const size = (flags & 0x200) === 0 ? header.size : fields.u32();
      const ownFlags = (flags & 0x400) === 0 ? header.flags : fields.u32();
      // Unsigned in version 0, but encoders write negative numbers there too; no real offset reaches 2^31.
      const ctsOffsetTicks = (flags & 0x800) === 0 ? 0 : fields.i32();
      samples.push({
        trackId: header.trackId,
        dtsTicks,
        durationTicks,
        ctsOffsetTicks,
        flags: index === 0 && firstFlags !== undefined ? firstFlags : ownFlags,
        data: sampleData(buffer, boxes, dataAt, size),
      });
      dtsTicks += durationTicks;
      dataAt += size;
    }
  }
}

function sampleData(buffer: Buffer, boxes: readonly Mp4Box[], start: number, size: number): Buffer {
  for (const box of boxes) {
    if (box.type === "mdat" && start >= box.body && start + size <= box.end) return buffer.subarray(start, start + size);
  }
  throw new Mp4Error("truncated", "a sample lies outside mdat");
}

interface TrackFragmentHeader {
  readonly trackId: number;
  readonly baseOffset: number | undefined;
  readonly durationTicks: number;
  readonly size: number;
  readonly flags: number;
}

function readHeader(buffer: Buffer, tfhd: Mp4Box, tracks: readonly Mp4Track[]): TrackFragmentHeader | undefined {
  const fields = readFields(buffer, tfhd.body, tfhd.end);
  const flags = fields.u32() & 0x00ff_ffff;
  const trackId = fields.u32();
  const track = tracks.find((candidate) => candidate.id === trackId);
  if (!track) return undefined;
  // Without default-base-is-moof the base of later track fragments would be the end of the one before (8.8.7).
  if ((flags & 0x02_0001) === 0) throw new Mp4Error("unsupported", "a track fragment without default-base-is-moof");
  const baseOffset = (flags & 0x01) === 0 ? undefined : fields.u64();
  if ((flags & 0x02) !== 0) fields.skip(4);
  return {
    trackId,
    baseOffset,
    durationTicks: (flags & 0x08) === 0 ? track.defaultDurationTicks : fields.u32(),
    size: (flags & 0x10) === 0 ? track.defaultSize : fields.u32(),
    flags: (flags & 0x20) === 0 ? track.defaultFlags : fields.u32(),
  };
}

function readDecodeTime(buffer: Buffer, tfdt: Mp4Box): number {
  const fields = readFields(buffer, tfdt.body, tfdt.end);
  const version = fields.u8();
  fields.skip(3);
  return version === 1 ? fields.i64() : fields.u32();
}
