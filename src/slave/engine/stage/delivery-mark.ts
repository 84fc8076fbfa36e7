// How far a stream's fragments are handed out, so that a restarted ffmpeg, which begins a little earlier, repeats nothing. Pure.
import type { FragmentTiming } from "./transcoder.ts";

export interface DeliveryMark {
  add(timing: FragmentTiming): void;
  /** A new timeline begins. */
  reset(): void;
  /** Media time up to which video, and every track that is there, is handed out; -1 when nothing is. */
  readonly videoUntilMs: number;
  readonly everythingUntilMs: number;
  /**
   * The state for one restart, as things are now.
   * @param joinAtKeyframes renditions whose picture is encoded anew, and fits to what was handed out at a keyframe only.
   */
  resume(joinAtKeyframes: Set<string>): { isNew(rendition: string, timing: FragmentTiming): boolean };
}

/** RTMP counts in ms, fragments in ticks: the same frame may seem to end up to 1 ms later than before. */
const toleranceMs = 1;

export function createDeliveryMark(): DeliveryMark {
  let videoMs = -1;
  let audioMs = -1;
  return {
    add({ videoEndMs = -1, audioEndMs = -1 }) {
      videoMs = Math.max(videoMs, videoEndMs);
      audioMs = Math.max(audioMs, audioEndMs);
    },
    reset() {
      videoMs = -1;
      audioMs = -1;
    },
    get videoUntilMs() {
      return videoMs;
    },
    get everythingUntilMs() {
      return videoMs < 0 || audioMs < 0 ? Math.max(videoMs, audioMs) : Math.min(videoMs, audioMs);
    },
    resume(joinAtKeyframes) {
      const [videoUntilMs, audioUntilMs] = [videoMs, audioMs];
      const waiting = videoUntilMs < 0 ? new Set<string>() : new Set(joinAtKeyframes);
      return {
        isNew(rendition, { videoEndMs, audioEndMs = -1, independent }) {
          const isRepeated =
            videoEndMs === undefined
              ? audioUntilMs >= 0 && audioEndMs <= audioUntilMs + toleranceMs
              : videoUntilMs >= 0 && videoEndMs <= videoUntilMs + toleranceMs;
          if (isRepeated) return false;
          if (waiting.has(rendition) && !independent) return false;
          waiting.delete(rendition);
          return true;
        },
      };
    },
  };
}
