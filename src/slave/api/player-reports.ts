// What players tell about their joins and stalls, summed up per stream, for /api/streams and metrics. Bounded.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { PlayerReport, PlayerTotals } from "../../shared/protocol/player-messages.ts";

export interface PlayerReports {
  add(path: string, report: PlayerReport): void;
  /** Zeros for a stream of which no player told anything. */
  of(path: string): PlayerTotals;
}

const none: PlayerTotals = { joins: 0, join_ms: 0, stalls: 0, stalled_ms: 0, watched_ms: 0 };

/** @param maxPaths the stream that nobody reported on for longest is forgotten first. */
export function createPlayerReports(maxPaths = 1_000): PlayerReports {
  const totals = new Map<string, PlayerTotals>();

  return {
    add(path, { join_ms: joinMs, stalls, stalled_ms: stalledMs, window_ms: windowMs }) {
      const before = totals.get(path) ?? none;
      const after: PlayerTotals = {
        joins: before.joins + (joinMs === undefined ? 0 : 1),
        join_ms: before.join_ms + (joinMs ?? 0),
        stalls: before.stalls + stalls,
        // Nobody stands still for longer than they watch.
        stalled_ms: before.stalled_ms + Math.min(stalledMs, windowMs),
        watched_ms: before.watched_ms + windowMs,
      };
      setNewest(totals, path, after, maxPaths);
    },
    of: (path) => totals.get(path) ?? none,
  };
}
