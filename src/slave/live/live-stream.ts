// One stream of the live log: its renditions, and what is the same for all of them. It does not know who fills it
// (packager or replication) nor who reads it; what readers can ask is described in live-log.ts.
import { multivariantPlaylistText } from "../media/multivariant-playlist.ts";
import { playlistTemplate } from "../media/playlist-template.ts";
import type { PlaylistTemplate } from "../media/playlist-template.ts";
import type { RenditionReport } from "../media/media-playlist.ts";
import type { StreamTiming, StreamWriter } from "../media/stream-writer.ts";
import type { LiveStreamReader, StreamPosition, StreamState, WakeReason } from "./live-log.ts";
import { createRenditionLog } from "./rendition-log.ts";
import type { RenditionLog, RenditionLogLimits } from "./rendition-log.ts";
import { createRenditionReader } from "./rendition-reader.ts";
import type { OpenRenditionReader, ReaderContext } from "./rendition-reader.ts";

export interface LiveStreamLimits extends RenditionLogLimits {
  /** Blocked requests per rendition, for playlists and for parts each. */
  readonly maxWaiters: number;
}

/** Ten segments in the playlist; 64 MiB is a minute at 8 Mbit/s. */
export const defaultLimits: LiveStreamLimits = { windowSegments: 10, maxBytes: 64 * 1024 * 1024, maxWaiters: 20_000 };

export interface LiveStream extends LiveStreamReader {
  readonly writer: StreamWriter;
  position(): StreamPosition;
  /**
   * Ends open segments and fills renditions that are behind with gaps, so that a new writer finds all of them at one MSN.
   * Returns the newest numbers, undefined where there is no media yet.
   */
  level(): { readonly msn: number; readonly discontinuitySequence: number } | undefined;
  /** This node becomes the origin of a replicated stream: what is appended from now on is of this epoch. @throws RangeError when it is not higher. */
  promote(epoch: number): void;
  /** Segments below it were shown here with other media by an earlier log of this stream, and must not be appended; 0 for a new stream. */
  readonly minMsn: number;
  /**
   * Until `caughtUp`, what is here is older than what the stream has elsewhere: it is not `playable`, since a player that
   * began there would stay late. For an empty log; a publisher of this node's own ends it too (`level`).
   */
  catchUp(): void;
  caughtUp(): void;
  /** Bytes of media held. */
  readonly bytes: number;
  /** Where the newest media ends on the cluster's wall clock, Unix ms; undefined before the first. */
  readonly liveEdgeMs: number | undefined;
  /** Releases every waiter; the stream is not to be used any more. */
  close(reason?: "closed" | "replaced"): void;
}

interface Rendition {
  readonly log: RenditionLog;
  readonly reader: OpenRenditionReader;
}

export interface LiveStreamOptions {
  readonly path: string;
  readonly epoch: number;
  /** Default 0. */
  readonly minMsn?: number;
  readonly limits: LiveStreamLimits;
  /** Monotonic ms, for those who want to know since when they need not wait any more. */
  readonly now: () => number;
  /** Called once, when `playable` becomes true. */
  readonly onPlayable: (stream: LiveStream) => void;
  /** Called when its state has changed, but for its close. */
  readonly onState?: (stream: LiveStream) => void;
}

/** Announced until something is measured and where the engine knows no rate; 1 Mbit/s is within what every link carries. */
const unknownBitrate = 1_000_000;
const measuredMargin = 1.1;

