// What the WebRTC door of the slave needs to know of the MediaMTX that runs beside it. Knows no viewers and no tokens.
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
