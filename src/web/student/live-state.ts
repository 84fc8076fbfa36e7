// How the class is going, in one word: for the badge below the picture, the title of the tab and the way back to live. Pure.
import type { ClassPhase } from "../player/class-player.ts";
import { kindOf, type NoticeState } from "./notice.ts";

export type ClassMood = "live" | "paused" | "behind" | "waiting" | "working" | "over" | "ended";

export interface MoodInput {
  readonly phase: ClassPhase;
  readonly notice: NoticeState | undefined;
  readonly isBehind: boolean;
}

export function moodOf({ phase, notice, isBehind }: MoodInput): ClassMood {
  if (phase === "over") return "over";
  if (notice !== undefined && kindOf(notice) === "end") return "ended";
  if (notice === "waiting_for_teacher" || notice === "full") return "waiting";
  if (notice !== undefined) return "working";
  if (phase === "paused") return "paused";
  if (isBehind) return "behind";
  return phase === "playing" || phase === "buffering" ? "live" : "working";
}

/** Shown with one decimal, so a change that nobody sees is none. No picture comes without any delay: at least 0.1. */
export const roundedDelayS = (seconds: number | undefined): number | undefined =>
  seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(Math.max(0.1, seconds) * 10) / 10;
