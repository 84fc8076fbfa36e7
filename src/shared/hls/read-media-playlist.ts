// Reads back what media-playlist.ts writes, exactly: microseconds, dates and numbers as the origin had them, so that a
// copy renders the same text. What another node sends is not trusted: all that does not fit is refused.
import type { PlaylistSegment, StreamTiming } from "./playlist-model.ts";
import { PlaylistError } from "./playlist-error.ts";

export interface PartName {
  readonly msn: number;
  readonly part: number;
}

export interface ListedMedia {
  readonly timing: StreamTiming;
  /** Oldest first, not empty; MSNs without a hole. Parts are those that are still listed. */
  readonly segments: readonly [PlaylistSegment, ...PlaylistSegment[]];
  /** The next part, while the stream is live. */
  readonly hint: PartName | undefined;
  /** Names of the other renditions. */
  readonly others: readonly string[];
}

const maxSegments = 1_000;
const maxPartsPerSegment = 1_000;
const maxReports = 32;
const maxDurationUs = 3_600e6;
const maxTargetDurationS = 60;

interface Growing {
  discontinuity: boolean;
  programDateTimeMs: number | undefined;
  gap: boolean;
  parts: { readonly durationUs: number; readonly independent: boolean }[];
  durationUs: number | undefined;
}

const fresh = (): Growing => ({ discontinuity: false, programDateTimeMs: undefined, gap: false, parts: [], durationUs: undefined });

/**
 * @param text bounded by the caller.
 * @param delta whether a delta update was asked for (RFC 8216bis 6.2.5.1): then the segments begin after the skipped ones, and
 * their discontinuity sequence lacks what was skipped.
 * @throws PlaylistError
 */
