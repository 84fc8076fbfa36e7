// A cluster with a class on air, the slave alone on its core: where most parts of the benchmark begin.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "./bench-part.ts";
import { startBenchCluster } from "./bench-cluster.ts";
import type { BenchCluster, BenchClusterOptions } from "./bench-cluster.ts";
import { startTokenDispenser } from "./token-dispenser.ts";
import type { StepTarget } from "./viewer-steps.ts";

export const lessonName = "bench";
/** A plain player starts three segments before the end: there must be as many, or it has no buffer to begin with. */
const warmUpSegments = 5;

export async function startMeasuredCluster({ closer }: BenchContext, options: BenchClusterOptions = {}): Promise<BenchCluster> {
  const cluster = await startBenchCluster(options);
  closer.add("cluster", () => cluster.stop());
  await cluster.publishClass(lessonName);
  await cluster.pinSlave();
  return cluster;
}

/** Resolves when the playlist is long enough for plain players. */
export async function untilPlainPlayersCanStart(cluster: BenchCluster): Promise<void> {
  const { token, hls_url } = await cluster.token(lessonName, "warm-up");
  const url = new URL("source/stream.m3u8", hls_url);
  for (let tries = 0; tries < 150; tries += 1) {
    const text = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();
    if ((text.match(/#EXTINF/g) ?? []).length >= warmUpSegments) return;
    await sleep(200);
  }
  throw new Error("the stream does not grow");
}

/** Each viewer of a step with a token of its own. */
export function tokenTarget(cluster: BenchCluster): StepTarget {
  return async (viewers) => {
    const dispenser = await startTokenDispenser(cluster.masterUrl, lessonName, viewers);
    return { target: { tokenUrl: dispenser.url }, done: () => dispenser.stop() };
  };
}
