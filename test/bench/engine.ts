// The engine with MediaMTX, as MediaMTX and teachers meet it: how soon the auth hook answers, and how soon a publisher is known.
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import { freeLoopbackPorts } from "../../src/slave/engine/mediamtx/free-loopback-ports.ts";
import { locateMediaMtx } from "../../src/slave/engine/mediamtx/locate-mediamtx.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing } from "../support/media-mtx.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { startMeasuredCluster } from "./support/measured-cluster.ts";
import { timeHook } from "./support/hook-times.ts";
import { timeNotice } from "./support/publisher-notice.ts";
import { figure, percentile } from "./support/report.ts";
import type { Figure } from "./support/report.ts";

const nodeId = "bench";
const shippedFile = new URL("../../mediamtx.yml", import.meta.url).pathname;
const floorHookMs = 5;
const floorNoticedMs = 500;
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

  const hookMs = await timeHook({ port: hook, nodeId, count: settings.hookQuestions }, lessons);
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
