// The sessions of publishers in MediaMTX's API, by protocol: who is there, and to send them away. Knows neither slots nor feeds.
import type { Logger } from "../../../shared/logging/logger.ts";
import { isWebrtcPath } from "./media-paths.ts";
import type { MediaMtxApi, SessionKind } from "./mediamtx-api.ts";

type SessionsApi = Pick<MediaMtxApi, "sessions" | "kick">;

/** Where the API lists the sessions of a protocol, as the auth hook names it. */
const kindsByProtocol: Readonly<Record<string, readonly SessionKind[]>> = {
  rtmp: ["rtmpsconns", "rtmpconns"],
  srt: ["srtconns"],
  rtsp: ["rtspsessions", "rtspssessions"],
  webrtc: ["webrtcsessions"],
};

/** Undefined for a protocol by which nobody publishes. */
export function sessionKindsOf(protocol: string): readonly SessionKind[] | undefined {
  return kindsByProtocol[protocol];
}

/** Ids. @throws MediaMtxApiError: nothing is known then */
export async function presentSessions(api: SessionsApi, kinds: Iterable<SessionKind>): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  for (const kind of kinds) for (const { id } of await api.sessions(kind)) present.add(id);
  return present;
}

/** No effect when it is not there any more. @throws MediaMtxApiError */
export async function sendAway(api: SessionsApi, kinds: readonly SessionKind[], id: string): Promise<void> {
  for (const kind of kinds) if (await api.kick(kind, id)) return;
}

/** Sends away who is nobody's here, for example let in by a process before this one: it would send to nobody, and comes back. @param isOurs by id */
export async function sendStrangersAway(api: SessionsApi, isOurs: (id: string) => boolean, logger: Logger): Promise<void> {
  for (const kind of new Set(Object.values(kindsByProtocol).flat())) {
    try {
      for (const { id, state, path } of await api.sessions(kind)) {
        // What is published for WebRTC is our own.
        if (state === "read" || isWebrtcPath(path) || isOurs(id)) continue;
        await api.kick(kind, id);
        logger.info({ kind }, "a publisher that nobody here knows was sent away, to come again");
      }
    } catch (error) {
      logger.warn({ err: error, kind }, "publishers that nobody here knows could not be looked for");
    }
  }
}
