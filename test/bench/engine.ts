// The engine with MediaMTX, as MediaMTX and teachers meet it: how soon the auth hook answers, and how soon a publisher is known.
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signMediaCredential } from "../../src/shared/tokens/media-credential.ts";
import { freeLoopbackPorts } from "../../src/slave/engine/mediamtx/free-loopback-ports.ts";
import { locateMediaMtx } from "../../src/slave/engine/mediamtx/locate-mediamtx.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing } from "../support/media-mtx.ts";
import { benchAdminToken, benchClusterSecret } from "./support/bench-cluster.ts";
import type { BenchCluster } from "./support/bench-cluster.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { startFirstByteTap, startFirstDatagramTap } from "./support/first-byte-tap.ts";
import { lessonName, startMeasuredCluster } from "./support/measured-cluster.ts";
import { figure, percentile } from "./support/report.ts";
import type { Figure } from "./support/report.ts";

const nodeId = "bench";
const shippedFile = new URL("../../mediamtx.yml", import.meta.url).pathname;
const floorHookMs = 5;
const floorNoticedMs = 500;
/** Handshakes of all three protocols are shorter, the lesson's first frame is longer. */
const firstFrameByte = 8_192;
const pollMs = 5;
/** The slave forgets somebody whom it let in and MediaMTX does not know after a second. */
const forgottenMs = 2_500;
const publishersAtOnce = 100;

export async function benchEngine(context: BenchContext): Promise<PartResult> {
  const { settings, closer, log } = context;
  const missing = await mediaMtxMissing();
  if (missing !== undefined) return { figures: {}, skipped: [`MediaMTX: ${missing}`] };
  // Started here, as an operator would: only then the address of the hook is known.
  const [api = 0, hook = 0, srt = 0, metrics = 0, rtmp = 0, rtsp = 0, webrtc = 0, ice = 0, slaveApi = 0] = await freeLoopbackPorts(9);
  const at = (port: number): string => `127.0.0.1:${port}`;
  const server = startChild({
    command: (await locateMediaMtx(process.env["MEDIAMTX_PATH"])).path,
    args: [shippedFile],
    stdio: ["ignore", "ignore", "inherit"],
    env: childEnvironment({
      MTX_LOGLEVEL: "error",
      MTX_APIADDRESS: at(api),
      MTX_AUTHHTTPADDRESS: `http://${at(hook)}/mediamtx`,
      MTX_SRTADDRESS: at(srt),
      MTX_METRICSADDRESS: at(metrics),
      MTX_RTMPADDRESS: at(rtmp),
      MTX_RTSPADDRESS: at(rtsp),
      MTX_WEBRTCADDRESS: at(webrtc),
      MTX_WEBRTCLOCALUDPADDRESS: at(ice),
      MTX_WEBRTCLOCALTCPADDRESS: "",
    }),
  });
  closer.add("MediaMTX", async () => void (await server.stop(2_000)));
  await eventually("MediaMTX answers", async () => (await fetch(`http://${at(api)}/v3/info`)).status > 0);
  const cluster = await startMeasuredCluster(context, {
    slaveVariables: {
      NODE_ID: nodeId,
      API_PORT: String(slaveApi),
      HEARTBEAT_INTERVAL: "1",
      MEDIA_ENGINE: "mediamtx",
      MEDIAMTX_API: `http://${at(api)}`,
      MEDIAMTX_HOOK_PORT: String(hook),
      SRT_PORT: String(srt),
      RTSP_PORT: String(rtsp),
      RTMPS_PORT: "0",
      WEBRTC_PORT: String(ice),
    },
  });
  const classes = Math.max(publishersAtOnce, settings.noticeRuns * 3);
  const lessons = [];
  for (let number = 1; number <= classes; number += 1) lessons.push(await cluster.createClass(`class-${number}`));
  // Told with the next heartbeats.
  await sleep(3_000);

  const noticed: Record<string, number[]> = {};
  const pictured: Record<string, number[]> = {};
  for (const [index, protocol] of (["rtmp", "srt", "rtsp"] as const).entries()) {
    const ports = { rtmp: cluster.rtmpPort, srt, rtsp };
    const own = lessons.slice(index * settings.noticeRuns, (index + 1) * settings.noticeRuns);
    const took: number[] = (noticed[protocol] = []);
    const pictures: number[] = (pictured[protocol] = []);
    for (const lesson of own) {
      const times = await timeNotice(cluster, lesson, protocol, ports[protocol], { slaveUrl: `http://${at(slaveApi)}`, hookPort: hook });
      took.push(times.namedMs);
      pictures.push(times.pictureMs);
    }
    const list = (ms: readonly number[]): string => ms.map((one) => one.toFixed(0)).join(", ");
    log(`${protocol}: publisher named after ${list(took)} ms, its picture known after ${list(pictures)} ms`);
  }

  const hookMs = await timeHook(hook, lessons, settings.hookQuestions);
  for (const [kind, { ms, statuses }] of Object.entries(hookMs))
    log(
      `hook, ${kind}: p50 ${percentile(ms, 0.5)?.toFixed(2)} ms, max ${Math.max(...ms).toFixed(2)} ms of ${ms.length}; ${JSON.stringify(statuses)}`,
    );
  const all = Object.values(hookMs).flatMap(({ ms }) => ms);
  const figures: Record<string, Figure> = {
    hook_p50: figure(percentile(all, 0.5), "ms", { note: `a new connection each, ${all.length} questions, the slave carries a class` }),
    hook_p95: figure(percentile(all, 0.95), "ms", { floor: { atMost: floorHookMs } }),
    hook_max: figure(Math.max(...all), "ms"),
  };
  for (const [protocol, ms] of Object.entries(noticed)) {
    figures[`${protocol}_noticed_p50`] = figure(percentile(ms, 0.5), "ms", {
      digits: 0,
      note: "from the publisher's first frame until the slave lets nobody else publish there",
    });
    figures[`${protocol}_noticed_max`] = figure(Math.max(...ms), "ms", { floor: { atMost: floorNoticedMs }, digits: 0 });
    figures[`${protocol}_picture_p50`] = figure(percentile(pictured[protocol] ?? [], 0.5), "ms", {
      digits: 0,
      note: "from its first frame until the slave has a picture, a keyframe every 2 s",
    });
  }
  const hookDetails = Object.entries(hookMs).map(([kind, { ms, statuses }]) => [
    kind,
    { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), max: Math.max(...ms), count: ms.length, statuses },
  ]);
  return { figures, details: { hook: Object.fromEntries(hookDetails) as object, noticed_ms: noticed, picture_known_ms: pictured } };
}

