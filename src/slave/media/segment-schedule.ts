// Where segments start. The leading rendition decides by its keyframes; the others follow its plan, so that one MSN
// is the same media time everywhere. Times are presentation times in µs of the session's timeline.
import { maxSegmentUs } from "./packager-timing.ts";
import type { StreamTiming } from "./stream-writer.ts";

export interface PlannedSegment {
  readonly msn: number;
  readonly startUs: number;
  readonly programDateTimeMs: number;
  readonly discontinuity: boolean;
  readonly discontinuitySequence: number;
  /** Set when the leading rendition has ended it; what a gap lasts. */
  durationUs: number | undefined;
}

/** The point of a rendition's timeline before its next frame. */
export interface CutMoment {
  /** When the next frame is shown. */
  readonly timeUs: number;
  /** Where the last part ended: what the playlist's durations add up to. */
  readonly boundaryUs: number;
  /** The same, once the running part (if any) has been finished at this moment. */
  readonly closedBoundaryUs: number;
  /** True when decoding can start at the next frame. */
  readonly keyframe: boolean;
  /** True when frames wait for the running part to be finished. */
  readonly partOpen: boolean;
  readonly halfFrameUs: number;
  /** True when time jumped: the sum of durations no longer follows it. */
  readonly jumped: boolean;
}

export interface SegmentSchedule {
  /** The segments that start at this moment, usually none or one; of several, all but the last have passed unseen. */
  at(moment: CutMoment): readonly PlannedSegment[];
  /**
   * Whether the segment ends with the part that ends at `endUs`, known before the next frame. A player that was told
   * to expect another part would ask in vain.
   */
  endsAt(endUs: number, halfFrameUs: number): boolean;
}

interface LeadState {
  /** Undefined before the first segment. */
  readonly startBoundaryUs: number | undefined;
  readonly startedWithKeyframe: boolean;
  readonly lastKeyframeUs: number | undefined;
  /** Distance of the last two keyframes. */
  readonly keyframeIntervalUs: number | undefined;
  /** True when the two last distances were the same: the next will be, too. */
  readonly regular: boolean;
  /** True when the segment was ended before the frame that starts the next one. */
  readonly ended: boolean;
}

export interface SegmentRule {
  readonly segmentUs: number;
  readonly timing: StreamTiming;
  /** Audio only: every frame can start a segment, so time alone decides. */
  readonly audioOnly: boolean;
}

/** Whether the leading rendition starts a segment before the next frame. */
function startsSegment(state: LeadState, moment: CutMoment, rule: SegmentRule): boolean {
  if (state.startBoundaryUs === undefined || state.ended || moment.jumped) return true;
  const longestUs = maxSegmentUs(rule.timing);
  const runUs = moment.timeUs - state.startBoundaryUs;
  const writtenUs = moment.closedBoundaryUs - state.startBoundaryUs;
  const noRoom = writtenUs + rule.timing.partTargetUs > longestUs;
  const longEnough = runUs >= rule.segmentUs - moment.halfFrameUs;
  if (rule.audioOnly) return longEnough || (noRoom && !moment.partOpen);
  if (moment.keyframe) {
    const interval = intervalWith(state, moment.timeUs);
    const nextIsTooLate = interval !== undefined && runUs + interval > longestUs;
    return longEnough || noRoom || !state.startedWithKeyframe || nextIsTooLate;
  }
  if (moment.partOpen) return false;
  if (writtenUs + 2 * moment.halfFrameUs > longestUs) return true;
  // A keyframe that will come in time is worth waiting for; one that will not, or that is overdue, is not.
  if (state.keyframeIntervalUs !== undefined && state.lastKeyframeUs !== undefined) {
    const expectedUs = state.lastKeyframeUs + state.keyframeIntervalUs;
    const isDue = expectedUs - state.startBoundaryUs <= longestUs && expectedUs >= moment.timeUs - moment.halfFrameUs;
    return !isDue && (longEnough || noRoom);
  }
  return noRoom;
}

function intervalWith(state: LeadState, keyframeUs: number): number | undefined {
  return state.lastKeyframeUs === undefined ? state.keyframeIntervalUs : keyframeUs - state.lastKeyframeUs;
}

