// The report of a load test, as programs read it (report.json) and as summary and page show it. Pure.
import type { RecordableHistogram } from "node:perf_hooks";
import { requestKinds } from "./load-figures.ts";
import type { LoadFigures, RequestKind, ViewerLine } from "./load-figures.ts";
import type { LoadTotals, Moment } from "./load-totals.ts";
import type { LoadtestOptions } from "./loadtest-arguments.ts";

export interface Percentiles {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadReport {
  readonly tool: "airclass loadtest";
  readonly version: string;
  readonly started_at: string;
  readonly ended_early: boolean;
  readonly master: string;
  readonly class: string;
  readonly asked: { readonly viewers: number; readonly ramp_s: number; readonly duration_s: number; readonly threads: number };
  readonly ran_s: number;
  readonly ok: boolean;
  readonly max_stalled_percent: number;
  /** Viewers with a stall of 0.3 s or more, or without a picture. */
  readonly stalled_percent: number;
  readonly viewers: {
    readonly come: number;
    readonly played: number;
    readonly never_played: number;
    readonly stalled: number;
    readonly moved: number;
    readonly moves: number;
  };
  readonly join_ms: Percentiles;
  readonly delay_ms: Percentiles;
  readonly stalls: { readonly count: number; readonly total_s: number; readonly longest_s: number; readonly percent_of_time: number };
  /** Without a picture because the teacher was away: no stalls. */
  readonly waited_s: number;
  readonly requests: Readonly<Record<RequestKind, { readonly count: number; readonly bytes: number; readonly ms: Percentiles }>>;
  readonly mbps: number;
  readonly mbps_per_viewer: number;
  /** Playlists, percent of all bytes. */
  readonly playlists_percent: number;
  readonly errors: { readonly total: number; readonly kinds: Readonly<Record<string, number>> };
  readonly refusals: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeReport[];
  readonly generator: {
    readonly busiest_thread_percent: number;
    readonly saturated: boolean;
    readonly cpu_cores: number;
    /** Viewers that one core simulates, from what these took. */
    readonly viewers_per_core: number;
  };
  /** Each second. */
  readonly timeline: readonly MomentReport[];
  readonly viewer_list: readonly ViewerReport[];
}

interface NodeReport {
  readonly node_id: string;
  readonly node_name: string;
  readonly viewers_at_end: number;
  readonly requests: number;
  readonly bytes: number;
  readonly errors: number;
  readonly part_ms: Percentiles;
  /** As the master saw it: all viewers, not only simulated ones. */
  readonly peak_viewers: number | null;
  readonly max_connections: number | null;
  readonly peak_cpu: number | null;
  readonly peak_memory: number | null;
  readonly status: string;
}

interface MomentReport {
  readonly at_s: number;
  readonly come: number;
  readonly playing: number;
  readonly stalled: number;
  readonly mbps: number;
  readonly requests_per_s: number;
  readonly errors: number;
  readonly moves: number;
}

interface ViewerReport {
  readonly user_id: string;
  readonly node_id: string | null;
  readonly join_ms: number | null;
  readonly stalls: number;
  readonly stalled_ms: number;
  readonly longest_stall_ms: number;
  readonly waited_ms: number;
  readonly moves: number;
  readonly bytes: number;
  readonly errors: number;
  readonly refusal?: string;
}

/** Busier than this, the figures are those of the machine that simulates. */
const saturatedBusy = 0.9;

export interface ReportInput {
  readonly options: LoadtestOptions;
  readonly version: string;
  readonly startedAt: Date;
  readonly endedEarly: boolean;
  readonly ranS: number;
  readonly figures: LoadFigures;
  readonly totals: LoadTotals;
  /** Processor time of this process, seconds. */
  readonly cpuS: number;
}

export function loadReport({ options, version, startedAt, endedEarly, ranS, figures, totals, cpuS }: ReportInput): LoadReport {
  const { viewers } = figures;
  const played = viewers.filter(({ joinMs }) => joinMs !== undefined);
  const stalled = played.filter(({ stalls }) => stalls > 0);
  const neverPlayed = viewers.length - played.length;
  const stalledMs = add(viewers, ({ stalledMs: ms }) => ms);
  const shownMs = add(viewers, ({ playedMs }) => playedMs) + stalledMs;
  const bytes = requestKinds.reduce((sum, kind) => sum + figures.bytes[kind], 0);
  const stalledPercent = viewers.length === 0 ? 100 : ((stalled.length + neverPlayed) / viewers.length) * 100;
  const busy = totals.moments.length === 0 ? 0 : Math.max(...busySteadily(totals.moments));
  const refusals: Record<string, number> = {};
  for (const { refusal } of viewers) if (refusal !== undefined) refusals[refusal] = (refusals[refusal] ?? 0) + 1;
  return {
    tool: "airclass loadtest",
    version,
    started_at: startedAt.toISOString(),
    ended_early: endedEarly,
    master: options.masterUrl,
    class: options.className,
    asked: { viewers: options.viewers, ramp_s: options.rampS, duration_s: options.durationS, threads: options.threads },
    ran_s: round(ranS, 1),
    ok: played.length > 0 && stalledPercent <= options.maxStalledPercent,
    max_stalled_percent: options.maxStalledPercent,
    stalled_percent: round(stalledPercent, 2),
    viewers: {
      come: viewers.length,
      played: played.length,
      never_played: neverPlayed,
      stalled: stalled.length,
      moved: viewers.filter(({ moves }) => moves > 0).length,
      moves: add(viewers, ({ moves }) => moves),
    },
    join_ms: percentiles(figures.joinMs),
    delay_ms: percentiles(figures.delayMs),
    stalls: {
      count: add(viewers, ({ stalls }) => stalls),
      total_s: round(stalledMs / 1_000, 2),
      longest_s: round(Math.max(0, ...viewers.map(({ longestStallMs }) => longestStallMs)) / 1_000, 2),
      percent_of_time: shownMs === 0 ? 0 : round((stalledMs / shownMs) * 100, 3),
    },
    waited_s: round(add(viewers, ({ waitedMs }) => waitedMs) / 1_000, 1),
    requests: Object.fromEntries(
      requestKinds.map((kind) => [
        kind,
        { count: figures.requests[kind], bytes: figures.bytes[kind], ms: percentiles(figures.times[kind]) },
      ]),
    ) as LoadReport["requests"],
    mbps: round((bytes * 8) / 1e6 / Math.max(0.001, ranS), 2),
    mbps_per_viewer: shownMs === 0 ? 0 : round((bytes * 8) / 1e3 / shownMs, 3),
    playlists_percent: bytes === 0 ? 0 : round((figures.bytes.playlist / bytes) * 100, 1),
    errors: { total: [...figures.errors.values()].reduce((sum, times) => sum + times, 0), kinds: Object.fromEntries(figures.errors) },
    refusals,
    nodes: nodeReports(figures, totals),
    generator: {
      busiest_thread_percent: round(busy * 100, 0),
      saturated: busy > saturatedBusy,
      cpu_cores: round(cpuS / Math.max(0.001, ranS), 2),
      viewers_per_core: round(shownMs / 1_000 / Math.max(0.001, cpuS), 0),
    },
    timeline: totals.moments.map((moment) => ({
      at_s: round(moment.atS, 1),
      come: moment.come,
      playing: moment.playing,
      stalled: moment.stalled,
      mbps: round(moment.mbps, 2),
      requests_per_s: round(moment.requests, 0),
      errors: moment.errors,
      moves: moment.moves,
    })),
    viewer_list: viewers.map(viewerEntry),
  };
}

/** Over three seconds: one garbage collection is no saturation. */
function busySteadily(moments: readonly Moment[]): number[] {
  if (moments.length < 3) return moments.map(({ busy }) => busy);
  return moments.slice(2).map(({ busy }, index) => Math.min(busy, moments[index]?.busy ?? busy, moments[index + 1]?.busy ?? busy));
}

function nodeReports(figures: LoadFigures, totals: LoadTotals): NodeReport[] {
  const seen = new Map(totals.nodes().map((node) => [node.nodeId, node]));
  const ids = [...new Set([...figures.nodes.keys(), ...seen.keys()])].toSorted();
  const atEnd = new Map<string, number>();
  for (const { nodeId } of figures.viewers) if (nodeId !== undefined) atEnd.set(nodeId, (atEnd.get(nodeId) ?? 0) + 1);
  return ids.map((id) => {
    const [used, view] = [figures.nodes.get(id), seen.get(id)];
    return {
      node_id: id,
      node_name: view?.nodeName ?? id,
      viewers_at_end: atEnd.get(id) ?? 0,
      requests: used?.requests ?? 0,
      bytes: used?.bytes ?? 0,
      errors: used?.errors ?? 0,
      part_ms: used ? percentiles(used.partMs) : { n: 0, p50: 0, p95: 0, p99: 0, max: 0 },
      peak_viewers: view?.peakViewers ?? null,
      max_connections: view?.maxConnections ?? null,
      peak_cpu: view === undefined ? null : round(view.peakCpu, 1),
      peak_memory: view === undefined ? null : round(view.peakMemory, 1),
      status: view?.status ?? "gone",
    };
  });
}

function viewerEntry(line: ViewerLine): ViewerReport {
  return {
    user_id: line.userId,
    node_id: line.nodeId ?? null,
    join_ms: line.joinMs === undefined ? null : Math.round(line.joinMs),
    stalls: line.stalls,
    stalled_ms: Math.round(line.stalledMs),
    longest_stall_ms: Math.round(line.longestStallMs),
    waited_ms: Math.round(line.waitedMs),
    moves: line.moves,
    bytes: line.bytes,
    errors: line.errors,
    ...(line.refusal === undefined ? {} : { refusal: line.refusal }),
  };
}

function percentiles(of: RecordableHistogram): Percentiles {
  if (of.count === 0) return { n: 0, p50: 0, p95: 0, p99: 0, max: 0 };
  return { n: of.count, p50: of.percentile(50), p95: of.percentile(95), p99: of.percentile(99), max: of.max };
}

const add = (lines: readonly ViewerLine[], of: (line: ViewerLine) => number): number => lines.reduce((sum, line) => sum + of(line), 0);

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
