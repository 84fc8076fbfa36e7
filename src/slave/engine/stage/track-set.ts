// What the engine can carry, and when it knows enough of a publisher's tracks to start. Pure.
import type { FlvPacket } from "../../../shared/rtmp/flv.ts";
import type { StreamMetadata } from "../../../shared/rtmp/link-frame.ts";
import type { Ffmpeg } from "./locate-ffmpeg.ts";

export interface Track {
  readonly kind: "video" | "audio";
  readonly codec: string;
  /** For people. */
  readonly name: string;
  /** True when frames mean nothing without a configuration message before them. */
  readonly needsConfig: boolean;
  /** The whole configuration message (sequence header), once it came. */
  readonly config: Buffer | undefined;
  /** What video is in ffmpeg's terms. */
  readonly copyAs: "h264" | "hevc" | "av1" | undefined;
  /** The sentence why it cannot be carried. */
  readonly unsupported: string | undefined;
}

export function describeTrack(packet: FlvPacket, ffmpeg: Pick<Ffmpeg, "version" | "enhancedVideo" | "enhancedAudio">): Track {
  const common = { kind: packet.track, codec: packet.codec, name: packet.name, config: undefined };
  const tooOld = (since: string): string =>
    `ffmpeg ${ffmpeg.version} cannot read ${packet.name} from RTMP: use ffmpeg ${since} or newer (FFMPEG_PATH), or choose another encoder in OBS → Settings → Output`;
  if (packet.track === "video") {
    const copyAs = packet.codec === "h264" || packet.codec === "hevc" || packet.codec === "av1" ? packet.codec : undefined;
    const unsupported =
      copyAs === undefined
        ? `Video codec ${packet.name} is not supported: choose H.264 in OBS → Settings → Output`
        : packet.enhanced && !ffmpeg.enhancedVideo
          ? tooOld("6.1")
          : undefined;
    return { ...common, needsConfig: true, copyAs, unsupported };
  }
  const unsupported = packet.enhanced && !ffmpeg.enhancedAudio ? tooOld("7.1") : undefined;
  return { ...common, needsConfig: packet.codec === "aac" || packet.codec === "opus", copyAs: undefined, unsupported };
}

/** How long to wait for a track that nothing announces. */
const waitForAudioMs = 500;
const waitForVideoMs = 800;
/** And for one that the metadata announce but that does not come. */
const waitForAnnouncedMs = 2_000;

/** True when ffmpeg can start: a keyframe or audio is there, and the other track too or not to be expected. */
export function isReady(seen: {
  readonly keyframe: boolean;
  readonly audio: boolean;
  readonly metadata: StreamMetadata | undefined;
  /** Since the first frame. */
  readonly waitedMs: number;
}): boolean {
  if (seen.keyframe && seen.audio) return true;
  if (!seen.keyframe && !seen.audio) return false;
  const announced = seen.keyframe ? seen.metadata?.hasAudio : seen.metadata?.hasVideo;
  if (announced === false) return true;
  if (announced === true) return seen.waitedMs >= waitForAnnouncedMs;
  return seen.waitedMs >= (seen.keyframe ? waitForAudioMs : waitForVideoMs);
}
