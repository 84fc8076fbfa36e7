// What a scrape costs a slave with many streams: the real metrics and log, and the real route on a socket. Run by metrics.ts
// as a process of its own; argv: streams, scrapes. Prints one JSON.
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
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

/** So fast that each scrape is made anew. */
const clock = { nowMs: 0, monotonicMs: () => (clock.nowMs += 60_000), wallMs: () => Date.now() };
const streams = createLiveStreams({ maxStreams: streamCount, now: () => performance.now() });
const viewers = createViewers(60_000);
const players = createPlayerReports();
const paths = Array.from({ length: streamCount }, (_, index) => `live/class-${index + 1}`);
for (const [index, path] of paths.entries()) {
  fill(path);
  for (let viewer = 0; viewer < viewersPerStream; viewer += 1) {
    viewers.seen({ jti: `${path}-${viewer}`, path, iat: 0, exp: 3_600, user_id: "kim", user_type: "student" }, 0);
  }
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
  webrtc: () => ({ sessions: 100, pulls: 2 }),
  nowMs: () => Date.now(),
});

const app = createHttpServer({ logger: createLogger("silent", {}) });
registerMetricsRoute(app, set, clock);
/** The longest that the loop did not turn, for each scrape. */
const turnsMs: number[] = [];
let longestTurnMs = 0;
app.addHook("onRequest", (_request, _reply, done) => {
  longestTurnMs = 0;
  done();
});
let text = "";
app.addHook("onSend", (_request, _reply, payload, done) => {
  text = String(payload);
  done();
});
app.addHook("onResponse", (_request, _reply, done) => {
  turnsMs.push(longestTurnMs);
  done();
});
const port = await listen(app, { host: "127.0.0.1", port: 0, variable: "API_PORT" });

/** Has another thread scrape that often. */
async function scraped(times: number): Promise<void> {
  const workerData = { url: `http://127.0.0.1:${port}/metrics`, times, betweenMs };
  const scraper = new Worker(new URL("support/scraper.ts", import.meta.url), { workerData });
  await once(scraper, "exit");
}

await scraped(warmUps);
// The system accounts a thread's time by the tick: only the sum over many scrapes is exact.
const before = process.threadCpuUsage();
await scraped(scrapes);
const { user, system } = process.threadCpuUsage(before);

turnsMs.length = 0;
const probe = new AbortController();
const probing = watchTurns(probe.signal);
await scraped(scrapes);
probe.abort();
await probing;

async function watchTurns(signal: AbortSignal): Promise<void> {
  let last = performance.now();
  while (!signal.aborted) {
    await nextTurn();
    const now = performance.now();
    longestTurnMs = Math.max(longestTurnMs, now - last);
    last = now;
  }
}

console.log(
  JSON.stringify({
    streams: streamCount,
    series: text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
    cpu_ms: (user + system) / 1_000 / scrapes,
    longest_turn_ms: { p50: percentile(turnsMs, 0.5), p95: percentile(turnsMs, 0.95) },
  }),
);
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
    droppedFrames: 0,
    lostFrames: 0,
    encodedRenditions: 0,
  };
}
