// What players of a stream have told on all its nodes within the last seconds, added up. Pure and bounded; time comes in as an
// argument (monotonic ms).
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { PlayersReport, StreamReport } from "../../shared/protocol/cluster-messages.ts";

export interface PlayersMeter {
  /** A node's heartbeat. */
  reported(streams: readonly StreamReport[], nowMs: number): void;
  /** Undefined when nobody told anything. */
  of(path: string, nowMs: number): PlayersReport | undefined;
}

/** Players report every 10 s. */
const windowMs = 15_000;
const maxPaths = 1_000;
/** More than 200 nodes say within the window. */
const maxReports = 2_000;

interface Told {
  readonly atMs: number;
  readonly players: PlayersReport;
}

export function createPlayersMeter(): PlayersMeter {
  const byPath = new Map<string, Told[]>();

  return {
    reported(streams, nowMs) {
      for (const { path, players } of streams) {
        if (!players) continue;
        const told = (byPath.get(path) ?? []).filter(({ atMs }) => nowMs - atMs < windowMs).slice(1 - maxReports);
        setNewest(byPath, path, [...told, { atMs: nowMs, players }], maxPaths);
      }
    },
    of(path, nowMs) {
      const recent = (byPath.get(path) ?? []).filter(({ atMs }) => nowMs - atMs < windowMs);
      if (recent.length === 0) byPath.delete(path);
      return recent.length === 0 ? undefined : sumOf(recent.map(({ players }) => players));
    },
  };
}

function sumOf(all: readonly PlayersReport[]): PlayersReport {
  const sum = { reports: 0, delayS: 0, watched_s: 0, stalls: 0, stalled_s: 0 };
  for (const { reports, delay_s: delayS, watched_s: watchedS, stalls, stalled_s: stalledS } of all) {
    // A mean of nothing says nothing.
    if (delayS !== null && reports > 0) {
      sum.reports += reports;
      sum.delayS += delayS * reports;
    }
    sum.watched_s += watchedS;
    sum.stalls += stalls;
    sum.stalled_s += stalledS;
  }
  const { reports, watched_s, stalls, stalled_s } = sum;
  return { reports, delay_s: reports === 0 ? null : sum.delayS / reports, watched_s, stalls, stalled_s };
}
