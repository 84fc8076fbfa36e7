// Counts the frames that a publisher left out, by the holes between the times of those that came. OBS sends frames at fixed
// intervals; when its connection is too slow it throws away what waits to be sent, up to the next keyframe, and its times go on.
// Pure and bounded; times are media times in ms.

export interface DropMeter {
  /** A video frame came. @param mediaMs its decode time. */
  frame(mediaMs: number): void;
  /** The times before say nothing about those that come: the publisher's clock jumped, or it has another codec. */
  restart(): void;
  readonly dropped: number;
}

/** Intervals by which the usual one is known: one or two seconds. */
const windowFrames = 48;
/** Before so many nothing is counted. */
const fewestFrames = 16;
/** Times are whole milliseconds: 30 frames a second come after 33 or 34. Some encoders are less exact. */
const toleranceMs = 2;
const toleranceShare = 0.25;
/** So much of the intervals must be usual: who sends frames as they happen (phones in the dark, slides) leaves none out. */
const regularShare = 0.7;
/** Holes in a row that are thought of as one loss; more of them are another frame rate. */
const maxHolesInARow = 12;
/** A longer one is a pause: the teacher's PC slept, or its network was away. */
const longestHoleMs = 10_000;
/** Further back is a new clock. */
const longestBackMs = 500;

export function createDropMeter(): DropMeter {
  /** The last intervals, oldest first, without holes that were counted. */
  let intervals: number[] = [];
  let lastMs: number | undefined;
  /** Holes after which no usual interval has come yet. */
  let holes: number[] = [];
  let dropped = 0;
  let usual: number | undefined;
  /** Intervals since it was worked out. */
  let sinceUsual = 0;

  function remember(interval: number): void {
    intervals.push(interval);
    if (intervals.length > windowFrames) intervals.shift();
    sinceUsual += 1;
  }

  function restart(): void {
    intervals = [];
    lastMs = undefined;
    holes = [];
    usual = undefined;
    sinceUsual = 0;
  }

  return {
    frame(mediaMs) {
      const interval = mediaMs - (lastMs ?? mediaMs);
      if (interval > longestHoleMs || interval < -longestBackMs) restart();
      // Two frames of one time are one picture; a little back, an encoder's reordering.
      if (lastMs !== undefined && interval <= 0) return;
      const isFirst = lastMs === undefined;
      lastMs = mediaMs;
      if (isFirst) return;
      // With each frame of each stream: mostly nothing is new.
      if (usual !== undefined && holes.length === 0 && sinceUsual < windowFrames / 3 && isNear(interval, usual)) {
        remember(interval);
        return;
      }
      usual = usualInterval(intervals);
      sinceUsual = 0;
      if (usual === undefined || isNear(interval, usual)) {
        // They go on as before: what was missing in between was left out.
        if (usual !== undefined) for (const hole of holes) dropped += Math.max(0, Math.round(hole / usual) - 1);
        holes = [];
        remember(interval);
        return;
      }
      if (interval < usual) {
        remember(interval);
        return;
      }
      holes.push(interval);
      if (holes.length <= maxHolesInARow) return;
      // This is how its frames come now.
      intervals = holes;
      holes = [];
      usual = undefined;
    },
    restart,
    get dropped() {
      return dropped;
    },
  };
}

const isNear = (interval: number, usual: number): boolean => Math.abs(interval - usual) <= toleranceMs + usual * toleranceShare;

/** The median, where most are near it. */
function usualInterval(intervals: readonly number[]): number | undefined {
  if (intervals.length < fewestFrames) return undefined;
  const median = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)] ?? 0;
  const near = intervals.filter((interval) => isNear(interval, median));
  if (near.length < regularShare * intervals.length) return undefined;
  // 60 frames a second come after 16 or 17 ms: the mean is exact, so that long holes are counted right.
  return near.reduce((sum, interval) => sum + interval, 0) / near.length;
}