/** Whether a keyframe that starts a segment will follow at `endUs`; wrong where an encoder changes its habit, which costs one segment without. */
function keyframeFollows(state: LeadState, endUs: number, halfFrameUs: number, rule: SegmentRule): boolean {
  if (rule.audioOnly || !state.regular || state.startBoundaryUs === undefined) return false;
  if (state.lastKeyframeUs === undefined || state.keyframeIntervalUs === undefined) return false;
  const isThere = Math.abs(state.lastKeyframeUs + state.keyframeIntervalUs - endUs) <= halfFrameUs;
  return isThere && endUs - state.startBoundaryUs >= rule.segmentUs - halfFrameUs;
}

/** The schedule of the leading rendition. @param open numbers the segment that starts at `boundaryUs` and tells the followers. */
export function createLeadSchedule(
  rule: () => SegmentRule,
  open: (moment: CutMoment, boundaryUs: number) => PlannedSegment,
  /** Told when a segment ends before the next one starts. */
  ended: (endUs: number) => void,
): SegmentSchedule {
  let state: LeadState = {
    startBoundaryUs: undefined,
    startedWithKeyframe: false,
    lastKeyframeUs: undefined,
    keyframeIntervalUs: undefined,
    regular: false,
    ended: false,
  };
  return {
    endsAt(endUs, halfFrameUs) {
      if (!keyframeFollows(state, endUs, halfFrameUs, rule())) return false;
      state = { ...state, ended: true };
      ended(endUs);
      return true;
    },
    at(moment) {
      const starts = startsSegment(state, moment, rule());
      if (moment.keyframe) {
        const keyframeIntervalUs = moment.jumped ? undefined : intervalWith(state, moment.timeUs);
        const change = (keyframeIntervalUs ?? Infinity) - (state.keyframeIntervalUs ?? 0);
        state = { ...state, lastKeyframeUs: moment.timeUs, keyframeIntervalUs, regular: Math.abs(change) <= moment.halfFrameUs };
      }
      if (!starts) return [];
      const continues = state.startBoundaryUs !== undefined && !moment.jumped;
      const startBoundaryUs = continues ? moment.closedBoundaryUs : moment.timeUs;
      state = { ...state, startBoundaryUs, startedWithKeyframe: moment.keyframe, ended: false };
      return [open(moment, startBoundaryUs)];
    },
  };
}

export interface FollowSchedule extends SegmentSchedule {
  push(segment: PlannedSegment): void;
  /** The leading rendition's segment ends at `endUs`, and the next one starts with its next frame. */
  expectEnd(endUs: number): void;
  /** The next planned segment that has not started in this rendition. */
  next(): PlannedSegment | undefined;
  /** How many wait to be started. */
  readonly upcoming: number;
  /** Takes the oldest ones out, so that at most `keep` are left; the rendition then starts anew. */
  drop(keep: number): readonly PlannedSegment[];
}

/** An encoder's first keyframe may come a little before the leading rendition's: better early than without a picture. */
export const earlyStartUs = 1_000_000;

const noSegments: readonly PlannedSegment[] = [];

export function createFollowSchedule(): FollowSchedule {
  const upcoming: PlannedSegment[] = [];
  let starting = true;
  let expectedEndUs = -Infinity;
  return {
    expectEnd(endUs) {
      expectedEndUs = endUs;
    },
    endsAt: (endUs, halfFrameUs) => upcoming.length <= 1 && Math.abs(endUs - expectedEndUs) <= halfFrameUs,
    get upcoming() {
      return upcoming.length;
    },
    next: () => upcoming[0],
    push(segment) {
      upcoming.push(segment);
    },
    at(moment) {
      let due = 0;
      for (const segment of upcoming) {
        if (segment.startUs > moment.timeUs + moment.halfFrameUs) break;
        due += 1;
      }
      const first = upcoming[0];
      if (due === 0 && starting && first && first.startUs <= moment.timeUs + earlyStartUs) due = 1;
      if (due === 0) return noSegments;
      starting = false;
      return upcoming.splice(0, due);
    },
    drop(keep) {
      starting = true;
      return upcoming.splice(0, Math.max(0, upcoming.length - keep));
    },
  };
}
