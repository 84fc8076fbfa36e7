// What the packager must know of an init segment (`ftyp` + `moov`): tracks, timescales, codecs, sample defaults.
import { codecStringOf } from "./codec-string.ts";
import { childBoxes, readBoxes, readFields, requireBox } from "./mp4-box.ts";
import type { Mp4Box } from "./mp4-box.ts";
import { Mp4Error } from "./mp4-error.ts";

export interface Mp4Track {
  readonly id: number;
  readonly kind: "video" | "audio";
  /** Ticks per second. */
  readonly timescale: number;
  /** RFC 6381. */
  readonly codec: string;
  /** Pixels, of video. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** From `trex`; used where a fragment says nothing. */
  readonly defaultDurationTicks: number;
  readonly defaultSize: number;
  readonly defaultFlags: number;
}

const maxTracks = 8;

/** @throws Mp4Error when it is no usable init segment; tracks other than video and audio are left out. */
export function readInitSegment(buffer: Buffer): Mp4Track[] {
  const moov = childBoxes(buffer, requireBox(readBoxes(buffer, 0, buffer.length), "moov"));
  const defaults = trackDefaults(buffer, moov);
  const tracks: Mp4Track[] = [];
  for (const trak of moov.filter((box) => box.type === "trak")) {
    const track = readTrack(buffer, trak, defaults);
    if (!track) continue;
    if (tracks.length >= maxTracks) throw new Mp4Error("too_large", "too many tracks");
    if (tracks.some((other) => other.id === track.id)) throw new Mp4Error("malformed", "two tracks have one id");
    tracks.push(track);
  }
  if (tracks.length === 0) throw new Mp4Error("unsupported", "no video or audio track");
  return tracks;
}

interface TrackDefaults {
  readonly durationTicks: number;
  readonly size: number;
  readonly flags: number;
}

function trackDefaults(buffer: Buffer, moov: readonly Mp4Box[]): Map<number, TrackDefaults> {
  const defaults = new Map<number, TrackDefaults>();
  const mvex = requireBox(moov, "mvex");
  for (const trex of childBoxes(buffer, mvex).filter((box) => box.type === "trex")) {
    const fields = readFields(buffer, trex.body, trex.end);
    fields.skip(4);
    const id = fields.u32();
    fields.skip(4);
    defaults.set(id, { durationTicks: fields.u32(), size: fields.u32(), flags: fields.u32() });
  }
  return defaults;
}

function readTrack(buffer: Buffer, trak: Mp4Box, defaults: Map<number, TrackDefaults>): Mp4Track | undefined {
  const children = childBoxes(buffer, trak);
  const mdia = childBoxes(buffer, requireBox(children, "mdia"));
  const hdlr = requireBox(mdia, "hdlr");
  const handlerFields = readFields(buffer, hdlr.body, hdlr.end);
  handlerFields.skip(8);
  const handler = handlerFields.bytes(4).toString("latin1");
  if (handler !== "vide" && handler !== "soun") return undefined;

  const id = trackId(buffer, requireBox(children, "tkhd"));
  const timescale = mediaTimescale(buffer, requireBox(mdia, "mdhd"));
  const minf = childBoxes(buffer, requireBox(mdia, "minf"));
  const stbl = childBoxes(buffer, requireBox(minf, "stbl"));
  const entry = firstSampleEntry(buffer, requireBox(stbl, "stsd"));
  const trackDefault = defaults.get(id);
  if (!trackDefault) throw new Mp4Error("malformed", "a track has no trex");

  const fields = readFields(buffer, entry.body, entry.end);
  // SampleEntry is 8 bytes; VisualSampleEntry adds 70, AudioSampleEntry 20 (ISO/IEC 14496-12, 12.1.3 and 12.2.3).
  const isVideo = handler === "vide";
  let size: { width: number; height: number } | undefined;
  if (isVideo) {
    fields.skip(24);
    size = { width: fields.u16(), height: fields.u16() };
    fields.skip(50);
  } else {
    fields.skip(28);
  }
  return {
    id,
    kind: isVideo ? "video" : "audio",
    timescale,
    codec: codecStringOf(buffer, entry, entry.end - fields.left()),
    width: size?.width,
    height: size?.height,
    defaultDurationTicks: trackDefault.durationTicks,
    defaultSize: trackDefault.size,
    defaultFlags: trackDefault.flags,
  };
}

function trackId(buffer: Buffer, tkhd: Mp4Box): number {
  const fields = readFields(buffer, tkhd.body, tkhd.end);
  const version = fields.u8();
  fields.skip(3 + (version === 1 ? 16 : 8));
  return fields.u32();
}

function mediaTimescale(buffer: Buffer, mdhd: Mp4Box): number {
  const fields = readFields(buffer, mdhd.body, mdhd.end);
  const version = fields.u8();
  fields.skip(3 + (version === 1 ? 16 : 8));
  const timescale = fields.u32();
  if (timescale === 0) throw new Mp4Error("malformed", "a timescale of 0");
  return timescale;
}

function firstSampleEntry(buffer: Buffer, stsd: Mp4Box): Mp4Box {
  const fields = readFields(buffer, stsd.body, stsd.end);
  fields.skip(8);
  const entry = readBoxes(buffer, stsd.body + 8, stsd.end)[0];
  if (!entry) throw new Mp4Error("malformed", "a track without a sample entry");
  return entry;
}

/** Codec strings for the CODECS attribute: video first, each once. */
export function codecsOf(tracks: readonly Mp4Track[]): string {
  const ordered = [...tracks.filter((track) => track.kind === "video"), ...tracks.filter((track) => track.kind === "audio")];
  return [...new Set(ordered.map((track) => track.codec))].join(",");
}
