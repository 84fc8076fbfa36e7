// Plain HLS from one slave on one core, tokens checked, against nginx serving the same bytes from memory.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/demo/free-port.ts";
import type { BenchCluster } from "./support/bench-cluster.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { lessonName, startMeasuredCluster, tokenTarget, untilPlainPlayersCanStart } from "./support/measured-cluster.ts";
import { findNginx, startNginx } from "./support/nginx-peer.ts";
import { startPlainMirror } from "./support/plain-mirror.ts";
import { figure, reached } from "./support/report.ts";
import { climb } from "./support/viewer-steps.ts";
import type { ViewerStep } from "./support/viewer-steps.ts";

const floorViewers = 8_000;
const floorRatio = 2;

export async function benchDelivery(context: BenchContext): Promise<PartResult> {
  const { settings } = context;
  const cluster = await startMeasuredCluster(context);
  await untilPlainPlayersCanStart(cluster);
  const common = { steps: settings.plainSteps, lowLatency: false };
  const ours = await climb(context, { ...common, name: "slave", serverPids: [cluster.slavePid], target: tokenTarget(cluster) });
  const peer = await climbNginx(context, cluster);

  const ratios = cpuRatios(ours, peer?.steps ?? []);
  const last = ours.at(-1);
  return {
    figures: {
      viewers_without_stall: figure(reached(ours), "viewers", { floor: { atLeast: floorViewers }, digits: 0 }),
      cpu_at_most_viewers: figure(last?.server_cpu_pct, "% of a core", { digits: 1, note: `at ${last?.viewers ?? 0} viewers` }),
      requests_per_s: figure(last?.requests_per_s, "1/s", { digits: 0 }),
      playlists_per_s: figure(last?.playlists_per_s, "1/s", { digits: 0 }),
      segments_per_s: figure(last?.media_per_s, "1/s", { digits: 0 }),
      ...(peer
        ? {
            nginx_viewers_without_stall: figure(reached(peer.steps), "viewers", { digits: 0 }),
            cpu_ratio_to_nginx: figure(ratios.at(-1)?.ratio, "× nginx", {
              floor: { atMost: floorRatio },
              note: `at ${ratios.at(-1)?.viewers ?? 0} viewers; nginx checks no tokens`,
            }),
          }
        : {}),
    },
    details: { slave: ours, ...(peer ? { nginx: { version: peer.version, steps: peer.steps }, cpu_ratios: ratios } : {}) },
    ...(peer ? {} : { skipped: ["nginx is not installed here (Debian: apt-get install nginx-light): no comparison"] }),
  };
}

function cpuRatios(ours: readonly ViewerStep[], theirs: readonly ViewerStep[]): { viewers: number; ratio: number }[] {
  const ratios = [];
  for (const step of ours) {
    const other = theirs.find(({ viewers }) => viewers === step.viewers);
    if (other && other.server_cpu_pct > 0) {
      ratios.push({ viewers: step.viewers, ratio: Math.round((step.server_cpu_pct / other.server_cpu_pct) * 100) / 100 });
    }
  }
  return ratios;
}

async function climbNginx(context: BenchContext, cluster: BenchCluster): Promise<{ version: string; steps: ViewerStep[] } | undefined> {
  const found = await findNginx();
  if (!found) return undefined;
  const { closer, settings } = context;
  const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "airclass-bench-"));
  closer.add("nginx files", () => rm(folder, { recursive: true, force: true }));
  const media = join(folder, "media");
  await mkdir(media);
  const mirror = startPlainMirror(await cluster.token(lessonName, "mirror"), media);
  closer.add("mirror", () => mirror.stop());
  await mirror.ready;
  const nginx = await startNginx({ ...found, port: await freePort(21_040, new Set()), folder: join(folder, "nginx"), media });
  closer.add("nginx", () => nginx.stop());
  const steps = await climb(context, {
    name: nginx.version,
    steps: settings.plainSteps,
    lowLatency: false,
    serverPids: [nginx.workerPid],
    target: async () => ({ target: { playlistUrl: `${nginx.url}/stream.m3u8` }, done: async () => {} }),
  });
  return { version: nginx.version, steps };
}
