// How a class is doing, from the figures that the master sends: what is wrong with the picture and sound that come in, and
// with what students get. Findings only; their sentences are in health-texts.ts. Pure.
import type { ClassLive, ClassSample } from "../../shared/protocol/class-live.ts";

/** `bad`: students notice it now; `warn`: they may; `hint`: it could be better. */
export type Severity = "bad" | "warn" | "hint";

export type Finding =
  | { readonly code: "nothing_arrives"; readonly severity: Severity }
  | { readonly code: "no_video"; readonly severity: Severity }
  | { readonly code: "no_audio"; readonly severity: Severity }
  | { readonly code: "frames_lost"; readonly severity: Severity; readonly percent: number }
  | { readonly code: "students_stall"; readonly severity: Severity; readonly percent: number }
  | { readonly code: "keyframes_far"; readonly severity: Severity; readonly everyS: number; readonly reencoding: boolean }
  | { readonly code: "frames_few"; readonly severity: Severity; readonly fps: number }
  | { readonly code: "frames_unsteady"; readonly severity: Severity; readonly lowest: number; readonly highest: number }
  | { readonly code: "bitrate_high"; readonly severity: Severity; readonly bitrate: number; readonly viewers: number }
  | { readonly code: "bitrate_low"; readonly severity: Severity; readonly bitrate: number; readonly height: number }
  | { readonly code: "video_codec"; readonly severity: Severity; readonly codec: string }
  | { readonly code: "audio_codec"; readonly severity: Severity; readonly codec: string }
  | { readonly code: "restarts"; readonly severity: Severity; readonly count: number };

export type FindingCode = Finding["code"];

/** A publisher's first seconds say nothing about its rates. */
const settlingS = 15;
/** What is said of rates is said of this long. */
const lookedBackS = 60;
/** Fewer samples are no trend. */
const leastSamples = 5;
/** Encoders round to frames, so a little more than the 2 s that a segment has is as good. */
const goodKeyframesS = 2.2;
/** From here on students wait for the picture, or the server encodes it anew. */
const rareKeyframesS = 4;
const fewFps = 20;
const veryFewFps = 10;
/** Lowest and highest of a minute this far apart (of the median) are seen as jerks. */
const unsteadyShare = 0.3;
const lostShare = { warn: 0.01, bad: 0.05 };
const stalledShare = { warn: 0.05, bad: 0.2 };
/** Watching time (of some 15 s) below which stalls are one student's Wi-Fi and not the class. */
const leastWatchedS = 40;
/** Every student gets as much: more than the Wi-Fi of a classroom carries for thirty. */
const highBitrate = 8_000_000;
/** Bits per pixel below which H.264 is blurred, even for slides. */
const lowBitsPerPixel = 0.01;
const usualVideo = /^(h\.?264|avc)/i;
const usualAudio = /^(aac|mp4a)/i;

/**
 * What is not well, most important first; empty when all is.
 * @param live of a class that is live; else there is nothing to judge
 * @param samples as they came, oldest first
 */
export function ingestHealth(live: ClassLive, samples: readonly ClassSample[]): readonly Finding[] {
  const { ingest } = live;
  if (live.phase !== "live" || ingest === null) return [];
  const recent = settledSamples(ingest.started_at, samples);
  if (ingest.bitrate === 0 && recent.length > 0) return [{ code: "nothing_arrives", severity: "bad" }];
  const lost = lostFrames(recent);
  return [...tracks(live), ...lost, ...rates(live, lost.length > 0 ? [] : recent), ...students(live)].toSorted((a, b) => rank(a) - rank(b));
}

/** Whether enough was measured to say that all is well. */
export const isSettled = ({ ingest }: ClassLive, samples: readonly ClassSample[]): boolean =>
  ingest !== null && settledSamples(ingest.started_at, samples).length > 0;

