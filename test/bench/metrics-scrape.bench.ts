// What a scrape costs a slave with many streams: the real metrics and log, and the real route on a socket. Run by metrics.ts
// as a process of its own; argv: streams, scrapes. Prints one JSON.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { createHttpServer, listen } from "../../src/shared/http/http-server.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { createMetricSet } from "../../src/shared/metrics/metric-set.ts";
import { registerMetricsRoute } from "../../src/shared/metrics/metrics-route.ts";
import { createLiveStreams } from "../../src/slave/live/live-streams.ts";
import { createSlaveMetrics } from "../../src/slave/metrics/slave-metrics.ts";
import { createPlayerReports } from "../../src/slave/api/player-reports.ts";
import { createViewers } from "../../src/slave/api/viewers.ts";
import { percentile } from "./support/report.ts";

const [streamCount = 200, scrapes = 100] = process.argv.slice(2).map(Number);
const viewersPerStream = 5;
const betweenMs = 50;
/** A slave is asked every 15 s for days: what is slow only until it is compiled does not count. */
const warmUps = 10;

const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => Date.now() };
const streams = createLiveStreams({ maxStreams: streamCount, now: () => performance.now() });
const viewers = createViewers(60_000);
const players = createPlayerReports();
const paths = Array.from({ length: streamCount }, (_, index) => `live/class-${index + 1}`);
for (const [index, path] of paths.entries()) {
  fill(path);
  for (let viewer = 0; viewer < viewersPerStream; viewer += 1) viewers.seen(`${path}-${viewer}`, path, 0);
  players.add(path, { join_ms: 400 + index, stalls: 1, stalled_ms: 200.5, window_ms: 10_000 });
}

const set = createMetricSet("slave");
const metrics = createSlaveMetrics(set, clock);
metrics.readFrom({
  version: "bench",
  maxViewers: 1_000,
  viewers: () => viewers.count(0),
  viewersByPath: () => viewers.countByPath(0),
  connections: () => 2_000,
  load: () => ({ cpu: 12.5, memory: 43.2 }),
  isRegistered: () => true,
  // Half of them are published here, half are followed.
  publishers: () => paths.flatMap((path, index) => (index % 2 === 0 ? [publisherOf(path, index)] : [])),
  streams: () => streams.all(),
  originEpochOf: (path) => (Number(path.slice(path.lastIndexOf("-") + 1)) % 2 === 1 ? 1 : undefined),
  copyOf: () => ({ lagS: 0.0123, lagParts: 1 }),
  playersOf: (path) => players.of(path),
  nowMs: () => Date.now(),
});

const app = createHttpServer({ logger: createLogger("silent", {}) });
registerMetricsRoute(app, set, clock);
const port = await listen(app, { host: "127.0.0.1", port: 0, variable: "API_PORT" });
const scraper = new Worker(
  `const { parentPort } = require("node:worker_threads");
  parentPort.on("message", async (url) => parentPort.postMessage(await (await fetch(url)).text()));`,
  { eval: true },
);

/** One scrape by the other thread; what it was given. */
async function scrape(): Promise<string> {
  clock.nowMs += 60_000;
  const answered = new Promise<string>((resolve) => scraper.once("message", resolve));
  scraper.postMessage(`http://127.0.0.1:${port}/metrics`);
  return answered;
}

/** The longest that the loop did not turn meanwhile. */
async function longestTurnMs(): Promise<number> {
  let scraping = true;
  const done = scrape().finally(() => (scraping = false));
  let longest = 0;
  let last = performance.now();
  while (scraping) {
    await nextTurn();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await done;
  return longest;
}

for (let round = 0; round < warmUps; round += 1) await scrape();
// The system accounts a thread's time by the tick: only the sum over many scrapes is exact.
const before = process.threadCpuUsage();
for (let round = 0; round < scrapes; round += 1) {
  await scrape();
  await sleep(betweenMs);
}
const { user, system } = process.threadCpuUsage(before);
const turns: number[] = [];
for (let round = 0; round < scrapes; round += 1) {
  turns.push(await longestTurnMs());
  await sleep(betweenMs);
}
const text = await scrape();
console.log(
  JSON.stringify({
    streams: streamCount,
    series: text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
    bytes: text.length,
    cpu_ms: (user + system) / 1_000 / scrapes,
    longest_turn_ms: { p50: percentile(turns, 0.5), p95: percentile(turns, 0.95) },
  }),
);
await scraper.terminate();
await app.close();
streams.close();

function fill(path: string): void {
  const stream = streams.open(path);
  if (!stream) throw new Error("too many streams");
  const { writer } = stream;
  writer.setRenditions(["source"]);
  writer.setTiming({ targetDurationS: 2, partTargetUs: 340_000 });
  writer.setState("live");
  const source = writer.writer("source");
  source.addInit({ id: 1, bytes: Buffer.alloc(800) });
  source.beginSegment({ msn: 1, initId: 1, programDateTimeMs: Date.now(), discontinuity: false, discontinuitySequence: 0 });
  source.appendPart({ durationUs: 333_333, independent: true, bytes: Buffer.alloc(1_000) });
}

function publisherOf(path: string, index: number) {
  return {
    path,
    remoteAddress: "10.0.0.1",
    startedAtMs: 0,
    bytes: 123_456_789 + index,
    bitrate: 1_600_000,
    fps: 29.9,
    keyframeIntervalS: 2,
    video: { codec: "H.264", width: 1_280, height: 720 },
    audio: { codec: "AAC" },
    reencoding: false,
    advice: undefined,
    ffmpegRestarts: 0,
    lostFrames: 0,
    encodedRenditions: 0,
  };
}
