// How late, from glass to glass: the same class in one Chromium by WebRTC and by low-latency HLS, side by side. And how soon: the
// first picture by WebRTC of a class that has just begun.
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { locateFfmpeg } from "../../src/slave/engine/stage/locate-ffmpeg.ts";
import { joinClass, launchBrowser, waitForPlaying, watchStats } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { chooseLive, isLive, untilLive } from "../support/live-viewer.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { publishClock, readClock } from "./support/clock-picture.ts";
import { allCores, pin } from "./support/cpu.ts";
import { timeFirstLive } from "./support/first-live-picture.ts";
import { figure, percentile } from "./support/report.ts";

interface Delays {
  readonly delaysMs: readonly number[];
  readonly unread: number;
  /** What the page itself says, seconds. */
  readonly saysS: number | undefined;
}

async function read(page: Page): Promise<Delays> {
  const seen = await page.evaluate(() => ({
    delaysMs: Reflect.get(globalThis, "benchDelaysMs") as number[],
    unread: Reflect.get(globalThis, "benchUnread") as number,
  }));
  return { ...seen, saysS: (await watchStats(page)).latencyS };
}

export async function benchWhep({ settings, closer, log }: BenchContext): Promise<PartResult> {
  const missing = await mediaMtxMissing();
  if (missing !== undefined) return { figures: {}, skipped: [`WebRTC: ${missing}`] };
  // Everything is on this machine, as a school's would be on three.
  await pin(process.pid, allCores);
  const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  const cluster = await startCluster({ slaves: 2, slave: await mediaMtxVariables(2) });
  closer.add("cluster", () => cluster.stop());
  const lesson = await cluster.createClass("bench");
  const teacher = publishClock(`rtmp://127.0.0.1:${cluster.slaves[0]?.rtmpPort}/live/bench?key=${lesson.stream_key}`, ffmpeg.path);
  closer.add("teacher", () => teacher.stop());
  await eventually(
    "the class can be watched",
    async () => (await fetch((await cluster.token({ user_id: "bench", class: "bench" })).hls_url)).ok,
  );
  const browser = await launchBrowser();
  closer.add("browser", () => browser.close());

  const live = (name: string, avoid: string): Promise<{ readonly page: Page }> =>
    chooseLive(browser, { masterUrl: cluster.masterUrl, className: "bench", name, avoid: [avoid] });
  const { page: hls } = await browser.open(`${cluster.masterUrl}/watch/bench`);
  await joinClass(hls, "by HLS");
  await waitForPlaying(hls);
  const { page: origin } = await live("at the origin", "slave-2");
  const { page: beside } = await live("beside it", "slave-1");
  const pages = { hls, origin, beside };
  await Promise.all([untilLive(origin), untilLive(beside)]);
  await sleep(settings.delaySettleS * 1_000);
  for (const page of Object.values(pages)) await page.evaluate(readClock);
  await sleep(settings.delayWindowS * 1_000);
  const stillLive = (await isLive(origin)) && (await isLive(beside));
  const [byHls, atOrigin, besideIt] = [await read(hls), await read(origin), await read(beside)];

  const secondsOf = ({ delaysMs }: Delays, share: number): number | undefined => {
    const ms = percentile(delaysMs, share);
    return ms === undefined ? undefined : ms / 1_000;
  };
  for (const [name, delays] of Object.entries({ byHls, atOrigin, besideIt }))
    log(
      `${name}: p50 ${secondsOf(delays, 0.5)?.toFixed(3)} s, p95 ${secondsOf(delays, 0.95)?.toFixed(3)} s of ${delays.delaysMs.length} pictures; the page says ${delays.saysS?.toFixed(2)} s`,
    );
  for (const page of Object.values(pages)) await page.context().close();
  await teacher.stop();

  const firstMs: Record<string, number[]> = {};
  for (const [where, avoid] of [
    ["origin", "slave-2"],
    ["beside", "slave-1"],
  ] as const) {
    for (const [kind, bFrames] of [
      ["copied", 0],
      ["encoded", 2],
    ] as const) {
      const took: number[] = (firstMs[`${where}_${kind}`] = []);
      for (let run = 0; run < settings.firstLiveRuns; run += 1)
        took.push(await timeFirstLive(cluster, browser, { name: `${where}-${kind}-${run}`, bFrames, afterMs: run * 500, avoid }));
      log(`first picture by WebRTC, ${where}, ${kind}: ${took.map((ms) => ms.toFixed(0)).join(", ")} ms`);
    }
  }
  const allFirstMs = Object.values(firstMs).flat();
  const note = "from the clock in the picture to the screen, encoder and decoder included";
  return {
    figures: {
      webrtc_delay_p50: figure(secondsOf(atOrigin, 0.5), "s", { note }),
      webrtc_delay_p95: figure(stillLive ? secondsOf(atOrigin, 0.95) : undefined, "s", { floor: { atMost: 0.5 } }),
      webrtc_delay_beside_the_origin_p50: figure(secondsOf(besideIt, 0.5), "s"),
      webrtc_delay_beside_the_origin_p95: figure(stillLive ? secondsOf(besideIt, 0.95) : undefined, "s", { floor: { atMost: 0.5 } }),
      webrtc_first_picture_p50: figure(percentile(allFirstMs, 0.5), "ms", {
        digits: 0,
        note: "from opening the page, as the first who watches so, 0 to 2 s after the class can be watched; with and without B-frames",
      }),
      webrtc_first_picture_max: figure(Math.max(...allFirstMs), "ms", { digits: 0 }),
      hls_delay_p50: figure(secondsOf(byHls, 0.5), "s"),
      hls_delay_p95: figure(secondsOf(byHls, 0.95), "s", { floor: { atMost: 2 } }),
    },
    details: {
      first_picture_ms: firstMs,
      pictures: { hls: byHls.delaysMs.length, origin: atOrigin.delaysMs.length, beside: besideIt.delaysMs.length },
      unread: { hls: byHls.unread, origin: atOrigin.unread, beside: besideIt.unread },
      the_page_says_s: { hls: byHls.saysS, origin: atOrigin.saysS, beside: besideIt.saysS },
    },
  };
}
