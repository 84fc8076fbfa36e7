// How late: the first part after a teacher starts, the first picture of a student who waits for that, the first frame after a
// student opens the page, the delay behind live.
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { allCores, pin } from "./support/cpu.ts";
import { watchInBrowser } from "./support/browser-viewer.ts";
import type { BrowserFigures } from "./support/browser-viewer.ts";
import { timeFirstPart } from "./support/first-part.ts";
import { runViewers } from "./support/hlsload.ts";
import { lessonName, startMeasuredCluster, tokenTarget } from "./support/measured-cluster.ts";
import { figure, percentile } from "./support/report.ts";
import { watchWaitingStudents } from "./support/waiting-students.ts";
import type { WaitingFigures } from "./support/waiting-students.ts";

export async function benchLatency(context: BenchContext): Promise<PartResult> {
  const { settings, log } = context;
  const cluster = await startMeasuredCluster(context);
  const skipped: string[] = [];
  // Made now, so that the slave has heard of them by its heartbeats when their teachers come.
  const lessons = await Promise.all(Array.from({ length: settings.firstPartRuns }, (_, run) => cluster.createClass(`first-${run + 1}`)));
  const awaited = await Promise.all(Array.from({ length: settings.waitingRuns }, (_, run) => cluster.createClass(`awaited-${run + 1}`)));

  // With one viewer there is nothing to keep apart; a student's browser has a machine of its own.
  await pin(process.pid, allCores);
  let browser: BrowserFigures | undefined;
  let students: WaitingFigures | undefined;
  try {
    browser = await watchInBrowser(`${cluster.masterUrl}/watch/${lessonName}`, { ...settings, log });
    students = await watchWaitingStudents(cluster, awaited, log);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("no Chromium"))) throw error;
    skipped.push(`delay and join in a browser: ${error.message}`);
  }

  const { target, done } = await tokenTarget(cluster)(1);
  const load = { viewers: 1, rampS: 0.1, durationS: settings.windowS, lowLatency: true, target, serverPids: [] };
  const single = await runViewers(load, done);

  const firstPartMs: number[] = [];
  for (const lesson of lessons) {
    firstPartMs.push(await timeFirstPart(cluster, lesson));
    log(`first part after ${firstPartMs.at(-1)?.toFixed(0)} ms`);
  }

  const { delayS = [], joinMs = [] } = browser ?? {};
  return {
    figures: {
      ...(browser
        ? {
            delay_behind_live_p50: figure(percentile(delayS, 0.5), "s", { note: "in Chromium, by program date-time" }),
            delay_behind_live_p95: figure(percentile(delayS, 0.95), "s", { floor: { atMost: 2 } }),
            stalls_while_measured: figure(browser.stalls, "stalls", { digits: 0 }),
            join_p50: figure(percentile(joinMs, 0.5), "ms", {
              digits: 0,
              note: "navigation start to first frame shown, a fresh browser context",
            }),
            join_p95: figure(percentile(joinMs, 0.95), "ms", { floor: { atMost: 1_500 }, digits: 0 }),
          }
        : {}),
      ...(students
        ? {
            waiting_first_picture_p50: figure(percentile(students.firstPictureMs, 0.5), "ms", {
              digits: 0,
              note: "a page that waits for its teacher, from the publisher's first RTMP byte to the first frame shown",
            }),
            waiting_first_picture_p95: figure(percentile(students.firstPictureMs, 0.95), "ms", { digits: 0 }),
            waiting_first_picture_max: figure(Math.max(...students.firstPictureMs), "ms", { digits: 0 }),
          }
        : {}),
      part_age_p50: figure(single.live_edge_s.p50, "s", { note: "end of a part's media to its last byte at one viewer" }),
      part_age_p95: figure(single.live_edge_s.p95, "s"),
      first_part_p50: figure(percentile(firstPartMs, 0.5), "ms", {
        digits: 0,
        note: "from the publisher's first RTMP byte, handshake included",
      }),
      first_part_p95: figure(percentile(firstPartMs, 0.95), "ms", { floor: { atMost: 800 }, digits: 0 }),
    },
    details: {
      first_part_ms: firstPartMs.map(Math.round),
      join_ms: joinMs.map(Math.round),
      waiting_first_picture_ms: students?.firstPictureMs.map(Math.round) ?? [],
      waiting_stalled_ms: students?.stalledMs.map(Math.round) ?? [],
      delay_s: delayS.map((value) => Math.round(value * 100) / 100),
    },
    ...(skipped.length > 0 ? { skipped } : {}),
  };
}
