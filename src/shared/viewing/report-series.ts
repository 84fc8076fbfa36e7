// What a player tells its node of playback, for the school's metrics: in each report what is new since the last one. Pure.
import type { PlayerReport } from "../protocol/player-messages.ts";
import { maxReportedMs } from "../protocol/report-limits.ts";
import { baseOf } from "./virtual-url.ts";
import type { StreamAddress } from "./virtual-url.ts";

/** Since the player began. */
export interface PlaybackSums {
  /** Undefined before the first picture. */
  readonly joinMs: number | undefined;
  readonly stalls: number;
  readonly stalledMs: number;
  /** Between the teacher's camera and the picture, now; undefined while nothing plays. */
  readonly delayMs: number | undefined;
}

export interface ReportSeries {
  /** @param nowMs monotonic. Undefined before the first picture: there is nothing to tell. */
  next(sums: PlaybackSums, nowMs: number): PlayerReport | undefined;
}

export const reportEveryMs = 10_000;

/** What a node takes as a time; a device that slept for longer has nothing to tell about it. */
const inBounds = (ms: number): number => Math.min(maxReportedMs, Math.max(0, Math.round(ms)));

/** @param beganMs monotonic: what the first report is about begins then. */
export function createReportSeries(beganMs: number): ReportSeries {
  let sent = { stalls: 0, stalledMs: 0 };
  let sentMs = beganMs;
  let isJoinSent = false;
  return {
    next({ joinMs, stalls, stalledMs, delayMs }, nowMs) {
      if (joinMs === undefined) return undefined;
      const report: PlayerReport = {
        ...(isJoinSent ? {} : { join_ms: inBounds(joinMs) }),
        stalls: stalls - sent.stalls,
        stalled_ms: inBounds(stalledMs - sent.stalledMs),
        ...(delayMs === undefined ? {} : { delay_ms: inBounds(delayMs) }),
        window_ms: inBounds(nowMs - sentMs),
      };
      [isJoinSent, sentMs, sent] = [true, nowMs, { stalls, stalledMs }];
      return report;
    },
  };
}

/** Where the node that serves this stream takes reports. */
export const reportUrl = ({ hlsUrl, token }: StreamAddress): string => `${baseOf(hlsUrl)}report?jwt=${encodeURIComponent(token)}`;