/** A question of MediaMTX, without what it is about. */
const stranger = { ip: "127.0.0.1", user: "", password: "", token: "", query: "", id: null };

interface Noticed {
  /** Ms from its first frame until nobody else may publish there; 0 when that was before. */
  readonly namedMs: number;
  /** Until the slave lists the stream and its codec: the first picture has come. */
  readonly pictureMs: number;
}

async function timeNotice(
  cluster: BenchCluster,
  { name, stream_key: key }: ClassWithKey,
  protocol: "rtmp" | "srt" | "rtsp",
  toPort: number,
  { slaveUrl, hookPort }: { readonly slaveUrl: string; readonly hookPort: number },
): Promise<Noticed> {
  // Somebody else with the right key is let in, or not any more. Without a session's id it is only a question.
  const question = { ...stranger, action: "publish", protocol: "rtsp", path: `live/${name}`, query: `key=${key}` };
  const mayPublish = async (): Promise<boolean> => (await post(hookPort, question)).status === 204;
  await eventually("the slave knows the class", mayPublish);
  const tap = await (protocol === "srt" ? startFirstDatagramTap : startFirstByteTap)(toPort, firstFrameByte);
  const server = `127.0.0.1:${tap.port}`;
  const output = {
    rtmp: ["-f", "flv", `rtmp://${server}/live/${name}?key=${key}`],
    srt: ["-f", "mpegts", `srt://${server}?pkt_size=1316&streamid=publish:live/${name}:key=${key}`],
    rtsp: ["-f", "rtsp", "-rtsp_transport", "tcp", `rtsp://teacher:${key}@${server}/live/${name}`],
  };
  const publisher = cluster.publishBy(output[protocol]);
  const sinceMs = (): number => (tap.firstByteMs === undefined ? 0 : performance.now() - tap.firstByteMs);
  try {
    await untilSoon(async () => !(await mayPublish()));
    const namedMs = sinceMs();
    const headers = { authorization: `Bearer ${benchAdminToken}` };
    await untilSoon(async () => {
      const { streams } = (await (await fetch(`${slaveUrl}/api/streams`, { headers })).json()) as StreamsSeen;
      return Boolean(streams.find(({ path }) => path === `live/${name}`)?.publisher?.video);
    });
    return { namedMs, pictureMs: sinceMs() };
  } finally {
    await publisher.stop(2_000);
    tap.stop();
  }
}

interface StreamsSeen {
  readonly streams: readonly { readonly path: string; readonly publisher: { readonly video: unknown } | null }[];
}

/** As `eventually`, looking more often: that is the error of what is timed. */
async function untilSoon(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error("the slave does not know its publisher within 15 s");
    await sleep(pollMs);
  }
}

interface Asked {
  readonly ms: number[];
  readonly statuses: Record<string, number>;
}

/** Real questions, one at a time, as MediaMTX puts them. */
async function timeHook(port: number, lessons: readonly ClassWithKey[], count: number): Promise<Record<string, Asked>> {
  const path = `live/${lessonName}`;
  const credential = signMediaCredential(
    deriveClusterKeys(benchClusterSecret).media,
    { follower: "another", holder: nodeId, path, epoch: 0 },
    Date.now(),
  );
  const base = { ...stranger, path, id: randomUUID() };
  const publish = { ...base, action: "publish", protocol: "srt" };
  const results: Record<string, Asked> = {};

  async function ask(kind: string, question: object): Promise<void> {
    const { status, ms } = await post(port, question);
    const result = (results[kind] ??= { ms: [], statuses: {} });
    result.ms.push(ms);
    result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  }

  for (let number = 0; number < count; number += 1) {
    await ask("reading, refused", {
      ...base,
      action: "read",
      protocol: "webrtc",
      path: `rtc/${lessonName}`,
      user: "airclass",
      password: "wrong",
    });
    await ask("reading, another slave", {
      ...base,
      action: "read",
      protocol: "rtsp",
      path: `rtc/${lessonName}`,
      user: "another",
      password: credential,
    });
    await ask("publishing, wrong key", { ...publish, path: `live/class-${(number % lessons.length) + 1}`, query: "key=wrong" });
    const lesson = lessons[number % lessons.length];
    if (lesson && number > 0 && number % lessons.length === 0) await sleep(forgottenMs);
    await ask("publishing, right key", { ...publish, id: randomUUID(), path: lesson?.path, query: `key=${lesson?.stream_key}` });
  }
  return results;
}

function post(port: number, question: object): Promise<{ readonly status: number; readonly ms: number }> {
  const body = JSON.stringify(question);
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    request({ host: "127.0.0.1", port, path: "/mediamtx", method: "POST", agent: false, headers }, (response) => {
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0, ms: performance.now() - startedMs }));
    })
      .once("error", reject)
      .end(body);
  });
}
