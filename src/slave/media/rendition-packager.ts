// Cuts one rendition of one session into parts: samples in, parts out, time is media time. Where segments start it
// asks its schedule; what happens to the parts is its writer's business.
import { codecsOf } from "./init-segment.ts";
import type { Mp4Track } from "./init-segment.ts";
import { isSync } from "./movie-fragment.ts";
import type { MediaSample } from "./movie-fragment.ts";
import { Mp4Error } from "./mp4-error.ts";
import { frameRateOf } from "./frame-rate.ts";
import { createTimeMender, createUnsignedTimes } from "./time-mender.ts";
import { maxSegmentUs, minPartShare } from "./packager-timing.ts";
import type { PartTrack } from "./part-writer.ts";
import { createSampleQueue } from "./sample-queue.ts";
import type { SegmentSchedule } from "./segment-schedule.ts";
import { createSegmentWriter, writeGap } from "./segment-writer.ts";
import type { RenditionWriter, StreamTiming } from "./stream-writer.ts";

export interface RenditionPackagerOptions {
  readonly tracks: readonly Mp4Track[];
  readonly initId: number;
  readonly nominalBitrate: number | undefined;
  readonly writer: RenditionWriter;
  readonly schedule: SegmentSchedule;
  /** True for the rendition whose segments bound themselves; the others' are bounded by its plan. */
  readonly leads: boolean;
  /** The stream's timing; undefined while nobody has chosen it. */
  readonly timing: () => StreamTiming | undefined;
  /** Called with the first frame duration when there is no timing yet; may leave it undefined when that is not certain. */
  readonly chooseTiming: (frameUs: number, certain: boolean) => void;
}

export interface RenditionPackager {
  readonly leadTrackId: number;
  readonly leadIsVideo: boolean;
  /** False until the first sample that can start the rendition was taken. */
  readonly started: boolean;
  /** Up to where segment starts are decided, µs; -Infinity at first. */
  readonly horizonUs: number;
  /** End of the last part, µs: what the playlist's durations add up to. */
  readonly boundaryUs: number;
  readonly halfFrameUs: number;
  /** Presentation time of a sample in µs; of video, with the reordering delay of the first keyframe. */
  timeUs(sample: MediaSample): number;
  /** Samples of one track come in decode order. @throws Mp4Error when more data waits than a part may hold. */
  push(sample: MediaSample): void;
  /** Writes what waits and ends the segment. */
  finish(): void;
  /** Ends the running segment and waits for a keyframe: the next samples are no continuation. */
  interrupt(): void;
}

/** Lead silent for so long while another track goes on: that one cuts the parts. */
const stallUs = 1_000_000;
/** Pictures come, but no keyframe to start at: after so long the sound starts alone. */
const keyframeWaitUs = 10_000_000;
/** A hole in the timeline longer than this is a discontinuity; a shorter one is spread over the next parts. */
const jumpUs = 2_000_000;
const minPartUs = 1_000;
const usualFrameUs = 33_333;
const maxFrameUs = 10_000_000;

