// One rendition's part of the live log: init data, segments and parts, bounded in segments and bytes. It neither cuts
// media nor answers requests; the packager or replication fills it, readers share its buffers.
import type { PlaylistSegment } from "../media/media-playlist.ts";
import type { InitData, PartData, RenditionDescription, RenditionWriter, SegmentStart } from "../media/stream-writer.ts";
import type { MediaBytes } from "./live-log.ts";

interface LogPart {
  readonly durationUs: number;
  readonly independent: boolean;
  media: MediaBytes;
}

interface LogSegment extends PlaylistSegment {
  complete: boolean;
  durationUs: number;
  readonly parts: LogPart[];
  readonly media: { readonly chunks: Buffer[]; bytes: number };
  /** Media time of the log until which a segment that is no longer listed is kept; undefined while it is listed. */
  keepUntilUs: number | undefined;
}

/**
 * Lays the parts of a whole segment into one buffer: one copy here saves each of thousands of viewers' responses a
 * write per part. The parts become views of it.
 */
function consolidate(segment: LogSegment): void {
  if (segment.parts.length === 0) return;
  const whole = Buffer.concat(segment.media.chunks, segment.media.bytes);
  segment.media.chunks.splice(0, Infinity, whole);
  let offset = 0;
  for (const part of segment.parts) {
    const { bytes } = part.media;
    part.media = { chunks: [whole.subarray(offset, offset + bytes)], bytes };
    offset += bytes;
  }
}

export interface RenditionLogLimits {
  /** Segments that the playlist shows, when they are of usual length. */
  readonly windowSegments: number;
  /** Bound on the segments' bytes; above it the oldest go, whatever the window says. */
  readonly maxBytes: number;
}

export interface RenditionLog {
  readonly name: string;
  readonly writer: RenditionWriter;
  readonly description: RenditionDescription | undefined;
  /** Segments that the playlist shows, oldest first; the last one may be incomplete. */
  listed(): readonly LogSegment[];
  find(msn: number): LogSegment | undefined;
  init(id: number): MediaBytes | undefined;
  readonly last: LogSegment | undefined;
  /** Bytes of all kept segments. */
  readonly bytes: number;
  /** Bits per second over the listed segments; undefined before the first part. */
  bandwidth(): { readonly peak: number; readonly average: number } | undefined;
}

/** Segments much shorter than usual (a keyframe soon after a forced cut) must not make the playlist short. */
const maxWindowFactor = 4;

export interface RenditionLogOptions {
  readonly name: string;
  readonly limits: RenditionLogLimits;
  /** Init ids that an earlier log of this name may have used; a URI must not name other bytes than before. */
  readonly usedInitId: number;
  /** The target duration in µs. */
  readonly targetUs: () => number;
  /** Called after each change. */
  readonly changed: () => void;
}

