// How long pictures stand still. Pure: the times of pictures and pauses are told to it.
import { stallMs } from "../../shared/viewing/playback-habits.ts";

export interface FreezeFigures {
  readonly longestFreezeMs: number;
  readonly stalledMs: number;
}

export interface FreezeMeter {
  /** A new picture is shown. */
  picture(nowMs: number): void;
  /** What follows until the next picture is the viewer's doing (pause, hidden page) and does not count. */
  interrupted(nowMs: number): void;
  /** @param nowMs a picture that stands at this moment counts up to now. */
  figures(nowMs: number): FreezeFigures;
}

export function createFreezeMeter(): FreezeMeter {
  let shownMs: number | undefined;
  let [longestFreezeMs, stalledMs] = [0, 0];

  function upTo(nowMs: number): FreezeFigures {
    const gapMs = shownMs === undefined ? 0 : Math.max(0, nowMs - shownMs);
    return { longestFreezeMs: Math.max(longestFreezeMs, gapMs), stalledMs: stalledMs + (gapMs > stallMs ? gapMs : 0) };
  }

  return {
    picture(nowMs) {
      ({ longestFreezeMs, stalledMs } = upTo(nowMs));
      shownMs = nowMs;
    },
    interrupted(nowMs) {
      ({ longestFreezeMs, stalledMs } = upTo(nowMs));
      shownMs = undefined;
    },
    figures: upTo,
  };
}