const severities: readonly Severity[] = ["bad", "warn", "hint"];
const codes: readonly FindingCode[] = [
  "nothing_arrives",
  "no_video",
  "no_audio",
  "frames_lost",
  "students_stall",
  "keyframes_far",
  "frames_few",
  "frames_unsteady",
  "bitrate_high",
  "bitrate_low",
  "video_codec",
  "audio_codec",
  "restarts",
];
const rank = ({ severity, code }: Finding): number => severities.indexOf(severity) * 100 + codes.indexOf(code);

/** By the server's clock alone: the one of this device may be wrong. */
function settledSamples(startedAt: string, samples: readonly ClassSample[]): readonly ClassSample[] {
  const newest = samples.at(-1)?.at ?? 0;
  const from = Math.max(Date.parse(startedAt) / 1000 + settlingS, newest - lookedBackS);
  return samples.filter(({ at }) => at >= from);
}

function tracks({ ingest }: ClassLive): Finding[] {
  if (ingest === null) return [];
  const { video, audio, ffmpeg_restarts: count } = ingest;
  return [
    ...(video === null ? [{ code: "no_video", severity: "bad" } as const] : []),
    ...(audio === null ? [{ code: "no_audio", severity: "warn" } as const] : []),
    ...(video !== null && !usualVideo.test(video.codec) ? [{ code: "video_codec", severity: "warn", codec: video.codec } as const] : []),
    ...(audio !== null && !usualAudio.test(audio.codec) ? [{ code: "audio_codec", severity: "hint", codec: audio.codec } as const] : []),
    ...(count > 0 ? [{ code: "restarts", severity: "warn", count } as const] : []),
  ];
}

function lostFrames(samples: readonly ClassSample[]): Finding[] {
  let [lost, shown, latestAt] = [0, 0, samples[0]?.at ?? 0];
  for (const { at, fps, dropped_frames: dropped } of samples) {
    lost += dropped ?? 0;
    shown += (fps ?? 0) * (at - latestAt);
    latestAt = at;
  }
  if (samples.length < leastSamples || lost + shown === 0) return [];
  const share = lost / (lost + shown);
  if (share < lostShare.warn) return [];
  return [{ code: "frames_lost", severity: share >= lostShare.bad ? "bad" : "warn", percent: share * 100 }];
}

function rates({ ingest, viewers }: ClassLive, samples: readonly ClassSample[]): Finding[] {
  if (ingest === null) return [];
  const { bitrate, fps, keyframe_interval_s: everyS, reencoding, video } = ingest;
  const findings: Finding[] = [];
  if (everyS !== null && everyS > goodKeyframesS)
    findings.push({ code: "keyframes_far", severity: everyS > rareKeyframesS || reencoding ? "warn" : "hint", everyS, reencoding });
  if (bitrate > highBitrate) findings.push({ code: "bitrate_high", severity: "warn", bitrate, viewers });
  if (video !== null && video.width !== null && video.height !== null && fps > 0 && samples.length > 0)
    if (bitrate / (video.width * video.height * fps) < lowBitsPerPixel)
      findings.push({ code: "bitrate_low", severity: "hint", bitrate, height: video.height });
  if (video !== null) findings.push(...frameRate(samples));
  return findings;
}

function frameRate(samples: readonly ClassSample[]): Finding[] {
  const measured = samples.flatMap(({ fps }) => (fps === null ? [] : [fps])).toSorted((a, b) => a - b);
  if (measured.length < leastSamples) return [];
  const median = measured[Math.floor(measured.length / 2)] ?? 0;
  const [lowest, highest] = [measured[0] ?? 0, measured.at(-1) ?? 0];
  if (highest - lowest > Math.max(4, median * unsteadyShare)) return [{ code: "frames_unsteady", severity: "warn", lowest, highest }];
  if (median >= fewFps) return [];
  return [{ code: "frames_few", severity: median < veryFewFps ? "warn" : "hint", fps: median }];
}

function students({ players }: ClassLive): Finding[] {
  if (players === null || players.watched_s < leastWatchedS) return [];
  const share = players.stalled_s / players.watched_s;
  if (share < stalledShare.warn) return [];
  return [{ code: "students_stall", severity: share >= stalledShare.bad ? "bad" : "warn", percent: Math.min(100, share * 100) }];
}
