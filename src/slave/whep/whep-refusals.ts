// What a viewer is told who gets no WebRTC session. Pure; knows no HTTP request.
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import type { SignallingError } from "./signalling-client.ts";

export interface SessionRefusal {
  readonly ok: false;
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly retryAfterS?: number;
}

export const notReady: SessionRefusal = { ok: false, code: "stream_not_ready", detail: "not by WebRTC, on this node, now", retryAfterS: 1 };
export const tooMany = (waitS: number): SessionRefusal => ({ ok: false, code: "too_many_requests", retryAfterS: Math.ceil(waitS) });
export const gone: SessionRefusal = { ok: false, code: "no_such_session" };

/** What MediaMTX's statuses mean: 404 no stream yet; 400 an offer that does not fit the stream, or a path that it cannot make ready. */
export function refusalOf({ status, message }: SignallingError): SessionRefusal {
  if (status === undefined || status === 404 || status >= 500) return notReady;
  if (status === 401 || status === 403) return { ...notReady, detail: "the media server does not let this node read" };
  // The stream's source did not come in time: the next one who asks may have more luck.
  if (message.includes("timed out")) return notReady;
  return { ok: false, code: "offer_unacceptable", detail: message };
}
