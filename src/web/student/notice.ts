// What is said over the picture, if anything. Pure: the state of the player, the network and the time are told to it.
import { isTemporary, type TemporaryReason } from "../../shared/viewing/token-grant.ts";
import type { ClassPhase, ClassRefusal } from "../player/class-player.ts";

export type NoticeState =
  /** Phases of the player that are not seen by themselves. */
  Exclude<ClassPhase, "playing" | "paused" | "refused"> | TemporaryReason | "offline" | "removed" | "unsupported_browser" | "token_refused";

export interface Situation {
  readonly phase: ClassPhase;
  readonly refusal: ClassRefusal | undefined;
  /** The device says that it has a network. */
  readonly online: boolean;
  /** Since the phase began, in ms. */
  readonly phaseForMs: number;
}

/** A picture that stands for less is not worth a word. */
const buffersQuietlyMs = 1_000;

/** @returns undefined when the picture speaks for itself */
export function noticeOf({ phase, refusal, online, phaseForMs }: Situation): NoticeState | undefined {
  switch (phase) {
    case "playing":
    case "paused":
      return undefined;
    case "over":
      return "over";
    case "refused":
      return refusal === "removed" || refusal === "unsupported_browser" ? refusal : "token_refused";
    case "buffering":
      if (phaseForMs < buffersQuietlyMs) return undefined;
      return online ? "buffering" : "offline";
    case "joining":
      if (!online) return "offline";
      return isTemporary(refusal) ? refusal : "joining";
    case "connecting":
    case "waiting_for_teacher":
    case "reconnecting":
      return online ? phase : "offline";
  }
}

/** How it looks: `busy` turns, `calm` waits without alarm, `end` is over until somebody does something. */
export type NoticeKind = "busy" | "calm" | "end";

const calm: ReadonlySet<NoticeState> = new Set(["waiting_for_teacher", "full", "over", "offline"]);
const ended: ReadonlySet<NoticeState> = new Set(["removed", "unsupported_browser", "token_refused"]);

export function kindOf(state: NoticeState): NoticeKind {
  if (ended.has(state)) return "end";
  return calm.has(state) ? "calm" : "busy";
}

/** Whether a press can help: what came from people may be taken back by them. */
export const mayTryAgain = (state: NoticeState): boolean => state === "removed" || state === "token_refused";

/** A picture is behind it that is worth seeing. */
export const keepsPicture = (state: NoticeState): boolean => state === "buffering" || state === "reconnecting";