export function createRenditionLog({ name, limits, usedInitId, targetUs, changed }: RenditionLogOptions): RenditionLog {
  const segments: LogSegment[] = [];
  const inits = new Map<number, MediaBytes>();
  let firstListed = 0;
  let newestInitId = usedInitId;
  let description: RenditionDescription | undefined;
  let bytes = 0;
  let timeUs = 0;
  let longestListUs = 0;

  function open(start: SegmentStart, gap: boolean): LogSegment {
    const last = segments.at(-1);
    if (last && (!last.complete || start.msn !== last.msn + 1)) {
      throw new RangeError(`Segment ${start.msn} cannot follow ${last.msn}${last.complete ? "" : ", which has not ended"}`);
    }
    const media = { chunks: [], bytes: 0 };
    const segment: LogSegment = { ...start, gap, complete: false, durationUs: 0, parts: [], media, keepUntilUs: undefined };
    segments.push(segment);
    return segment;
  }

  function current(): LogSegment {
    const last = segments.at(-1);
    if (!last || last.complete) throw new RangeError("No segment is open");
    return last;
  }

  function close(segment: LogSegment): void {
    segment.complete = true;
    consolidate(segment);
    trim();
    changed();
  }

  /** Takes old segments out of the playlist, and drops those whose availability (RFC 8216bis 6.2.2) is over. */
  function trim(): void {
    let listUs = 0;
    for (let index = firstListed; index < segments.length; index += 1) listUs += segments[index]?.durationUs ?? 0;
    longestListUs = Math.max(longestListUs, listUs);
    const windowUs = limits.windowSegments * targetUs();
    for (;;) {
      const count = segments.length - firstListed;
      const first = segments[firstListed];
      if (!first || count <= limits.windowSegments) break;
      const staysLong = listUs - first.durationUs >= windowUs * 0.8;
      if (!staysLong && count <= limits.windowSegments * maxWindowFactor) break;
      listUs -= first.durationUs;
      unlist(first);
    }
    while ((segments[0]?.keepUntilUs ?? Infinity) <= timeUs) dropFirst();
    trimBytes();
  }

  function trimBytes(): void {
    while (bytes > limits.maxBytes && segments.length > 1) {
      const first = segments[0];
      if (first && first.keepUntilUs === undefined) unlist(first);
      dropFirst();
    }
  }

  function unlist(segment: LogSegment): void {
    segment.keepUntilUs = timeUs + segment.durationUs + longestListUs;
    firstListed += 1;
  }

  function dropFirst(): void {
    const dropped = segments.shift();
    firstListed -= 1;
    bytes -= dropped?.media.bytes ?? 0;
    const oldest = segments[0]?.initId ?? newestInitId;
    for (const id of inits.keys()) if (id < oldest) inits.delete(id);
  }

  const writer: RenditionWriter = {
    get nextMsn() {
      const last = segments.at(-1);
      return last && last.msn + 1;
    },
    get nextInitId() {
      return newestInitId + 1;
    },
    describe(next) {
      description = next;
      changed();
    },
    addInit({ id, bytes: data }: InitData) {
      inits.set(id, { chunks: [data], bytes: data.length });
      newestInitId = Math.max(newestInitId, id);
      // A publisher that comes and goes without media leaves only its newest init behind.
      const used = new Set(segments.map((segment) => segment.initId));
      for (const other of inits.keys()) if (other < newestInitId && !used.has(other)) inits.delete(other);
    },
    beginSegment(start) {
      open(start, false);
    },
    appendPart({ durationUs, independent, bytes: data }: PartData) {
      const segment = current();
      if (segment.media.bytes + data.length > limits.maxBytes)
        throw new RangeError(`Segment ${segment.msn} has more bytes than the log may hold`);
      segment.parts.push({ durationUs, independent, media: { chunks: [data], bytes: data.length } });
      segment.durationUs += durationUs;
      segment.media.chunks.push(data);
      segment.media.bytes += data.length;
      bytes += data.length;
      timeUs += durationUs;
      trimBytes();
      changed();
    },
    endSegment() {
      close(current());
    },
    addSegment(start, { durationUs, bytes: data }) {
      if (data.length > limits.maxBytes) throw new RangeError(`Segment ${start.msn} has more bytes than the log may hold`);
      const segment = open(start, false);
      segment.durationUs = durationUs;
      segment.media.chunks.push(data);
      segment.media.bytes = data.length;
      bytes += data.length;
      timeUs += durationUs;
      close(segment);
    },
    addGap(start, durationUs) {
      const segment = open(start, true);
      segment.durationUs = durationUs;
      timeUs += durationUs;
      close(segment);
    },
  };

  return {
    name,
    writer,
    get description() {
      return description;
    },
    listed: () => segments.slice(firstListed),
    find(msn) {
      const first = segments[0];
      return first && segments[msn - first.msn];
    },
    init: (id) => inits.get(id),
    get last() {
      return segments.at(-1);
    },
    get bytes() {
      return bytes;
    },
    bandwidth() {
      let peak = 0;
      let bits = 0;
      let durationUs = 0;
      for (let index = firstListed; index < segments.length; index += 1) {
        const segment = segments[index];
        // The first segment counts while it grows, so that something is known from the first part on.
        if (!segment || segment.gap || (!segment.complete && durationUs > 0)) continue;
        bits += segment.media.bytes * 8;
        durationUs += segment.durationUs;
        // A very short segment is one keyframe: its rate says nothing about what a player must sustain (RFC 8216bis 4.1).
        if (segment.durationUs >= targetUs() / 2) peak = Math.max(peak, (segment.media.bytes * 8e6) / segment.durationUs);
      }
      if (durationUs === 0) return undefined;
      const average = (bits * 1e6) / durationUs;
      return { peak: Math.max(peak, average), average };
    },
  };
}