export function createLiveStream({ path, epoch: firstEpoch, minMsn = 0, limits, now, onPlayable, onState }: LiveStreamOptions): LiveStream {
  let epoch = firstEpoch;
  let renditions: readonly Rendition[] = [];
  let readers: readonly OpenRenditionReader[] = [];
  let state: StreamState = "waiting";
  let timing: StreamTiming | undefined;
  let revision = 0;
  let usedInitId = 0;
  let wasPlayable = false;
  let isCatchingUp = false;
  let multivariantRevision = -1;
  let multivariant: PlaylistTemplate | undefined;

  const context: ReaderContext = {
    now,
    revision: () => revision,
    state: () => state,
    timing: () => timing,
    reports(exceptName) {
      const reports: RenditionReport[] = [];
      for (const reader of readers) {
        if (reader.name === exceptName || !reader.playable) continue;
        reports.push({ name: reader.name, lastMsn: reader.lastMsn, lastPart: reader.lastPart });
      }
      return reports;
    },
  };

  function createRendition(name: string): Rendition {
    const changed = (): void => {
      revision += 1;
      reader.advanced();
      noteWhetherPlayable();
    };
    const targetUs = (): number => (timing?.targetDurationS ?? 1) * 1e6;
    const log = createRenditionLog({ name, limits, usedInitId, targetUs, changed });
    const reader = createRenditionReader(log, context, limits.maxWaiters);
    return { log, reader };
  }

  function noteWhetherPlayable(): void {
    if (wasPlayable || isCatchingUp || !isPlayable()) return;
    wasPlayable = true;
    onPlayable(stream);
  }

  function isPlayable(): boolean {
    const first = readers[0];
    if (!first?.playable) return false;
    return readers.every((reader) => reader.playable) || first.segment(first.lastMsn - 1) !== undefined;
  }

  function wake(reason: WakeReason): void {
    for (const reader of readers) reader.wake(reason);
  }

  function renderMultivariant(): PlaylistTemplate {
    const variants = [];
    for (const { log, reader } of renditions) {
      const { description } = log;
      if (!description || !reader.playable) continue;
      const measured = log.bandwidth();
      const nominal = description.nominalBitrate ?? 0;
      const peakBandwidth = Math.max(nominal, (measured?.peak ?? 0) * measuredMargin) || unknownBitrate;
      variants.push({ name: log.name, peakBandwidth, averageBandwidth: measured?.average, ...description });
    }
    return playlistTemplate(multivariantPlaylistText(variants));
  }

  const writer: StreamWriter = {
    get timing() {
      return timing;
    },
    setTiming(next) {
      timing ??= next;
      revision += 1;
    },
    setRenditions(names) {
      const before = renditions;
      renditions = names.map((name) => before.find(({ log }) => log.name === name) ?? createRendition(name));
      readers = renditions.map(({ reader }) => reader);
      revision += 1;
      for (const old of before) {
        if (renditions.includes(old)) continue;
        usedInitId = Math.max(usedInitId, old.log.writer.nextInitId - 1);
        old.reader.wake("closed");
      }
    },
    writer(name) {
      const rendition = renditions.find(({ log }) => log.name === name);
      if (!rendition) throw new RangeError(`No rendition ${name}`);
      return rendition.log.writer;
    },
    setState(next) {
      if (state === next || state === "closed") return;
      state = next;
      revision += 1;
      if (next === "waiting") wake("waiting");
      onState?.(stream);
    },
  };

  const stream: LiveStream = {
    path,
    get epoch() {
      return epoch;
    },
    minMsn,
    writer,
    get state() {
      return state;
    },
    get playable() {
      return wasPlayable && isPlayable();
    },
    get targetDurationS() {
      return timing?.targetDurationS ?? 0;
    },
    get renditions() {
      return readers;
    },
    get bytes() {
      let bytes = 0;
      for (const { log } of renditions) bytes += log.bytes;
      return bytes;
    },
    get liveEdgeMs() {
      const newest = renditions[0]?.log.last;
      return newest && newest.programDateTimeMs + newest.durationUs / 1_000;
    },
    rendition: (name) => readers.find((reader) => reader.name === name),
    multivariant() {
      if (multivariantRevision !== revision) {
        multivariantRevision = revision;
        multivariant = undefined;
      }
      return (multivariant ??= renderMultivariant());
    },
    position: () => ({ path, epoch, state, msn: readers[0]?.lastMsn ?? -1, part: readers[0]?.lastPart ?? -1 }),
    catchUp() {
      isCatchingUp = !wasPlayable;
    },
    caughtUp() {
      isCatchingUp = false;
      noteWhetherPlayable();
    },
    level() {
      isCatchingUp = false;
      return levelRenditions(renditions.map(({ log }) => log));
    },
    promote(next) {
      if (next <= epoch) throw new RangeError(`Epoch ${next} of ${path} is not higher than ${epoch}`);
      epoch = next;
    },
    close(reason = "closed") {
      if (state === "closed") return;
      state = "closed";
      revision += 1;
      wake(reason);
    },
  };
  return stream;
}

function levelRenditions(logs: readonly RenditionLog[]): ReturnType<LiveStream["level"]> {
  for (const log of logs) if (log.last && !log.last.complete) log.writer.endSegment();
  let newest: RenditionLog | undefined;
  for (const log of logs) if (log.last && log.last.msn > (newest?.last?.msn ?? -1)) newest = log;
  const target = newest?.last;
  if (!newest || !target) return undefined;
  for (const log of logs) {
    for (let last = log.last; last && last.msn < target.msn; last = log.last) {
      const msn = last.msn + 1;
      const model = newest.find(msn) ?? target;
      const { programDateTimeMs, discontinuity, discontinuitySequence, durationUs } = model;
      log.writer.addGap({ msn, initId: last.initId, programDateTimeMs, discontinuity, discontinuitySequence }, durationUs);
    }
  }
  return { msn: target.msn, discontinuitySequence: target.discontinuitySequence };
}
