// What streams and viewers cost a slave in CPU and memory: from the sources as in a clone, and compiled as npm ships it.
import type { BenchCluster } from "./support/bench-cluster.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { buildCompiled } from "./support/compiled-build.ts";
import { measureUse } from "./support/cpu.ts";
import { runViewers } from "./support/hlsload.ts";
import { startMeasuredCluster, tokenTarget } from "./support/measured-cluster.ts";
import { figure } from "./support/report.ts";
import { descendantsOf } from "../support/processes.ts";

const floorRssMb = 200;
const floorStreamPercent = 4;

/** Of a slave with one stream: first alone, then with viewers. */
interface Footprint {
  readonly idle: Use;
  readonly viewers: number;
  readonly plain: { readonly cpu_pct: number; readonly rss_mb: number };
  readonly low_latency: { readonly cpu_pct: number; readonly rss_mb: number };
}

interface Use {
  readonly slave: { readonly cpu_pct: number; readonly rss_mb: number };
  readonly rtmp_worker: { readonly cpu_pct: number; readonly rss_mb: number };
  /** All of them together. */
  readonly ffmpeg: { readonly cpu_pct: number; readonly rss_mb: number };
}

export async function benchFootprint(context: BenchContext): Promise<PartResult> {
  const build = await buildCompiled();
  context.closer.add("build", () => build.remove());
  const compiled = await measureViewers(context, "compiled", build.entry);
  const sources = await measureViewers(context, "sources", undefined);
  const { one, all, streams } = await measureStreams(context, build.entry);
  const { idle, viewers } = compiled;
  const perStream = (kind: keyof Use, unit: "cpu_pct" | "rss_mb"): number => (all[kind][unit] - one[kind][unit]) / (streams - 1);
  const per100 = (100 / viewers) * 1;
  const costs = `${viewers} viewers, compiled`;
  return {
    figures: {
      stream_cpu: figure(
        perStream("slave", "cpu_pct") + perStream("rtmp_worker", "cpu_pct") + perStream("ffmpeg", "cpu_pct"),
        "% of a core",
        {
          floor: { atMost: floorStreamPercent },
          note: `slave, RTMP worker and ffmpeg; 1.6 Mbit/s passed through, ${streams} streams against one`,
        },
      ),
      stream_cpu_ffmpeg_only: figure(perStream("ffmpeg", "cpu_pct"), "% of a core"),
      stream_rss_ffmpeg: figure(all.ffmpeg.rss_mb / streams, "MB", { digits: 1 }),
      stream_rss_slave_and_worker: figure(perStream("slave", "rss_mb") + perStream("rtmp_worker", "rss_mb"), "MB", { digits: 1 }),
      cpu_per_100_plain_viewers: figure((compiled.plain.cpu_pct - idle.slave.cpu_pct) * per100, "% of a core", { note: costs }),
      cpu_per_100_low_latency_viewers: figure((compiled.low_latency.cpu_pct - idle.slave.cpu_pct) * per100, "% of a core", { note: costs }),
      rss_per_100_plain_viewers: figure((compiled.plain.rss_mb - idle.slave.rss_mb) * per100, "MB", { note: costs }),
      rss_per_100_low_latency_viewers: figure((compiled.low_latency.rss_mb - idle.slave.rss_mb) * per100, "MB", { note: costs }),
      rss_with_plain_viewers: figure(compiled.plain.rss_mb, "MB", { floor: { atMost: floorRssMb }, digits: 0, note: costs }),
      rss_with_low_latency_viewers: figure(compiled.low_latency.rss_mb, "MB", { floor: { atMost: floorRssMb }, digits: 0, note: costs }),
      rss_with_plain_viewers_from_sources: figure(sources.plain.rss_mb, "MB", { digits: 0, note: "type stripping adds the difference" }),
      rss_with_low_latency_viewers_from_sources: figure(sources.low_latency.rss_mb, "MB", { digits: 0 }),
    },
    details: { compiled, sources, streams: { one, all, streams } },
  };
}

/** One stream, then several, without viewers. */
async function measureStreams(context: BenchContext, entry: string): Promise<{ one: Use; all: Use; streams: number }> {
  const { settings, log } = context;
  const cluster = await startMeasuredCluster(context, { entry });
  const one = await useOf(cluster, settings.idleWindowS);
  for (let number = 2; number <= settings.footprintStreams; number += 1) await cluster.publishClass(`stream-${number}`);
  await cluster.pinSlave();
  const all = await useOf(cluster, settings.idleWindowS);
  log(`${settings.footprintStreams} streams: ${JSON.stringify(all)}`);
  await cluster.stop();
  return { one, all, streams: settings.footprintStreams };
}

async function measureViewers(context: BenchContext, name: string, entry: string | undefined): Promise<Footprint> {
  const { settings, log } = context;
  const cluster = await startMeasuredCluster(context, entry === undefined ? {} : { entry });
  const idle = await useOf(cluster, settings.idleWindowS);
  log(`${name}: one stream: ${JSON.stringify(idle)}`);
  const viewers = settings.footprintViewers;

  async function under(lowLatency: boolean): Promise<{ cpu_pct: number; rss_mb: number }> {
    const { target, done } = await tokenTarget(cluster)(viewers);
    const { rampS, windowS: durationS } = settings;
    const load = { viewers, rampS, durationS, lowLatency, target, serverPids: [cluster.slavePid] };
    const report = await runViewers(load, done);
    log(`${name}: ${viewers} ${lowLatency ? "low-latency" : "plain"} viewers: ${report.server_cpu_pct} %, ${report.server_rss_mb} MB`);
    return { cpu_pct: report.server_cpu_pct, rss_mb: report.server_rss_mb };
  }
  const plain = await under(false);
  const lowLatency = await under(true);
  await cluster.stop();
  return { idle, viewers, plain, low_latency: lowLatency };
}

async function useOf(cluster: BenchCluster, windowS: number): Promise<Use> {
  const children = await descendantsOf(cluster.slavePid);
  const kinds = [cluster.slavePid, ...children.map(({ pid }) => pid)];
  const used = await measureUse(kinds, windowS);
  const sum = (isKind: (command: string) => boolean): { cpu_pct: number; rss_mb: number } => {
    let [cpuPercent, rssMb] = [0, 0];
    for (const [index, { command }] of children.entries()) {
      if (!isKind(command)) continue;
      cpuPercent += used[index + 1]?.cpuPercent ?? 0;
      rssMb += used[index + 1]?.rssMb ?? 0;
    }
    return { cpu_pct: round(cpuPercent), rss_mb: round(rssMb) };
  };
  return {
    slave: { cpu_pct: round(used[0]?.cpuPercent ?? 0), rss_mb: round(used[0]?.rssMb ?? 0) },
    rtmp_worker: sum((command) => command.includes("rtmp-worker")),
    ffmpeg: sum((command) => !command.includes("rtmp-worker")),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