export function readMediaPlaylist(text: string, { delta = false }: { readonly delta?: boolean } = {}): ListedMedia {
  const lines = text.split("\n");
  if (lines[0] !== "#EXTM3U") throw new PlaylistError("no #EXTM3U");
  let targetDurationS: number | undefined;
  let partTargetUs: number | undefined;
  let firstMsn = 0;
  let discontinuitySequence = 0;
  let initId: number | undefined;
  let hint: PartName | undefined;
  const others: string[] = [];
  const segments: PlaylistSegment[] = [];
  let growing = fresh();

  const nextMsn = (): number => firstMsn + segments.length;

  function push(complete: boolean, durationUs: number): void {
    const { discontinuity, programDateTimeMs, gap, parts } = growing;
    if (initId === undefined || programDateTimeMs === undefined) throw new PlaylistError(`segment ${nextMsn()} has no init or no date`);
    if (segments.length >= maxSegments) throw new PlaylistError("too many segments");
    if (gap && parts.length > 0) throw new PlaylistError(`gap ${nextMsn()} has parts`);
    segments.push({
      msn: nextMsn(),
      initId,
      programDateTimeMs,
      discontinuity,
      discontinuitySequence,
      gap,
      complete,
      durationUs,
      parts,
    });
    growing = fresh();
  }

  function segmentUri(uri: string): void {
    if (growing.durationUs === undefined || uri !== `seg-${nextMsn()}.m4s`) throw new PlaylistError(`${quoted(uri)} is no segment here`);
    if (growing.parts.length > 0 && sumUs(growing.parts) !== growing.durationUs)
      throw new PlaylistError(`the parts of segment ${nextMsn()} do not add up`);
    push(true, growing.durationUs);
  }

  function part(attributes: string): void {
    const match = /^DURATION=([\d.]{1,20}),URI="part-(\d{1,15})\.(\d{1,6})\.m4s"(,INDEPENDENT=YES)?$/.exec(attributes);
    const durationUs = match ? readSeconds(match[1]) : 0;
    if (!match || durationUs === 0 || Number(match[2]) !== nextMsn() || Number(match[3]) !== growing.parts.length)
      throw new PlaylistError(`${quoted(attributes)} is no part here`);
    if (growing.parts.length >= maxPartsPerSegment) throw new PlaylistError("too many parts");
    growing.parts.push({ durationUs, independent: match[4] !== undefined });
  }

  for (const line of lines) {
    if (line === "") continue;
    if (!line.startsWith("#")) {
      segmentUri(line);
      continue;
    }
    const colon = line.indexOf(":");
    const [tag, value] = colon === -1 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1)];
    switch (tag) {
      case "#EXT-X-TARGETDURATION":
        targetDurationS = readInteger(value);
        break;
      case "#EXT-X-PART-INF":
        partTargetUs = readSeconds(/^PART-TARGET=([\d.]{1,20})$/.exec(value)?.[1]);
        break;
      case "#EXT-X-MEDIA-SEQUENCE":
        if (segments.length > 0) throw new PlaylistError("MEDIA-SEQUENCE after a segment");
        firstMsn = readInteger(value);
        break;
      case "#EXT-X-DISCONTINUITY-SEQUENCE":
        if (segments.length > 0) throw new PlaylistError("DISCONTINUITY-SEQUENCE after a segment");
        discontinuitySequence = readInteger(value);
        break;
      case "#EXT-X-DISCONTINUITY":
        growing.discontinuity = true;
        discontinuitySequence += 1;
        break;
      case "#EXT-X-MAP":
        initId = readInteger(/^URI="init-(\d{1,15})\.mp4"$/.exec(value)?.[1]);
        break;
      case "#EXT-X-PROGRAM-DATE-TIME":
        growing.programDateTimeMs = readDate(value);
        break;
      case "#EXT-X-GAP":
        growing.gap = true;
        break;
      case "#EXT-X-PART":
        part(value);
        break;
      case "#EXTINF":
        growing.durationUs = readSeconds(/^([\d.]{1,20}),$/.exec(value)?.[1]);
        break;
      case "#EXT-X-PRELOAD-HINT":
        hint = readHint(value);
        break;
      case "#EXT-X-RENDITION-REPORT":
        if (others.length >= maxReports) throw new PlaylistError("too many reports");
        others.push(readReport(value));
        break;
      case "#EXT-X-SKIP":
        if (!delta) throw new PlaylistError("a delta update was not asked for");
        if (segments.length > 0) throw new PlaylistError("SKIP after a segment");
        firstMsn += readInteger(/^SKIPPED-SEGMENTS=(\d{1,9})$/.exec(value)?.[1]);
        break;
      default:
    }
  }
  if (growing.parts.length > 0) push(false, sumUs(growing.parts));
  const [first, ...more] = segments;
  if (!first) throw new PlaylistError("no segment");
  if (targetDurationS === undefined || targetDurationS < 1 || targetDurationS > maxTargetDurationS)
    throw new PlaylistError("no usable target duration");
  if (partTargetUs === undefined || partTargetUs === 0) throw new PlaylistError("no part target");
  return { timing: { targetDurationS, partTargetUs }, segments: [first, ...more], hint, others };
}

export function sumUs(parts: readonly { readonly durationUs: number }[]): number {
  let sum = 0;
  for (const { durationUs } of parts) sum += durationUs;
  return sum;
}

function readInteger(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new PlaylistError(`${quoted(text)} is no number`);
  return Number(text);
}

/** Decimal seconds with at most six places → µs, exact: the inverse of `secondsText`. */
function readSeconds(text: string | undefined): number {
  const match = /^(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text ?? "");
  const us = match ? Number(match[1]) * 1e6 + Number((match[2] ?? "").padEnd(6, "0")) : Infinity;
  if (us > maxDurationUs) throw new PlaylistError(`${quoted(text)} is no duration`);
  return us;
}

function readDate(text: string): number {
  const ms = text.length === 24 ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) throw new PlaylistError(`${quoted(text)} is no date`);
  return ms;
}

function readHint(value: string): PartName {
  const match = /^TYPE=PART,URI="part-(\d{1,15})\.(\d{1,6})\.m4s"$/.exec(value);
  if (!match) throw new PlaylistError(`${quoted(value)} is no hint`);
  return { msn: Number(match[1]), part: Number(match[2]) };
}

function readReport(value: string): string {
  const name = /^URI="\.\.\/([a-z0-9]{1,16})\/stream\.m3u8",/.exec(value)?.[1];
  if (name === undefined) throw new PlaylistError(`${quoted(value)} is no rendition report`);
  return name;
}

/** For messages: what a stranger sent, short. */
const quoted = (text: string | undefined): string => JSON.stringify((text ?? "").slice(0, 60));
