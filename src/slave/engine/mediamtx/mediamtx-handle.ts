// What the WebRTC door of the slave needs to know of the MediaMTX that runs beside it. Knows no viewers and no tokens.
import { classNameOf } from "../../../shared/protocol/names.ts";
import type { PublishRefusal } from "../../../shared/protocol/publish-refusals.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";

/** A MediaMTX that runs and may be asked. After each start (a crash, an update) there is a new one, with other ports. */
export interface MediaMtxEndpoints {
  /** WHIP and WHEP on loopback: `POST {webrtcUrl}/{path}/whep`. */
  readonly webrtcUrl: string;
  /** `host:port` of RTSP as this machine reaches it. */
  readonly rtspAddress: string;
  /** Value of `Authorization` that reads every path and uses the API: the secret of this process, never to leave this machine. */
  readonly authorization: string;
  readonly api: MediaMtxApi;
}

/** What somebody who wants to publish over HTTP shows. */
export interface WhipAttempt {
  /** `live/<name>`. */
  readonly path: string;
  /** Of the URL, as it came. */
  readonly query: string;
  /** Value of the header. */
  readonly authorization: string | undefined;
  readonly remoteAddress: string;
}

export interface MediaMtxHandle {
  /** Undefined while it does not run; it is started again by itself. */
  readonly running: MediaMtxEndpoints | undefined;
  /** On which other nodes reach its RTSP, with a media credential as password; 0 when that is turned off. */
  readonly rtspPort: number;
  /** Why somebody may not publish, as far as it is known without asking anybody: MediaMTX takes seconds to refuse. */
  whipRefusal(attempt: WhipAttempt): { readonly code: PublishRefusal; readonly reason: string } | undefined;
}

/**
 * Where MediaMTX has a stream as browsers can take it by WebRTC (Opus, no B-frames), on its origin: what the teacher sends is
 * below `live/`. A slave that is not the origin gives this path a source of its own (RTSP from the origin, the same path).
 */
export function webrtcPathOf(path: string): string {
  return `rtc/${classNameOf(path)}`;
}

/** The stream to which a path of MediaMTX belongs; undefined for one that is not ours. */
export function streamPathOfMedia(mediaPath: string): string | undefined {
  const name = /^(?:live|rtc)\/([a-z0-9][a-z0-9_-]{0,63})$/.exec(mediaPath)?.[1];
  return name === undefined ? undefined : `live/${name}`;
}
