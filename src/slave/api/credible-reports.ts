// What can be true of a player's report: a student could say anything, and one alone could raise an alert about a whole class.
// Pure and bounded; time is an argument.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { PlayerReport } from "../../shared/protocol/player-messages.ts";

export interface CredibleReports {
  /** The report, as far as it can be true of this viewer (jti of its token) at `nowMs` (monotonic). */
  of(viewer: string, report: PlayerReport, nowMs: number): PlayerReport;
}

interface Told {
  /** Watched time of which it has not told yet. */
  readonly untoldMs: number;
  readonly atMs: number;
  readonly joined: boolean;
  /** When a delay of it was believed last. */
  readonly delayAtMs: number;
}

/** What a viewer may have watched before its first report here: players report every 10 s, perhaps to another node until now. */
const beforeFirstMs = 15_000;
/** A device that slept tells of no more (see PlayerReport). */
const maxUntoldMs = 600_000;
/** Players count no picture that stood for less. */
const shortestStallMs = 300;

/** Further behind is nobody who plays what a node keeps; one that says so alone would move the mean of a class. */
const longestDelayMs = 60_000;
/** Players report every 10 s: who reports more often counts no more than others. */
const betweenDelaysMs = 5_000;

/** @param maxViewers whose report is the oldest is forgotten first, and begins anew. */
export function createCredibleReports(maxViewers = 10_000): CredibleReports {
  const viewers = new Map<string, Told>();

  return {
    of(viewer, { join_ms: joinMs, delay_ms: delayMs, stalls, stalled_ms: stalledMs, window_ms: windowMs }, nowMs) {
      const before = viewers.get(viewer);
      const untoldMs = before ? Math.min(maxUntoldMs, before.untoldMs + nowMs - before.atMs) : beforeFirstMs;
      const watchedMs = Math.min(windowMs, untoldMs);
      const joined = before?.joined ?? false;
      const delayAtMs = before?.delayAtMs ?? Number.NEGATIVE_INFINITY;
      const isTimely = delayMs !== undefined && delayMs <= longestDelayMs && nowMs - delayAtMs >= betweenDelaysMs;
      const told = {
        untoldMs: untoldMs - watchedMs,
        atMs: nowMs,
        joined: joined || joinMs !== undefined,
        delayAtMs: isTimely ? nowMs : delayAtMs,
      };
      setNewest(viewers, viewer, told, maxViewers);
      return {
        ...(isTimely ? { delay_ms: delayMs } : {}),
        ...(joinMs === undefined || joined ? {} : { join_ms: joinMs }),
        stalls: Math.min(stalls, Math.ceil(watchedMs / shortestStallMs)),
        // Of which no more counts than was watched, see player-reports.ts.
        stalled_ms: stalledMs,
        window_ms: watchedMs,
      };
    },
  };
}
