// With what a publisher's next ffmpeg starts: what it is to make, and what it is fed first. Pure.
import { flvAudio, flvHeader, flvMetadataTag, flvTag, flvVideo } from "../../../shared/rtmp/flv.ts";
import type { CachedFrame } from "../../../shared/rtmp/gop-cache.ts";
import type { FfmpegJob } from "./ffmpeg-args.ts";
import type { Rendition } from "./rendition-ladder.ts";
import type { Track } from "./track-set.ts";

/** Which tracks an ffmpeg gets: what it does not have at its start, it cannot take later. */
export interface PresentTracks {
  readonly video: boolean;
  readonly audio: boolean;
}

export interface StartInput {
  readonly present: PresentTracks;
  readonly tracks: { readonly video: Track | undefined; readonly audio: Track | undefined };
  /** Cached since the last keyframe, and what is not handed out yet. */
  readonly frames: readonly CachedFrame[];
}

export interface JobOptions {
  readonly renditions: readonly Rendition[];
  /** Of the publisher's picture, as far as known. */
  readonly height: number | undefined;
  /** Where `source` is encoded: video is handed out up to here, media ms, and a keyframe is wanted this often. */
  readonly encodeSource: { readonly deliveredMs: number; readonly everyS: number } | undefined;
  readonly fpsMode: boolean;
}

/** Less than a frame lasts: the first frame that is not yet handed out becomes the keyframe, in spite of rounded times. */
const keyframeLeadMs = 8;

export function startJob({ present, tracks: { video, audio }, frames }: StartInput, options: JobOptions): FfmpegJob {
  const { renditions, height, encodeSource, fpsMode } = options;
  const first = frames.find((cached) => cached.video);
  const firstMs = first ? first.mediaMs + first.compositionMs : 0;
  return {
    // Audio has one quality.
    renditions: present.video ? renditions : renditions.slice(0, 1),
    video: present.video && video?.copyAs ? { codec: video.copyAs, height } : undefined,
    audio: present.audio && audio ? { copy: audio.codec === "aac" } : undefined,
    encodeSource:
      present.video && encodeSource
        ? { afterMs: Math.max(0, encodeSource.deliveredMs - firstMs - keyframeLeadMs), everyS: encodeSource.everyS }
        : undefined,
    fpsMode,
  };
}

/** What ffmpeg needs to know first; at time 0: later ones end its short probing too early. */
export function headerTags({ present, tracks }: Omit<StartInput, "frames">, frameRate: number | undefined): Buffer[] {
  const video = present.video ? tracks.video?.config : undefined;
  const audio = present.audio ? tracks.audio?.config : undefined;
  return [
    flvHeader(present),
    flvMetadataTag(frameRate),
    ...(video ? [flvTag(flvVideo, 0, video)] : []),
    ...(audio ? [flvTag(flvAudio, 0, audio)] : []),
  ];
}

/** That, and the cached frames. */
export function openingTags(input: StartInput, frameRate: number | undefined): Buffer[] {
  const { present, frames } = input;
  return [
    ...headerTags(input, frameRate),
    ...frames.filter((frame) => (frame.video ? present.video : present.audio)).map(({ tag }) => tag),
  ];
}
