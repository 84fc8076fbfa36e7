// Packages one stream: small fMP4 fragments of all renditions in, aligned segments and parts out. It has no clock;
// time is media time, and the wall clock enters with `started`. It does not know who keeps or reads what it writes.
import { readInitSegment } from "./init-segment.ts";
import type { Mp4Track } from "./init-segment.ts";
import { readMovieFragment } from "./movie-fragment.ts";
import type { MediaSample } from "./movie-fragment.ts";
import { chooseTiming } from "./packager-timing.ts";
import type { PackagerOptions } from "./packager-timing.ts";
import { createRenditionPackager } from "./rendition-packager.ts";
import type { RenditionPackager } from "./rendition-packager.ts";
import { createFollowSchedule, createLeadSchedule, earlyStartUs } from "./segment-schedule.ts";
import type { CutMoment, FollowSchedule, PlannedSegment } from "./segment-schedule.ts";
import { writeGap } from "./segment-writer.ts";
import { createSkipFilter } from "./skip-filter.ts";
import type { SkipFilter } from "./skip-filter.ts";
import type { RenditionWriter, StreamWriter } from "./stream-writer.ts";

export interface PackagerSession {
  /** Ladder order; the first one leads. */
  readonly renditions: readonly string[];
  /** Unix ms of media time 0. */
  readonly epochWallMs: number;
  /** Frames that end at or before this media time (ms) are in the log already. */
  readonly skipUntilMs: number;
  /**
   * The timeline is that of the session before, and what comes follows on what came: with the same init bytes the media
   * goes on without a discontinuity, even in the middle of a group of pictures, and players notice nothing.
   */
  readonly continues?: boolean;
}

export interface PackagerStart {
  /** MSN of the first segment. */
  readonly firstMsn: number;
  /** Discontinuities so far. */
  readonly discontinuitySequence: number;
  /** A log with media is continued, so what comes is a discontinuity. */
  readonly continues: boolean;
}

export interface Packager {
  /** A new timeline: ends what runs, in all renditions at the same MSN. */
  started(session: PackagerSession): void;
  /** @throws Mp4Error when the bytes are no usable init segment. */
  init(rendition: string, bytes: Buffer, nominalBitrate: number | undefined): void;
  /** Fragments of renditions without an init are ignored. @throws Mp4Error for damaged input. */
  fragment(rendition: string, bytes: Buffer): void;
  /** Writes what waits, ends the segments, and marks the stream as waiting. */
  ended(): void;
}

interface Lane {
  readonly name: string;
  readonly writer: RenditionWriter;
  /** Undefined in the leading rendition. */
  readonly follow: FollowSchedule | undefined;
  readonly skip: SkipFilter | undefined;
  /** Samples that wait until the leading rendition has decided where segments start. */
  readonly queue: MediaSample[];
  queueBytes: number;
  tracks: readonly Mp4Track[];
  packager: RenditionPackager | undefined;
  /** What the engine gave last, to tell whether a restart changed anything. */
  given: { readonly bytes: Buffer; readonly nominalBitrate: number | undefined } | undefined;
}

interface Session {
  readonly start: PackagerSession;
  readonly lanes: readonly Lane[];
  planned: PlannedSegment | undefined;
  plannedBoundaryUs: number;
}

const maxQueueBytes = 24 * 1024 * 1024;
const maxQueueSamples = 16_384;
/** A rendition so many segments behind the leading one gives them up. */
const maxLagSegments = 5;

