// Low-latency HLS from one slave on one core: blocking reloads and parts, a token for each viewer.
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { startMeasuredCluster, tokenTarget } from "./support/measured-cluster.ts";
import { figure, reached } from "./support/report.ts";
import { climb } from "./support/viewer-steps.ts";

const floorViewers = 4_000;
const floorPartMs = 50;

export async function benchLowLatency(context: BenchContext): Promise<PartResult> {
  const cluster = await startMeasuredCluster(context);
  const steps = await climb(context, {
    name: "slave, low latency",
    steps: context.settings.lowLatencySteps,
    lowLatency: true,
    serverPids: [cluster.slavePid],
    target: tokenTarget(cluster),
  });
  const most = reached(steps);
  const quick = reached(steps.map((step) => ({ ...step, smooth: step.smooth && step.media_ms.p99 <= floorPartMs })));
  const last = steps.at(-1);
  const at = `at ${last?.viewers ?? 0} viewers`;
  return {
    figures: {
      viewers_without_stall: figure(most, "viewers", { digits: 0 }),
      viewers_with_part_p99_in_floor: figure(quick, "viewers", { floor: { atLeast: floorViewers }, digits: 0 }),
      part_p50: figure(last?.media_ms.p50, "ms", { note: at }),
      part_p99: figure(last?.media_ms.p99, "ms", { floor: { atMost: floorPartMs }, note: at }),
      blocking_reload_p99: figure(last?.blocking_reload_ms.p99, "ms", { note: `${at}; one part duration is the wait itself` }),
      requests_per_s: figure(last?.requests_per_s, "1/s", { digits: 0, note: at }),
      playlists_per_s: figure(last?.playlists_per_s, "1/s", { digits: 0, note: at }),
      parts_per_s: figure(last?.media_per_s, "1/s", { digits: 0, note: at }),
      cpu: figure(last?.server_cpu_pct, "% of a core", { digits: 1, note: at }),
    },
    details: { steps },
  };
}
