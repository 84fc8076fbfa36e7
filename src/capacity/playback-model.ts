// When would the picture of a player stand still, and how far behind the teacher is it? Follows what arrives and the media
// that is buffered. Pure: times are arguments, in monotonic ms.
import { catchUpRate, stallMs } from "../shared/viewing/playback-habits.ts";

export interface PlaybackFigures {
  /** Times that the picture stood for 0.3 s or more: shorter ones the player does not count either. */
  readonly stalls: number;
  readonly stalledMs: number;
  readonly longestStallMs: number;
  readonly playedMs: number;
  /** Nothing to show because the stream itself waits for its teacher: nobody's stall. */
  readonly waitedMs: number;
}

export interface PlaybackModel {
  /** Media of `durationMs` came; its end is at `endsAtMs` of program date-time (Unix ms). */
  arrived(nowMs: number, durationMs: number, endsAtMs: number): void;
  /** The playlist promises no next part: what is missing from now on, until something arrives, is the teacher's. */
  sourceAway(nowMs: number): void;
  /** Program date-time of the picture; undefined before the first one. */
  positionMs(nowMs: number): number | undefined;
  isStalled(nowMs: number): boolean;
  /** @param nowMs a picture that stands at this moment counts up to now. */
  figures(nowMs: number): PlaybackFigures;
}

/** @param holdBackMs of the playlist (PART-HOLD-BACK): more than that in the buffer is played a little faster. */
export function createPlaybackModel(holdBackMs: number): PlaybackModel {
  let [bufferedMs, endsAt, lastMs] = [0, 0, 0];
  let started = false;
  let away = false;
  /** Since when nothing is left to play. */
  let dryMs: number | undefined;
  let [stalls, stalledMs, longestStallMs, playedMs, waitedMs] = [0, 0, 0, 0, 0];

  function advance(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - lastMs);
    lastMs = Math.max(lastMs, nowMs);
    if (!started || dryMs !== undefined) return;
    const rate = bufferedMs > holdBackMs ? catchUpRate : 1;
    const neededMs = passedMs * rate;
    if (neededMs > bufferedMs) dryMs = nowMs - passedMs + bufferedMs / rate;
    playedMs += Math.min(passedMs, bufferedMs / rate);
    bufferedMs = Math.max(0, bufferedMs - neededMs);
  }

  const standingMs = (nowMs: number): number => (dryMs === undefined ? 0 : nowMs - dryMs);
  const countsAsStall = (nowMs: number): boolean => !away && standingMs(nowMs) >= stallMs;

  /** A picture that stands no longer, or for another reason from now on. */
  function closeStall(nowMs: number): void {
    const stoodMs = standingMs(nowMs);
    stalls += 1;
    stalledMs += stoodMs;
    longestStallMs = Math.max(longestStallMs, stoodMs);
  }

  return {
    arrived(nowMs, durationMs, endsAtMs) {
      advance(nowMs);
      if (countsAsStall(nowMs)) closeStall(nowMs);
      else if (away) waitedMs += standingMs(nowMs);
      started = true;
      [dryMs, away] = [undefined, false];
      bufferedMs += durationMs;
      endsAt = endsAtMs;
    },
    sourceAway(nowMs) {
      advance(nowMs);
      // What stood before that was a stall already.
      if (countsAsStall(nowMs)) {
        closeStall(nowMs);
        dryMs = nowMs;
      }
      away = true;
    },
    positionMs(nowMs) {
      advance(nowMs);
      return started ? endsAt - bufferedMs : undefined;
    },
    isStalled(nowMs) {
      advance(nowMs);
      return countsAsStall(nowMs);
    },
    figures(nowMs) {
      advance(nowMs);
      const stoodMs = standingMs(nowMs);
      const open = countsAsStall(nowMs);
      return {
        stalls: stalls + (open ? 1 : 0),
        stalledMs: stalledMs + (open ? stoodMs : 0),
        longestStallMs: Math.max(longestStallMs, open ? stoodMs : 0),
        playedMs,
        waitedMs: waitedMs + (away ? stoodMs : 0),
      };
    },
  };
}
