// More and more viewers on one server, until one of them stalls.
import type { Percentiles } from "../../../src/capacity/load-report.ts";
import type { BenchContext } from "./bench-part.ts";
import { isSmooth, runViewers } from "./hlsload.ts";
import type { ViewerLoad, ViewerReport } from "./hlsload.ts";

export interface ViewerStep {
  readonly viewers: number;
  readonly smooth: boolean;
  readonly stalled_viewers: number;
  readonly underrun_viewers: number;
  readonly never_played: number;
  readonly errors: number;
  readonly server_cpu_pct: number;
  readonly server_rss_mb: number;
  readonly requests_per_s: number;
  readonly playlists_per_s: number;
  readonly media_per_s: number;
  readonly mbit_per_s: number;
  readonly playlist_ms: Percentiles;
  readonly media_ms: Percentiles;
  readonly blocking_reload_ms: Percentiles;
  readonly live_edge_s: Percentiles;
  readonly generator_cpu_pct: number;
  /** Then the figures are the generator's, not the server's. */
  readonly generator_saturated: boolean;
}

export type StepTarget = (viewers: number) => Promise<{ target: ViewerLoad["target"]; done: () => Promise<void> }>;

/** One step after the other; stops after the first that is not smooth. */
export async function climb(
  { settings, log }: BenchContext,
  options: { name: string; steps: readonly number[]; lowLatency: boolean; serverPids: readonly number[]; target: StepTarget },
): Promise<ViewerStep[]> {
  const done: ViewerStep[] = [];
  for (const viewers of options.steps) {
    const { target, done: finish } = await options.target(viewers);
    const { rampS, windowS: durationS } = settings;
    const load = { viewers, rampS, durationS, lowLatency: options.lowLatency, target, serverPids: options.serverPids };
    const report = await runViewers(load, finish);
    const step = summary(report, rampS, options.lowLatency);
    done.push(step);
    log(
      `${options.name}: ${viewers} viewers ${step.smooth ? "smooth" : "NOT smooth"}, CPU ${step.server_cpu_pct} %, ` +
        `p99 playlist ${step.playlist_ms.p99} ms, media ${step.media_ms.p99} ms, generator ${step.generator_cpu_pct} %`,
    );
    if (!step.smooth) break;
  }
  return done;
}

function summary(report: ViewerReport, rampS: number, lowLatency: boolean): ViewerStep {
  // The generator counts objects from its start and requests per second over the window; viewers arrive evenly in the ramp.
  const viewerSeconds = report.duration_s + rampS / 2;
  const media = lowLatency ? report.parts : report.segments;
  return {
    viewers: report.viewers,
    smooth: isSmooth(report),
    stalled_viewers: report.stalled_viewers,
    underrun_viewers: report.underrun_viewers,
    never_played: report.never_played,
    errors: report.errors.total,
    server_cpu_pct: report.server_cpu_pct,
    server_rss_mb: report.server_rss_mb,
    requests_per_s: report.requests_per_s,
    playlists_per_s: Math.round(report.playlists / viewerSeconds),
    media_per_s: Math.round(media / viewerSeconds),
    mbit_per_s: report.mbit_per_s,
    playlist_ms: report.playlist_ms,
    media_ms: lowLatency ? report.part_ms : report.segment_ms,
    blocking_reload_ms: report.blocking_reload_ms,
    live_edge_s: report.live_edge_s,
    generator_cpu_pct: report.generator_cpu_pct,
    generator_saturated: report.generator_saturated,
  };
}
