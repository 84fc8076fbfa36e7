// What is measured of one publisher, for heartbeats, /api/streams and metrics. Knows neither RTMP nor ffmpeg.
import type { Mp4Track } from "../../media/init-segment.ts";
import type { IngestStats, StreamPath } from "../engine.ts";
import { createDropMeter } from "./drop-meter.ts";
import { createKeyframeMeter, createRateMeter, keyframeAdvice } from "./keyframe-meter.ts";
import type { KeyframeMode } from "./keyframe-meter.ts";
import type { StreamMetadata } from "../../../shared/rtmp/link-frame.ts";
import type { Track } from "./track-set.ts";

export interface PublisherStats {
  received(bytes: number, nowMs: number): void;
  /** A video frame. */
  frame(mediaMs: number, keyframe: boolean, nowMs: number): void;
  metadata(metadata: StreamMetadata): void;
  track(track: Track): void;
  /** Tracks of the rendition `source`, as ffmpeg wrote them. */
  tracks(tracks: readonly Mp4Track[]): void;
  reencoding(): void;
  restarted(): void;
  readonly sinceKeyframeMs: number;
  /** Of the source's picture, when known. */
  readonly height: number | undefined;
  read(nowMs: number): Omit<IngestStats, "lostFrames">;
}

const windowS = 5;

export function createPublisherStats(config: {
  readonly path: StreamPath;
  readonly remoteAddress: string;
  readonly startedAtMs: number;
  readonly segmentDurationS: number;
  readonly keyframes: KeyframeMode;
  /** `height` undefined: as it comes. */
  readonly renditions: readonly { readonly height: number | undefined }[];
}): PublisherStats {
  const bytes = createRateMeter(windowS);
  let totalBytes = 0;
  const frames = createRateMeter(windowS);
  let keyframes = createKeyframeMeter();
  const drops = createDropMeter();
  let video: IngestStats["video"];
  let audio: IngestStats["audio"];
  let size: { width: number | undefined; height: number | undefined } = { width: undefined, height: undefined };
  let reencoding = config.keyframes === "encode";
  let restarts = 0;

  function advice(): string | undefined {
    const { intervalS, sinceKeyframeMs } = keyframes;
    // Before the second keyframe, only how long it is overdue is known.
    const overdueS = sinceKeyframeMs / 1000 > (intervalS ?? 2 * config.segmentDurationS) ? sinceKeyframeMs / 1000 : undefined;
    return keyframeAdvice(overdueS ?? intervalS, config.segmentDurationS);
  }

  return {
    received(count, nowMs) {
      bytes.add(count, nowMs);
      totalBytes += count;
    },
    frame(mediaMs, keyframe, nowMs) {
      frames.add(1, nowMs);
      keyframes.frame(mediaMs, keyframe);
      drops.frame(mediaMs);
    },
    metadata({ width, height }) {
      size = { width, height };
    },
    track(track) {
      if (track.kind === "audio") {
        audio = { codec: track.name };
        return;
      }
      video = { codec: track.name, ...size };
      keyframes = createKeyframeMeter();
      drops.restart();
    },
    tracks(tracks) {
      const written = tracks.find(({ kind }) => kind === "video");
      if (!written || !video) return;
      size = { width: written.width, height: written.height };
      video = { ...video, ...size };
    },
    reencoding() {
      reencoding = true;
    },
    restarted() {
      restarts += 1;
    },
    get sinceKeyframeMs() {
      return keyframes.sinceKeyframeMs;
    },
    get height() {
      return size.height;
    },
    read(nowMs) {
      return {
        path: config.path,
        remoteAddress: config.remoteAddress,
        startedAtMs: config.startedAtMs,
        bytes: totalBytes,
        bitrate: Math.round(bytes.perSecond(nowMs) * 8),
        fps: Math.round(frames.perSecond(nowMs) * 10) / 10,
        keyframeIntervalS: keyframes.intervalS,
        video: video && { codec: video.codec, ...size },
        audio,
        reencoding,
        advice: advice(),
        ffmpegRestarts: restarts,
        droppedFrames: drops.dropped,
        // Audio alone has one quality, and is copied or costs next to nothing.
        encodedRenditions: video ? config.renditions.filter(({ height }) => height !== undefined || reencoding).length : 0,
      };
    },
  };
}
