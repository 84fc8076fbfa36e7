// What a copy costs: the delay that a hop adds, and how long the first viewer of a class waits at a slave that does not
// carry it. Real processes; no copies are made ahead (REPLICATION_FACTOR=1), two followers per slave (FANOUT=2).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { locateFfmpeg } from "../../src/slave/engine/stage/locate-ffmpeg.ts";
import { eventually } from "../support/eventually.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology } from "../support/topology.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { allCores, pin } from "./support/cpu.ts";
import { encodeLesson } from "./support/lesson-file.ts";
import { observeParts } from "./support/part-observer.ts";
import { figure, percentile } from "./support/report.ts";

const slaves = 4;
const settleMs = 4_000;

export async function benchReplication({ settings, closer, log }: BenchContext): Promise<PartResult> {
  await pin(process.pid, allCores);
  const folder = await mkdtemp(join(tmpdir(), "airclass-bench-"));
  closer.add("data", () => rm(folder, { recursive: true, force: true }));
  const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  const file = await encodeLesson(ffmpeg.path, folder);
  const picture = ["-re", "-stream_loop", "-1", "-i", file, "-c", "copy"];
  const topology = await startTopology({ kind: "processes", slaves, master: { REPLICATION_FACTOR: "1", FANOUT: "2" } });
  closer.add("cluster", () => topology.stop());

  const firstPictureMs: number[] = [];
  for (let run = 0; run < settings.firstPictureRuns; run += 1) {
    firstPictureMs.push(await timeFirstPicture(topology, `first-${run + 1}`, picture));
    log(`first picture after ${firstPictureMs.at(-1)?.toFixed(0)} ms`);
  }
  const hops = await measureHops(topology, picture, settings.windowS * 1_000);
  const delays = (depth: number) => hops.filter((hop) => hop.depth === depth).flatMap(({ delaysMs }) => delaysMs);
  return {
    figures: {
      first_picture_p50: figure(percentile(firstPictureMs, 0.5), "ms", {
        digits: 0,
        note: "from the first viewer's request at a slave without the stream to the last byte of its newest part there",
      }),
      first_picture_p95: figure(percentile(firstPictureMs, 0.95), "ms", { digits: 0, floor: { atMost: 1_000 } }),
      one_hop_delay_p50: figure(percentile(delays(1), 0.5), "ms", {
        digits: 1,
        note: "a part at the copy, after it was there at the origin",
      }),
      one_hop_delay_p95: figure(percentile(delays(1), 0.95), "ms", { digits: 1, floor: { atMost: 100 } }),
      two_hops_delay_p95: figure(percentile(delays(2), 0.95), "ms", { digits: 1 }),
    },
    details: {
      first_picture_ms: firstPictureMs.map(Math.round),
      hops: hops.map(({ depth, delaysMs }) => ({ depth, parts: delaysMs.length })),
    },
  };
}

/** A token for this node and no other. */
async function tokenFor(topology: Topology, nodeId: string, path: string): Promise<string> {
  const exclude = topology.slaves.map((slave) => slave.nodeId).filter((other) => other !== nodeId);
  return (await topology.token({ user_id: `at ${nodeId}`, path, exclude })).hls_url;
}

async function originOf(topology: Topology, path: string): Promise<string> {
  let origin = "";
  await eventually(`${path} is live`, async () => {
    const stream = (await topology.streams()).find((one) => one.path === path);
    origin = stream?.state === "live" ? (stream.origin ?? "") : "";
    return origin !== "";
  });
  return origin;
}

async function timeFirstPicture(topology: Topology, name: string, picture: readonly string[]): Promise<number> {
  const lesson = await topology.createClass(name);
  const teacher = topology.teach(lesson, { picture });
  try {
    const origin = await originOf(topology, lesson.path);
    await sleep(settleMs);
    const other = topology.slaves.find(({ nodeId }) => nodeId !== origin);
    const hlsUrl = await tokenFor(topology, other?.nodeId ?? "", lesson.path);
    const startedMs = performance.now();
    const observer = await observeParts(hlsUrl);
    await eventually("a part is listed", async () => observer.seenAtMs.size > 0);
    const newest = [...observer.seenAtMs.keys()].at(-1) ?? "";
    await (await fetch(new URL(`source/part-${newest}.m4s?${hlsUrl.split("?")[1] ?? ""}`, hlsUrl))).arrayBuffer();
    const tookMs = performance.now() - startedMs;
    await observer.stop();
    return tookMs;
  } finally {
    await teacher.stop();
  }
}

interface Hop {
  readonly depth: number;
  readonly delaysMs: readonly number[];
}

async function measureHops(topology: Topology, picture: readonly string[], windowMs: number): Promise<Hop[]> {
  const lesson = await topology.createClass("hops");
  const teacher = topology.teach(lesson, { picture });
  const origin = await originOf(topology, lesson.path);
  const nodes = [origin, ...topology.slaves.map(({ nodeId }) => nodeId).filter((nodeId) => nodeId !== origin)];
  const observers = [];
  for (const nodeId of nodes) observers.push({ nodeId, observer: await observeParts(await tokenFor(topology, nodeId, lesson.path)) });
  await sleep(settleMs);
  const fromMs = performance.now();
  await sleep(windowMs);
  const lineages = new Map<string, number>();
  for (const slave of topology.slaves) {
    const held = (await topology.heldBy(slave)).find(({ path }) => path === lesson.path) as { lineage?: readonly string[] } | undefined;
    lineages.set(slave.nodeId, (held?.lineage?.length ?? 1) - 1);
  }
  for (const { observer } of observers) await observer.stop();
  await teacher.stop();
  const atOrigin = observers[0]?.observer.seenAtMs ?? new Map<string, number>();
  return observers.slice(1).map(({ nodeId, observer }) => ({
    depth: lineages.get(nodeId) ?? 0,
    delaysMs: [...observer.seenAtMs].flatMap(([part, atMs]) => {
      const before = atOrigin.get(part);
      return before === undefined || before < fromMs ? [] : [Math.max(0, atMs - before)];
    }),
  }));
}