export function createRenditionPackager(options: RenditionPackagerOptions): RenditionPackager {
  const { tracks, writer, schedule } = options;
  const lead = tracks.find((track) => track.kind === "video") ?? tracks[0];
  if (!lead) throw new Mp4Error("unsupported", "no track");
  const leadIsVideo = lead.kind === "video";
  const timescales = new Map(tracks.map((track) => [track.id, track.timescale]));
  const waiting = createSampleQueue(tracks.map((track) => track.id));
  const segments = createSegmentWriter(options.initId, writer);
  const mendTimes = createTimeMender((trackId) => timescales.get(trackId) ?? 1);

  const unsignedTimes = createUnsignedTimes();
  const early: MediaSample[] = [];
  let reorderUs: number | undefined;
  let started = false;
  let leadSeen = false;
  let needsKeyframe = leadIsVideo;
  let boundaryUs = -Infinity;
  let leadTimeUs = -Infinity;
  let leadEndUs = -Infinity;
  let frameUs = 0;
  let stalled = false;
  let partIndependent = false;
  let segmentStartUs = -Infinity;
  let measured = false;

  describe(undefined);

  function describe(frameRate: number | undefined): void {
    const { width, height } = lead ?? {};
    writer.describe({ codecs: codecsOf(tracks), width, height, frameRate, nominalBitrate: options.nominalBitrate });
  }

  const toUs = (sample: MediaSample, ticks: number): number => Math.round((ticks * 1e6) / (timescales.get(sample.trackId) ?? 1));

  function timeUs(sample: MediaSample): number {
    if (sample.trackId !== lead?.id || !leadIsVideo) return toUs(sample, sample.dtsTicks);
    return toUs(sample, sample.dtsTicks) + (reorderUs ?? toUs(sample, sample.ctsOffsetTicks));
  }

  function push(sample: MediaSample): void {
    // An audio encoder's priming, before 0 where publishers' times are kept: nobody is to hear it.
    if (sample.dtsTicks < 0 && !(leadIsVideo && sample.trackId === lead?.id)) return;
    const mended = mendTimes(sample);
    if (!mended) return;
    if (sample.trackId === lead?.id) pushLead(mended);
    else pushOther(mended);
  }

  /** The first lead samples wait until they tell the frame duration, and with it the timing. */
  function pushLead(sample: MediaSample): void {
    leadSeen = true;
    if (needsKeyframe && leadIsVideo && early.length === 0 && !isSync(sample)) return;
    if (options.timing() !== undefined) {
      cutLead(sample);
      return;
    }
    early.push(sample);
    if (early.length < 2) return;
    const gapsUs = early.slice(1).map((next, index) => timeUs(next) - timeUs(early[index] ?? next));
    // A first frame may last longer than the others; ask once more before the whole stream gets longer parts.
    options.chooseTiming(Math.max(1_000, Math.min(...gapsUs)), early.length >= 3);
    replayEarly();
  }

  function replayEarly(): void {
    if (options.timing() === undefined) return;
    for (const sample of early.splice(0)) cutLead(sample);
  }

  function cutLead(sample: MediaSample): void {
    const keyframe = isSync(sample);
    const startUs = timeUs(sample);
    if (!started) start(sample, startUs);
    stalled = false;
    if (leadTimeUs > -Infinity && startUs > leadTimeUs) frameUs = Math.min(startUs - leadTimeUs, maxFrameUs);
    const durationUs = Math.min(maxFrameUs, toUs(sample, sample.durationTicks) || frameUs || usualFrameUs);
    if (frameUs === 0) frameUs = durationUs;
    const endUs = startUs + durationUs;
    const partTargetUs = options.timing()?.partTargetUs ?? Infinity;

    if (leadWaits() && endUs - boundaryUs > roomUs()) finishPart(startUs);
    startSegments(startUs, keyframe);
    if (!segments.isOpen) {
      needsKeyframe = leadIsVideo;
      return;
    }
    needsKeyframe = false;
    if (leadWaits() && leadIsVideo && keyframe) {
      // A short part may stand before a keyframe only if it is itself independent or the last of its segment (RFC 8216bis 4.4.4.9).
      const longEnough = startUs - boundaryUs >= partTargetUs * minPartShare;
      if (longEnough || partIndependent) finishPart(startUs);
    }
    if (!leadWaits()) partIndependent = keyframe;
    waiting.push(sample);
    leadTimeUs = startUs;
    leadEndUs = endUs;
    if (endUs + durationUs - boundaryUs <= roomUs()) return;
    finishPart(endUs);
    if (schedule.endsAt(endUs, frameUs / 2)) segments.close();
  }

  function pushOther(sample: MediaSample): void {
    waiting.push(sample);
    const durationUs = toUs(sample, sample.durationTicks) || usualFrameUs;
    const endUs = timeUs(sample) + durationUs;
    if (!started) {
      const first = waiting.first(sample.trackId);
      if (!first || early.length > 0 || endUs - timeUs(first) < (leadSeen ? keyframeWaitUs : stallUs)) return;
      // The picture does not come: go on with what there is.
      if (options.timing() === undefined) options.chooseTiming(durationUs, true);
      start(first, timeUs(first));
    }
    const partTargetUs = options.timing()?.partTargetUs;
    if (partTargetUs === undefined) return;
    stalled ||= endUs - Math.max(leadEndUs, boundaryUs) >= stallUs;
    if (!stalled) return;
    while (endUs - boundaryUs >= 2 * partTargetUs) {
      startSegments(boundaryUs, false);
      // After a hole in the sound too, each part takes at least one sample.
      const first = waiting.first(sample.trackId) ?? sample;
      if (!finishPart(Math.max(boundaryUs + partTargetUs, timeUs(first) + 1))) break;
    }
  }

  function start(sample: MediaSample, startUs: number): void {
    started = true;
    boundaryUs = startUs;
    if (sample.trackId === lead?.id && leadIsVideo) reorderUs = toUs(sample, sample.ctsOffsetTicks);
    // What sounds before the first picture is decoded would only make players guess where the timeline starts.
    const decodeUs = toUs(sample, sample.dtsTicks);
    for (const { id } of tracks) waiting.takeUntil(id, (other) => timeUs(other) + toUs(other, other.durationTicks) > decodeUs);
  }

  /** How long the running part may become: PART-TARGET, or what its segment has left. */
  function roomUs(): number {
    const timing = options.timing();
    if (!timing) return Infinity;
    if (!options.leads) return timing.partTargetUs;
    return Math.min(timing.partTargetUs, segmentStartUs + maxSegmentUs(timing) - boundaryUs);
  }

  const leadWaits = (): boolean => waiting.first(lead.id) !== undefined;

  /** How far the playlist's durations reach when the running part ends at `endUs`. */
  function boundaryAfter(endUs: number): number {
    const partTargetUs = options.timing()?.partTargetUs ?? Infinity;
    // Too long only after a hole in the timeline: what is over is told by the next parts, so that sums stay right.
    return boundaryUs + Math.min(partTargetUs, Math.max(minPartUs, endUs - boundaryUs));
  }

  function startSegments(startUs: number, keyframe: boolean): void {
    const partOpen = leadWaits();
    const jumped = startUs - boundaryUs > jumpUs;
    const endUs = jumped ? Math.min(startUs, leadEndUs) : startUs;
    const closedBoundaryUs = partOpen ? boundaryAfter(endUs) : boundaryUs;
    const planned = schedule.at({ timeUs: startUs, boundaryUs, closedBoundaryUs, keyframe, partOpen, halfFrameUs: frameUs / 2, jumped });
    const next = planned.at(-1);
    if (!next) return;
    if (partOpen) finishPart(endUs);
    segments.close();
    for (const missed of planned) if (missed !== next) writeGap(missed, options.initId, writer);
    // An early start (a follower's first keyframe) is an overlap; the playlist's time starts where the plan says.
    const anew = next.discontinuity || planned.length > 1 || segmentStartUs === -Infinity;
    if (anew) boundaryUs = Math.max(startUs, next.startUs);
    segments.open(next);
    segmentStartUs = boundaryUs;
  }

  /** False when there was nothing to write. @param all takes other tracks' samples beyond `endUs` along, at the end of a session. */
  function finishPart(endUs: number, all = false): boolean {
    if (!segments.isOpen) return false;
    const parts: PartTrack[] = [];
    for (const { id } of tracks) {
      const taken = waiting.takeUntil(id, (sample) => !all && id !== lead?.id && timeUs(sample) >= endUs);
      if (taken.length > 0) parts.push({ trackId: id, samples: unsignedTimes(id, taken) });
    }
    if (parts.length === 0) return false;
    const durationUs = boundaryAfter(endUs) - boundaryUs;
    boundaryUs += durationUs;
    segments.part({ durationUs, independent: !leadIsVideo || partIndependent, tracks: parts });
    partIndependent = false;
    if (!measured && leadIsVideo) measureFrameRate(parts);
    return true;
  }

  function measureFrameRate(parts: readonly PartTrack[]): void {
    const samples = parts.find((part) => part.trackId === lead?.id)?.samples ?? [];
    const fps =
      lead &&
      frameRateOf(
        samples.map((sample) => sample.dtsTicks),
        lead.timescale,
      );
    if (fps === undefined) return;
    measured = true;
    describe(fps);
  }

  return {
    leadTrackId: lead.id,
    leadIsVideo,
    get started() {
      return started;
    },
    get horizonUs() {
      return Math.max(leadTimeUs, stalled ? boundaryUs : -Infinity);
    },
    get boundaryUs() {
      return boundaryUs;
    },
    get halfFrameUs() {
      return frameUs / 2;
    },
    timeUs,
    push,
    finish() {
      if (early.length > 0) options.chooseTiming(toUs(early[0]!, early[0]!.durationTicks) || usualFrameUs, true);
      replayEarly();
      finishPart(leadWaits() ? leadEndUs : boundaryUs, true);
      segments.close();
    },
    interrupt() {
      if (leadWaits()) finishPart(leadEndUs);
      segments.close();
      waiting.clear();
      segmentStartUs = -Infinity;
      needsKeyframe = leadIsVideo;
    },
  };
}
