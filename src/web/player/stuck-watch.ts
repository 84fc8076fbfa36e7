// Finds out that hls.js has lost its place: the playlist moves, and nothing comes of it. What is slow is not stuck, and
// a teacher who is away is not, either. Pure: times come with the calls, in monotonic ms.

/** `reload`: loading begins anew at the same place, which nobody sees; `restart`: a new player is needed. */
export type StuckVerdict = "well" | "reload" | "restart";

export interface StuckWatch {
  /** The playlist has something new. */
  moved(nowMs: number): void;
  /** What is buffered has become more, or there is enough of it. */
  fed(): void;
  /** The picture moves. */
  played(): void;
  /** A new player begins. */
  restarted(): void;
  /** @param loading media is on its way, be it slowly */
  verdict(nowMs: number, loading: boolean): StuckVerdict;
}

/** A playlist that has not moved for this long stands: the teacher is away. */
const standsMs = 2_000;
/** Parts are listed three times a second: so long without asking for any is no accident. */
const unfedMs = 1_200;
const reloadEveryMs = 3_000;
/** How long the picture may stand although the playlist moves. */
const patienceMs = 4_000;
/** The same while nothing is even asked for. */
const idlePatienceMs = 2_500;

export function createStuckWatch(): StuckWatch {
  let movedMs = Number.NEGATIVE_INFINITY;
  /** Since when the playlist has moved without anything coming of it; undefined when it does not, or all is well. */
  let hungrySinceMs: number | undefined;
  let standingSinceMs: number | undefined;
  let reloadedMs = Number.NEGATIVE_INFINITY;

  return {
    moved(nowMs) {
      // Time counts from when the playlist goes on, and not from when the teacher left.
      if (nowMs - movedMs > standsMs) [hungrySinceMs, standingSinceMs] = [undefined, undefined];
      movedMs = nowMs;
      hungrySinceMs ??= nowMs;
      standingSinceMs ??= nowMs;
    },
    fed() {
      hungrySinceMs = undefined;
    },
    played() {
      standingSinceMs = undefined;
    },
    restarted() {
      [movedMs, reloadedMs] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      [hungrySinceMs, standingSinceMs] = [undefined, undefined];
    },
    verdict(nowMs, loading) {
      if (nowMs - movedMs > standsMs) return "well";
      const hungryMs = loading || hungrySinceMs === undefined ? 0 : nowMs - hungrySinceMs;
      const standingMs = standingSinceMs === undefined ? 0 : nowMs - standingSinceMs;
      if (standingMs > patienceMs || (standingMs > idlePatienceMs && hungryMs > idlePatienceMs)) return "restart";
      if (hungryMs <= unfedMs || nowMs - reloadedMs < reloadEveryMs) return "well";
      reloadedMs = nowMs;
      return "reload";
    },
  };
}
