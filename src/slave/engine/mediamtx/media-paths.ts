// What MediaMTX calls the streams: `live/<name>` is what a teacher sends, `rtc/<name>` the same as browsers can take it by WebRTC
// (Opus, no B-frames). Pure.
import { classNameOf } from "../../../shared/protocol/names.ts";

/** Paths as mediamtx.yml names them; others there must not be. */
export const mediaMtxPathNames = ["~^live/[a-z0-9][a-z0-9_-]{0,63}$", "~^rtc/[a-z0-9][a-z0-9_-]{0,63}$"] as const;

/** On a slave that is not the stream's origin this path has a source of its own: RTSP from the origin, the same path. */
export function webrtcPathOf(path: string): string {
  return `rtc/${classNameOf(path)}`;
}

/** What is published there comes from a program of ours, or from another slave's MediaMTX. */
export function isWebrtcPath(mediaPath: string): boolean {
  return mediaPath.startsWith("rtc/");
}

/** The stream to which a path of MediaMTX belongs; undefined for one that is not ours. */
export function streamPathOfMedia(mediaPath: string): string | undefined {
  const name = /^(?:live|rtc)\/([a-z0-9][a-z0-9_-]{0,63})$/.exec(mediaPath)?.[1];
  return name === undefined ? undefined : `live/${name}`;
}
