// The command line of a stream's ffmpeg: FLV on stdin, fragmented MP4 per rendition on descriptors from 3 on. Pure.
// Nothing that a publisher sends ends up in it, but a few numbers.
import type { Rendition } from "./rendition-ladder.ts";
import { videoBitrate } from "./rendition-ladder.ts";

export interface FfmpegJob {
  readonly renditions: readonly Rendition[];
  readonly video: { readonly codec: "h264" | "hevc" | "av1"; readonly height: number | undefined } | undefined;
  readonly audio: { readonly copy: boolean } | undefined;
  /**
   * Undefined: `source` is copied. Else it is encoded, with a keyframe `afterMs` after its first frame and then each `everyS`;
   * ffmpeg counts from the first frame here, whatever its timestamp.
   */
  readonly encodeSource: { readonly afterMs: number; readonly everyS: number } | undefined;
  /** See Ffmpeg.fpsMode. */
  readonly fpsMode: boolean;
}

/** Descriptor of the first rendition's output. */
export const firstOutputDescriptor = 3;
const audioBitrate = 128_000;
/** 8192 × 4320. A few bytes can claim 16,000 × 16,000, and decoding that takes gigabytes. */
const maxPixels = 35_389_440;

/** For arguments without spaces in them. */
const words = (text: string): string[] => text.split(" ");

export function ffmpegArguments(job: FfmpegJob): string[] {
  return [
    ...inputArguments(job),
    ...filterArguments(job),
    ...job.renditions.flatMap((rendition, index) => outputArguments(job, rendition, index)),
  ];
}

function inputArguments({ video, audio }: FfmpegJob): string[] {
  return [
    ...words("-hide_banner -nostats -loglevel warning -nostdin"),
    // Timestamps of the publisher survive, so that media time can be mapped to the wall clock.
    "-copyts",
    ...probeArguments(video !== undefined, audio !== undefined),
    ...words(`-fpsprobesize 0 -max_pixels ${maxPixels} -protocol_whitelist pipe -f flv -i pipe:0`),
  ];
}

/**
 * With both tracks probing ends by itself as soon as both are known; these are bounds, and seconds of sound may be cached before the
 * first picture. With one track ffmpeg would wait for the other until a bound is reached, so it is low (measured on 5.1 and 9.0:
 * first fragment 45 ms after the first frame).
 */
function probeArguments(video: boolean, audio: boolean): string[] {
  if (video && audio) return ["-analyzeduration", "10000000", "-probesize", "10000000"];
  return video ? ["-analyzeduration", "1", "-probesize", "32"] : ["-analyzeduration", "40000", "-probesize", "32"];
}

/** True when the rendition's video goes through an encoder. */
export function isEncoded(job: FfmpegJob, rendition: Rendition): boolean {
  return job.video !== undefined && (rendition.height !== undefined || job.encodeSource !== undefined);
}

function filterArguments(job: FfmpegJob): string[] {
  const encoded = job.renditions.map((rendition, index) => ({ rendition, index })).filter(({ rendition }) => isEncoded(job, rendition));
  if (encoded.length === 0) return [];
  const split = `[0:v:0]split=${encoded.length}${encoded.map(({ index }) => `[in${index}]`).join("")}`;
  const scaled = encoded.map(({ rendition, index }) => {
    // Even sizes for 4:2:0, never larger than the source, width as the shape of the picture needs.
    const height = rendition.height === undefined ? "2*trunc(ih/2)" : `2*trunc(min(${rendition.height}\\,ih)/2)`;
    return `[in${index}]scale=w=-2:h=${height},format=yuv420p[out${index}]`;
  });
  return ["-filter_complex", [split, ...scaled].join(";")];
}

function outputArguments(job: FfmpegJob, rendition: Rendition, index: number): string[] {
  return [
    ...(job.video === undefined ? [] : isEncoded(job, rendition) ? encodeArguments(job, rendition, index) : copyArguments(job.video.codec)),
    ...(job.audio === undefined
      ? []
      : ["-map", "0:a:0", ...(job.audio.copy ? ["-c:a", "copy"] : ["-c:a", "aac", "-b:a", String(audioBitrate)])]),
    ...words("-dn -sn -map_metadata -1 -avoid_negative_ts disabled"),
    // A track that pauses must not hold the other back for ffmpeg's 10 s.
    ...words("-max_interleave_delta 500000 -flush_packets 1"),
    ...words("-video_track_timescale 90000 -use_editlist 0"),
    // A fragment leaves with the frame after it; joining them into parts is the packager's work.
    ...words(`-movflags +empty_moov+default_base_moof+frag_discont -frag_duration 1 -f mp4 pipe:${firstOutputDescriptor + index}`),
  ];
}

function copyArguments(codec: "h264" | "hevc" | "av1"): string[] {
  // Apple plays HEVC as hvc1 only.
  return ["-map", "0:v:0", "-c:v", "copy", ...(codec === "hevc" ? ["-tag:v", "hvc1"] : [])];
}

function encodeArguments(job: FfmpegJob, rendition: Rendition, index: number): string[] {
  const bitrate = videoBitrate(encodedHeight(job, rendition));
  // Aligned in all renditions: with the keyframes of a copied source, or with the same clock where the source is encoded too.
  const keyframes = job.encodeSource
    ? `expr:gte(t,${(job.encodeSource.afterMs / 1000).toFixed(3)}+n_forced*${job.encodeSource.everyS})`
    : "source";
  return [
    ...words(`-map [out${index}] -c:v libx264 -preset veryfast -tune zerolatency -profile:v high`),
    ...words(`-crf 23 -maxrate ${String(bitrate)} -bufsize ${String(bitrate)}`),
    // Keyframes where they are asked for and nowhere else.
    ...words(`-g 100000 -sc_threshold 0 -forced-idr 1 -force_key_frames ${keyframes}`),
    // Frames keep their times; by default some versions repeat frames to fill the time base.
    ...words(`-enc_time_base 1:90000 ${job.fpsMode ? "-fps_mode" : "-vsync"} passthrough`),
  ];
}

function encodedHeight(job: FfmpegJob, rendition: Rendition): number | undefined {
  const source = job.video?.height;
  if (rendition.height === undefined) return source;
  return source === undefined ? rendition.height : Math.min(source, rendition.height);
}

/** Bits per second to announce for a rendition, or undefined for a copied one, which is as large as the teacher makes it. */
export function nominalBitrate(job: FfmpegJob, rendition: Rendition): number | undefined {
  if (!isEncoded(job, rendition)) return undefined;
  return videoBitrate(encodedHeight(job, rendition)) + (job.audio ? audioBitrate : 0);
}
