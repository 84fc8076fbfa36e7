// Writes one `moof` + `mdat` from the samples of a part: one track fragment per track, data contiguous per track.
import type { MediaSample } from "./movie-fragment.ts";

export interface PartTrack {
  readonly trackId: number;
  /** In decode order, not empty. */
  readonly samples: readonly MediaSample[];
}

const moofHeaderBytes = 8 + 16;
// traf 8, tfhd 16, tfdt 20, trun 20.
const trafHeaderBytes = 8 + 16 + 20 + 20;

/**
 * @param sequenceNumber of `mfhd`; grows within a rendition, wraps at 2^32.
 * A sample lasts until the next one of its part starts; the last one as long as its fragment said.
 */
export function writePart(sequenceNumber: number, tracks: readonly PartTrack[]): Buffer {
  const hasCts = tracks.map((track) => track.samples.some((sample) => sample.ctsOffsetTicks !== 0));
  let moofBytes = moofHeaderBytes;
  let dataBytes = 0;
  for (const [index, track] of tracks.entries()) {
    moofBytes += trafHeaderBytes + track.samples.length * (hasCts[index] ? 16 : 12);
    for (const sample of track.samples) dataBytes += sample.data.length;
  }
  // Not from the pool: a part lives for a minute, and a pooled slice would keep its neighbours alive.
  const out = Buffer.allocUnsafeSlow(moofBytes + 8 + dataBytes);
  let at = writeBoxHeader(out, 0, moofBytes, "moof");
  at = writeBoxHeader(out, at, 16, "mfhd");
  at = out.writeUInt32BE(0, at);
  at = out.writeUInt32BE(sequenceNumber >>> 0, at);
  let dataAt = moofBytes + 8;
  for (const [index, track] of tracks.entries()) {
    at = writeTrackFragment(out, at, track, hasCts[index] ?? false, dataAt);
    for (const sample of track.samples) dataAt += sample.data.length;
  }
  at = writeBoxHeader(out, at, 8 + dataBytes, "mdat");
  for (const track of tracks) {
    for (const sample of track.samples) at += sample.data.copy(out, at);
  }
  return out;
}

function writeTrackFragment(out: Buffer, start: number, track: PartTrack, hasCts: boolean, dataAt: number): number {
  const { samples } = track;
  const trunBytes = 20 + samples.length * (hasCts ? 16 : 12);
  let at = writeBoxHeader(out, start, 8 + 16 + 20 + trunBytes, "traf");
  at = writeBoxHeader(out, at, 16, "tfhd");
  at = out.writeUInt32BE(0x02_0000, at); // default-base-is-moof
  at = out.writeUInt32BE(track.trackId, at);
  at = writeBoxHeader(out, at, 20, "tfdt");
  at = out.writeUInt32BE(0x0100_0000, at); // version 1: 64 bits
  at = out.writeBigUInt64BE(BigInt(samples[0]?.dtsTicks ?? 0), at);
  at = writeBoxHeader(out, at, trunBytes, "trun");
  // Version 1 (signed offsets); data offset, durations, sizes, flags, and composition offsets where there are any.
  at = out.writeUInt32BE(0x0100_0701 | (hasCts ? 0x800 : 0), at);
  at = out.writeUInt32BE(samples.length, at);
  at = out.writeInt32BE(dataAt, at);
  for (const [index, sample] of samples.entries()) {
    const next = samples[index + 1];
    at = out.writeUInt32BE((next ? next.dtsTicks - sample.dtsTicks : sample.durationTicks) >>> 0, at);
    at = out.writeUInt32BE(sample.data.length, at);
    at = out.writeUInt32BE(sample.flags, at);
    if (hasCts) at = out.writeInt32BE(sample.ctsOffsetTicks, at);
  }
  return at;
}

function writeBoxHeader(out: Buffer, at: number, bytes: number, type: string): number {
  out.writeUInt32BE(bytes, at);
  out.write(type, at + 4, 4, "latin1");
  return at + 8;
}
