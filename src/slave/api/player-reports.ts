// What players tell about their joins and stalls, summed up per stream, for /api/streams and metrics. Bounded.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { PlayersReport } from "../../shared/protocol/cluster-messages.ts";
import type { PlayerReport, PlayerTotals } from "../../shared/protocol/player-messages.ts";

export interface PlayerReports {
  add(path: string, report: PlayerReport): void;
  /** Zeros for a stream of which no player told anything. */
  of(path: string): PlayerTotals;
  /** What was told since the last call, for the next heartbeat; undefined when nothing was. */
  take(path: string): PlayersReport | undefined;
}

/** Sums since the last heartbeat. */
interface Recent {
  readonly delays: number;
  readonly delayMs: number;
  readonly stalls: number;
  readonly stalledMs: number;
  readonly watchedMs: number;
}

const nothing: Recent = { delays: 0, delayMs: 0, stalls: 0, stalledMs: 0, watchedMs: 0 };

const none: PlayerTotals = { joins: 0, join_ms: 0, stalls: 0, stalled_ms: 0, watched_ms: 0 };

/** @param maxPaths the stream that nobody reported on for longest is forgotten first. */
export function createPlayerReports(maxPaths = 1_000): PlayerReports {
  const totals = new Map<string, PlayerTotals>();
  const recent = new Map<string, Recent>();

  function addRecent(path: string, { delay_ms: delayMs, stalls, stalled_ms: stalledMs, window_ms: windowMs }: PlayerReport): void {
    const before = recent.get(path) ?? nothing;
    const after: Recent = {
      delays: before.delays + (delayMs === undefined ? 0 : 1),
      delayMs: before.delayMs + (delayMs ?? 0),
      stalls: before.stalls + stalls,
      stalledMs: before.stalledMs + Math.min(stalledMs, windowMs),
      watchedMs: before.watchedMs + windowMs,
    };
    setNewest(recent, path, after, maxPaths);
  }

  return {
    add(path, report) {
      addRecent(path, report);
      const { join_ms: joinMs, stalls, stalled_ms: stalledMs, window_ms: windowMs } = report;
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
    take(path) {
      const told = recent.get(path);
      recent.delete(path);
      if (!told) return undefined;
      return {
        reports: told.delays,
        delay_s: told.delays === 0 ? null : secondsOf(told.delayMs / told.delays),
        watched_s: secondsOf(told.watchedMs),
        stalls: told.stalls,
        stalled_s: secondsOf(told.stalledMs),
      };
    },
  };
}

/** Heartbeats are small: no more digits than anybody reads. */
const secondsOf = (ms: number): number => Math.round(ms / 10) / 100;
