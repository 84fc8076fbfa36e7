// A small load generator for where hlsload is not at hand: plain and low-latency viewers from one Node process, which
// saturates at some hundreds. Same arguments and JSON fields, as far as the benchmark uses them.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import type { Percentiles } from "../../../src/capacity/load-report.ts";
import { processUse } from "./cpu.ts";
import type { ViewerReport } from "./hlsload.ts";
import { percentile } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    viewers: { type: "string", default: "1" },
    ramp: { type: "string", default: "5" },
    duration: { type: "string", default: "30" },
    ll: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    pid: { type: "string", default: "" },
    "token-url": { type: "string" },
  },
});
const [viewers, rampMs, durationMs] = [Number(values.viewers), Number(values.ramp) * 1_000, Number(values.duration) * 1_000];
const startMs = performance.now();
const steadyMs = startMs + rampMs;
const endMs = steadyMs + durationMs;

const samples = {
  playlist: [] as number[],
  blocking: [] as number[],
  segment: [] as number[],
  part: [] as number[],
  edgeS: [] as number[],
};
const count = { playlists: 0, segments: 0, parts: 0, errors: 0, requests: 0, bytes: 0, stalled: 0, neverPlayed: 0, late: 0 };
const isSteady = (): boolean => performance.now() >= steadyMs;
const isOver = (): boolean => performance.now() >= endMs;

interface Media {
  readonly url: string;
  readonly isPart: boolean;
  readonly durationS: number;
  readonly endsAtMs: number;
}

interface Playlist {
  /** Segments and, with --ll, parts: in the order of time. */
  readonly media: readonly Media[];
  readonly targetS: number;
  readonly next: { readonly msn: number; readonly part: number };
}

function parse(text: string, base: string, lowLatency: boolean): Playlist {
  const media: Media[] = [];
  let [targetS, msn, part, durationS, partsEndMs, dateMs] = [2, 0, 0, 0, 0, 0];
  for (const line of text.split("\n")) {
    const [tag = "", value = ""] = line.split(/:(.*)/s);
    if (tag === "#EXT-X-TARGETDURATION") targetS = Number(value);
    else if (tag === "#EXT-X-MEDIA-SEQUENCE") msn = Number(value);
    else if (tag === "#EXT-X-PROGRAM-DATE-TIME") partsEndMs = dateMs = Date.parse(value);
    else if (tag === "#EXTINF") durationS = Number.parseFloat(value);
    else if (tag === "#EXT-X-PART") {
      const partS = Number(/DURATION=([\d.]+)/.exec(value)?.[1] ?? 0);
      partsEndMs += partS * 1_000;
      const uri = /URI="([^"]+)"/.exec(value)?.[1] ?? "";
      if (lowLatency) media.push({ url: new URL(uri, base).href, isPart: true, durationS: partS, endsAtMs: partsEndMs });
      part += 1;
    } else if (line !== "" && !line.startsWith("#")) {
      if (!lowLatency || part === 0)
        media.push({ url: new URL(line, base).href, isPart: false, durationS, endsAtMs: dateMs + durationS * 1_000 });
      msn += 1;
      part = 0;
    }
  }
  return { media, targetS, next: { msn, part } };
}

function fetchWith(agent: Agent, url: string, method = "GET"): Promise<string> {
  count.requests += isSteady() ? 1 : 0;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers: { "content-type": "application/json" } }, (response) => {
      let text = "";
      const isText = !/video/.test(response.headers["content-type"] ?? "");
      response.on("data", (chunk: Buffer) => {
        if (isSteady()) count.bytes += chunk.length;
        if (isText) text += chunk.toString("latin1");
      });
      response.once("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${url}: ${response.statusCode}`))));
      response.once("error", reject);
    });
    outgoing.once("error", reject);
    outgoing.end(method === "POST" ? "{}" : undefined);
  });
}

async function timed<Result>(into: number[], work: Promise<Result>): Promise<Result> {
  const fromMs = performance.now();
  const result = await work;
  if (isSteady()) into.push(performance.now() - fromMs);
  return result;
}

/** Segments that a plain player stays behind, or parts that a low-latency one does. */
const startBehind = 3;

