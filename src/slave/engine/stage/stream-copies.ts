// Those who get one publisher's stream as FLV, beside ffmpeg: what each begins with, every tag from then on, and its end.
import type { CachedFrame } from "../../../shared/rtmp/gop-cache.ts";
import { headerTags } from "./ffmpeg-start.ts";
import type { Track } from "./track-set.ts";

export interface CopyListener {
  tag(tag: Buffer): void;
  /** No more tags: the stream ended, or goes on with other parameters. */
  over(): void;
}

/** The beginning of a copy: what decodes the tags that follow. */
export interface CopyStart {
  readonly header: readonly Buffer[];
  /** Cached since a keyframe, which comes first; in the order of arrival. */
  readonly frames: readonly CachedFrame[];
  readonly video: { readonly codec: string; readonly bFrames: boolean; readonly keyframeIntervalS: number | undefined } | undefined;
  readonly hasAudio: boolean;
  stop(): void;
}

/** What is known of the stream when a copy is to begin. */
export interface CopySource {
  readonly tracks: { readonly video: Track | undefined; readonly audio: Track | undefined };
  readonly frames: readonly CachedFrame[];
  readonly frameRate: number | undefined;
  readonly keyframeIntervalS: number | undefined;
}

export interface StreamCopies {
  /** Gives every tag from now on to a listener, too; undefined before there is anything to begin with. */
  begin(listener: CopyListener, source: CopySource): CopyStart | undefined;
  /** A frame that came. @param compositionMs not 0: there are B-frames */
  frame(tag: Buffer, compositionMs: number): void;
  /** What comes from now on is not what they have begun with. */
  end(): void;
  /** The same; and what was seen of the stream so far says nothing about what comes. */
  startAfresh(): void;
}

export function createStreamCopies(): StreamCopies {
  const listeners = new Set<CopyListener>();
  let bFrames = false;

  function end(): void {
    for (const listener of listeners) listener.over();
    listeners.clear();
  }

  return {
    begin(listener, { tracks, frames, frameRate, keyframeIntervalS }) {
      const keyframeAt = frames.findLastIndex(({ video, keyframe }) => video && keyframe);
      const present = { video: keyframeAt >= 0 && tracks.video !== undefined, audio: tracks.audio !== undefined };
      if (!present.video && (tracks.video !== undefined || frames.length === 0)) return undefined;
      listeners.add(listener);
      return {
        header: headerTags({ present, tracks }, frameRate),
        frames: frames.slice(Math.max(0, keyframeAt)),
        video: tracks.video && { codec: tracks.video.codec, bFrames, keyframeIntervalS },
        hasAudio: present.audio,
        stop: () => void listeners.delete(listener),
      };
    },
    frame(tag, compositionMs) {
      bFrames ||= compositionMs !== 0;
      for (const listener of listeners) listener.tag(tag);
    },
    end,
    startAfresh() {
      end();
      bFrames = false;
    },
  };
}
