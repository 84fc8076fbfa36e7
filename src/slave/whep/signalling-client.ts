// Speaks WHEP (draft-ietf-wish-whep) to the media server on loopback, in the name of a viewer who was let in. Bounded in time and
// size; knows neither viewers nor tokens.
import { readBoundedText } from "../../shared/http/bounded-text.ts";
import type { RunningWebrtc } from "./webrtc-server.ts";
import { withoutCandidates } from "./without-candidates.ts";

/** SDP of a browser has 5 to 8 KB; with many candidates a few more. */
export const maxSdpBytes = 64 * 1024;

export interface SdpAnswer {
  readonly status: number;
  readonly body: string;
  readonly etag: string | undefined;
  /** `Link` headers (ICE servers), each as it came. */
  readonly link: string | undefined;
}

export interface OpenedSession extends SdpAnswer {
  /** Of the session in the media server's API. */
  readonly mediaId: string;
  /** Where it is changed and ended: absolute. */
  readonly url: string;
}

/** The server does not answer, or says no; `status` is undefined when there was no answer. */
export class SignallingError extends Error {
  override readonly name = "SignallingError";
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** A path that is made ready on demand is waited for, see stream-pulls.ts. */
const openTimeoutMs = 9_000;
const changeTimeoutMs = 3_000;
/** What a header may be that is handed on. */
const plainHeader = /^[\x20-\x7e]{1,1000}$/;

/** Of `/<path>/whep/<session>?…` */
const sessionIn = /\/whep\/([A-Za-z0-9-]{1,64})(\?|$)/;

/** @throws SignallingError */
export async function openSession(server: RunningWebrtc, mediaPath: string, offer: string): Promise<OpenedSession> {
  const endpoint = `${server.webrtcUrl}/${mediaPath}/whep`;
  const sdp = withoutCandidates(offer);
  const { response, body } = await send(server, endpoint, "POST", { "content-type": "application/sdp" }, sdp, openTimeoutMs);
  if (response.status !== 201) throw new SignallingError(reasonOf(body), response.status);
  const [mediaId, secret] = [response.headers.get("id"), sessionIn.exec(response.headers.get("location") ?? "")?.[1]];
  if (mediaId === null || secret === undefined) throw new SignallingError("the media server named no session", response.status);
  // A session is found by its last part alone; in the address that is told, a class called whep would be taken for the endpoint.
  return { ...answerOf(response, body), mediaId, url: `${server.webrtcUrl}/live/session/whep/${secret}` };
}

/** A trickled candidate, or an ICE restart (RFC 9725 §4.3). @throws SignallingError when there is no answer. */
export async function patchSession(server: RunningWebrtc, url: string, fragment: string, ifMatch: string | undefined): Promise<SdpAnswer> {
  const headers = { "content-type": "application/trickle-ice-sdpfrag", ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) };
  const { response, body } = await send(server, url, "PATCH", headers, withoutCandidates(fragment), changeTimeoutMs);
  return answerOf(response, body);
}

/** @throws SignallingError when there is no answer. */
export async function deleteSession(server: RunningWebrtc, url: string): Promise<void> {
  await send(server, url, "DELETE", {}, undefined, changeTimeoutMs);
}

async function send(
  server: RunningWebrtc,
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  timeoutMs: number,
): Promise<{ readonly response: Response; readonly body: string }> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, authorization: server.authorization },
      body: body ?? null,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { response, body: await readBoundedText(response, maxSdpBytes) };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new SignallingError(`the media server does not answer (${cause instanceof Error ? cause.message : message})`);
  }
}

function answerOf(response: Response, body: string): SdpAnswer {
  return { status: response.status, body, etag: headerOf(response, "etag"), link: headerOf(response, "link") };
}

function headerOf(response: Response, name: string): string | undefined {
  const value = response.headers.get(name);
  return value !== null && plainHeader.test(value) ? value : undefined;
}

/** MediaMTX explains itself as `{"status":"error","error":"…"}`. */
function reasonOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === "string") return error.slice(0, 200);
  } catch {
    // Something else than MediaMTX's errors: its text says as much as there is.
  }
  return body.slice(0, 200);
}