export function createPackager(options: PackagerOptions, out: StreamWriter, from: PackagerStart): Packager {
  let nextMsn = from.firstMsn;
  let { discontinuitySequence } = from;
  let anySegment = from.continues;
  let session: Session | undefined;
  /** The session whose engine was restarted, until its first changed init. */
  let resuming: PackagerSession | undefined;

  const provisionalTiming = chooseTiming(options, 1e6 / 30);

  function openSegment(current: Session, moment: CutMoment, boundaryUs: number): PlannedSegment {
    if (current.planned) current.planned.durationUs = moment.closedBoundaryUs - current.plannedBoundaryUs;
    else out.setState("live");
    const discontinuity = anySegment && (!current.planned || moment.jumped);
    if (discontinuity) discontinuitySequence += 1;
    const segment: PlannedSegment = {
      msn: nextMsn,
      startUs: moment.timeUs,
      programDateTimeMs: Math.round(current.start.epochWallMs + boundaryUs / 1_000),
      discontinuity,
      discontinuitySequence,
      durationUs: undefined,
    };
    nextMsn += 1;
    anySegment = true;
    current.planned = segment;
    current.plannedBoundaryUs = boundaryUs;
    for (const lane of current.lanes) lane.follow?.push(segment);
    return segment;
  }

  function decideTiming(frameUs: number, certain: boolean): void {
    const timing = chooseTiming(options, frameUs);
    if (certain || timing.partTargetUs === provisionalTiming.partTargetUs) out.setTiming(timing);
  }

  function createLane(name: string, isLead: boolean, skipUntilMs: number): Lane {
    return {
      name,
      writer: out.writer(name),
      follow: isLead ? undefined : createFollowSchedule(),
      skip: isLead && skipUntilMs > 0 ? createSkipFilter(skipUntilMs * 1_000) : undefined,
      queue: [],
      queueBytes: 0,
      tracks: [],
      packager: undefined,
      given: undefined,
    };
  }

  function schedule(lane: Lane, current: Session, audioOnly: boolean) {
    const rule = () => ({ segmentUs: options.segmentDurationS * 1e6, timing: out.timing ?? provisionalTiming, audioOnly });
    if (lane.follow) return lane.follow;
    return createLeadSchedule(
      rule,
      (moment, boundaryUs) => openSegment(current, moment, boundaryUs),
      (endUs) => {
        for (const other of current.lanes) other.follow?.expectEnd(endUs);
      },
    );
  }

  function take(lane: Lane, packager: RenditionPackager, sample: MediaSample): void {
    if (!lane.follow) {
      if (lane.skip) for (const passed of lane.skip.push(sample, packager)) packager.push(passed);
      else packager.push(sample);
      return;
    }
    lane.queue.push(sample);
    lane.queueBytes += sample.data.length;
    if (lane.queueBytes <= maxQueueBytes && lane.queue.length <= maxQueueSamples) return;
    lane.queue.length = 0;
    lane.queueBytes = 0;
    giveUp(lane, packager, 1);
  }

  /** The rendition starts anew with the newest planned segments; those before become gaps. */
  function giveUp(lane: Lane, packager: RenditionPackager | undefined, keep: number): void {
    packager?.interrupt();
    for (const missed of lane.follow?.drop(keep) ?? []) writeGap(missed, lane.writer.nextInitId - 1, lane.writer);
  }

  /** Hands over what the leading rendition has decided about. */
  function drain(lane: Lane, horizonUs: number): void {
    const { follow, packager } = lane;
    if (!follow || !packager || out.timing === undefined) return;
    let done = 0;
    for (const sample of lane.queue) {
      const timeUs = packager.timeUs(sample);
      if (timeUs > horizonUs + packager.halfFrameUs) break;
      done += 1;
      lane.queueBytes -= sample.data.length;
      const next = follow.next();
      // Before the first planned segment there is nothing that this could belong to.
      if (!packager.started && next && timeUs < next.startUs - earlyStartUs) continue;
      packager.push(sample);
    }
    lane.queue.splice(0, done);
  }

  function drainAll(current: Session): void {
    const leader = current.lanes[0]?.packager;
    if (!leader) return;
    for (const lane of current.lanes) {
      if (!lane.follow) continue;
      drain(lane, leader.horizonUs);
      if (lane.follow.upcoming > maxLagSegments) giveUp(lane, lane.packager, 1);
    }
  }

  function finish(current: Session): void {
    const leader = current.lanes[0]?.packager;
    leader?.finish();
    const endUs = leader?.boundaryUs ?? -Infinity;
    if (current.planned) current.planned.durationUs = endUs - current.plannedBoundaryUs;
    for (const lane of current.lanes) {
      if (!lane.follow) continue;
      drain(lane, endUs - (lane.packager?.halfFrameUs ?? 0) * 2);
      lane.packager?.finish();
      for (const missed of lane.follow.drop(0)) writeGap(missed, lane.writer.nextInitId - 1, lane.writer);
    }
  }

  function begin(start: PackagerSession): Session {
    if (session) finish(session);
    out.setRenditions(start.renditions);
    const lanes = start.renditions.map((name, index) => createLane(name, index === 0, start.skipUntilMs));
    session = { start, lanes, planned: undefined, plannedBoundaryUs: 0 };
    return session;
  }

  function laneOf(rendition: string): Lane | undefined {
    return session?.lanes.find((candidate) => candidate.name === rendition);
  }

  /** A restart that changed the media after all is a new session; lanes that did not change begin anew with what they have. */
  function beginAnew(start: PackagerSession, former: readonly Lane[], changed: string): void {
    begin(start);
    for (const { name, given } of former) if (given && name !== changed) self.init(name, given.bytes, given.nominalBitrate);
  }

  const self: Packager = {
    started(start) {
      const sameLadder = session?.lanes.map(({ name }) => name).join() === start.renditions.join();
      resuming = start.continues === true && sameLadder ? start : undefined;
      if (!resuming) begin(start);
    },
    init(rendition, bytes, nominalBitrate) {
      const former = laneOf(rendition);
      if (resuming && former?.given?.bytes.equals(bytes) === true) return;
      if (resuming && session) {
        const start = resuming;
        resuming = undefined;
        beginAnew(start, session.lanes, rendition);
      }
      const current = session;
      const lane = laneOf(rendition);
      if (!current || !lane) return;
      lane.packager?.finish();
      lane.given = { bytes, nominalBitrate };
      lane.tracks = readInitSegment(bytes);
      // Like MSNs never a number of an earlier life of this slave: browsers keep init segments by their URL.
      const initId = Math.max(lane.writer.nextInitId, from.firstMsn);
      lane.writer.addInit({ id: initId, bytes });
      lane.packager = createRenditionPackager({
        tracks: lane.tracks,
        initId,
        nominalBitrate,
        writer: lane.writer,
        leads: !lane.follow,
        schedule: schedule(lane, current, !lane.tracks.some((track) => track.kind === "video")),
        timing: () => out.timing,
        chooseTiming: decideTiming,
      });
    },
    fragment(rendition, bytes) {
      const current = session;
      const lane = laneOf(rendition);
      const packager = lane?.packager;
      if (!current || !lane || !packager) return;
      const samples = readMovieFragment(bytes, lane.tracks);
      // Sound first: a part that the picture finishes takes along what came with it.
      for (const sample of samples) if (sample.trackId !== packager.leadTrackId) take(lane, packager, sample);
      for (const sample of samples) if (sample.trackId === packager.leadTrackId) take(lane, packager, sample);
      if (lane.follow) drain(lane, current.lanes[0]?.packager?.horizonUs ?? -Infinity);
      else drainAll(current);
    },
    ended() {
      if (session) finish(session);
      session = undefined;
      resuming = undefined;
      out.setState("waiting");
    },
  };
  return self;
}