async function view(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let bufferEndMs: number | undefined;
  let hasStalled = false;
  try {
    const tokenUrl = values["token-url"];
    let url =
      tokenUrl === undefined
        ? (positionals[0] ?? "")
        : (JSON.parse(await fetchWith(agent, tokenUrl, "POST")) as { hls_url: string }).hls_url;
    const first = await fetchWith(agent, url);
    const variant = first.includes("#EXT-X-STREAM-INF")
      ? first.split("\n").find((line) => line !== "" && !line.startsWith("#"))
      : undefined;
    if (variant !== undefined) url = new URL(variant, url).href;
    const seen = new Set<string>();
    let next: Playlist["next"] | undefined;
    while (!isOver()) {
      const reloadMs = performance.now();
      const query = values.ll && next ? `${url.includes("?") ? "&" : "?"}_HLS_msn=${next.msn}&_HLS_part=${next.part}` : "";
      const text = await timed(query === "" ? samples.playlist : samples.blocking, fetchWith(agent, url + query));
      count.playlists += 1;
      const playlist = parse(text, url, values.ll);
      const fresh = playlist.media.filter((media) => !seen.has(media.url));
      if (next === undefined) for (const skipped of fresh.splice(0, Math.max(0, fresh.length - startBehind))) seen.add(skipped.url);
      ({ next } = playlist);
      for (const media of fresh) {
        seen.add(media.url);
        await timed(media.isPart ? samples.part : samples.segment, fetchWith(agent, media.url));
        const nowMs = performance.now();
        if (media.isPart) count.parts += 1;
        else count.segments += 1;
        if (isSteady()) samples.edgeS.push((Date.now() - media.endsAtMs) / 1_000);
        if (bufferEndMs !== undefined && nowMs > bufferEndMs && isSteady()) hasStalled = true;
        bufferEndMs =
          Math.max(bufferEndMs ?? nowMs, nowMs) === nowMs
            ? nowMs + media.durationS * 1_000
            : (bufferEndMs ?? nowMs) + media.durationS * 1_000;
      }
      if (!values.ll) await sleep(Math.max(0, reloadMs + playlist.targetS * (fresh.length > 0 ? 1_000 : 500) - performance.now()));
    }
  } catch (error) {
    if (!isOver()) {
      count.errors += 1;
      if (count.errors <= 3) console.error((error as Error).message);
    }
  }
  agent.destroy();
  if (hasStalled) count.stalled += 1;
  if (bufferEndMs === undefined) count.neverPlayed += 1;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const summary = (all: readonly number[]): Percentiles => {
  const at = (share: number): number => Math.round((percentile(all, share) ?? 0) * 100) / 100;
  return { n: all.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

const pids = values.pid === "" ? [] : values.pid.split(",").map(Number);
const cpuOfServer = async (): Promise<number> => {
  const uses = await Promise.all(pids.map(processUse));
  return uses.reduce((sum, { cpuS }) => sum + cpuS, 0);
};

async function watchServer(): Promise<{ server: number; rssMb: number; own: number }> {
  await sleep(Math.max(0, steadyMs - performance.now()));
  const [before, ownBefore] = [await cpuOfServer(), process.cpuUsage()];
  await sleep(Math.max(0, endMs - performance.now() - 50));
  const after = await cpuOfServer();
  const rss = await Promise.all(pids.map(processUse));
  const own = process.cpuUsage(ownBefore);
  return { server: after - before, rssMb: rss.reduce((sum, { rssMb }) => sum + rssMb, 0), own: (own.user + own.system) / 1e6 };
}

const watching = watchServer();
const running: Promise<void>[] = [];
for (let number = 0; number < viewers; number += 1) {
  await sleep(Math.max(0, startMs + (rampMs * number) / viewers - performance.now()));
  running.push(view());
}
const { server, rssMb, own } = await watching;
await Promise.race([Promise.all(running), sleep(3_000, undefined, { ref: false })]);
const windowS = durationMs / 1_000;
const report: ViewerReport = {
  viewers,
  duration_s: windowS,
  requests_per_s: round(count.requests / windowS),
  mbit_per_s: round((count.bytes * 8) / 1e6 / windowS),
  playlists: count.playlists,
  segments: count.segments,
  parts: count.parts,
  errors: { total: count.errors },
  stalled_viewers: count.stalled,
  never_played: count.neverPlayed,
  late_segments: count.late,
  underrun_viewers: count.stalled,
  playlist_ms: summary(samples.playlist),
  blocking_reload_ms: summary(samples.blocking),
  segment_ms: summary(samples.segment),
  part_ms: summary(samples.part),
  live_edge_s: summary(samples.edgeS),
  server_cpu_pct: round((server / windowS) * 100),
  server_rss_mb: round(rssMb),
  generator_cpu_pct: round((own / windowS) * 100),
  generator_saturated: own / windowS > 0.9,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
