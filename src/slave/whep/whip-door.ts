// Passes a teacher's WHIP (RFC 9725) on to the media server on loopback, with what the teacher shows and nothing of ours: who may
// publish is asked by the media server at the engine's hook. Keeps nothing: the server's session ids are unguessable.
import { readBoundedText } from "../../shared/http/bounded-text.ts";
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";
import type { WebrtcServer } from "./webrtc-server.ts";
import { withH264 } from "./with-h264.ts";
import { withoutCandidates } from "./without-candidates.ts";

/** Who asks, and what it shows. */
export interface WhipAttempt {
  /** `live/<name>`. */
  readonly path: string;
  /** Of the URL, as it came: `key=…`, `jwt=…`. */
  readonly query: string;
  readonly authorization: string | undefined;
  readonly remoteAddress: string;
}

export interface WhipRequest extends WhipAttempt {
  readonly method: "POST" | "PATCH" | "DELETE";
  /** Of the media server; undefined for POST. */
  readonly session: string | undefined;
  readonly ifMatch: string | undefined;
  readonly contentType: string;
  readonly body: string;
}

export interface WhipRefusal {
  readonly code: PublishRefusal;
  readonly reason: string;
}

export interface WhipAnswer {
  readonly status: number;
  readonly body: string;
  /** Session id where one was made. */
  readonly session: string | undefined;
  readonly etag: string | undefined;
  readonly contentType: string | undefined;
}

export interface WhipDoor {
  /** Why an offer is not even to be read; undefined: the media server is to ask. */
  refusalOf(attempt: WhipAttempt): WhipRefusal | undefined;
  /** Undefined when the media server does not answer, or too many wait for it. */
  pass(request: WhipRequest): Promise<WhipAnswer | undefined>;
}

/** A refusal takes MediaMTX up to four seconds, so that few strangers would keep teachers out: they are refused before. */
const timeoutMs = 8_000;
const maxWaiting = 40;
const maxAnswerBytes = 64 * 1024;
const printable = /^[\x20-\x7e]{1,4096}$/;

/** @param refusalOf what is known of an attempt, from memory. */
export function createWhipDoor(server: WebrtcServer, refusalOf: WhipDoor["refusalOf"]): WhipDoor {
  let waiting = 0;

  async function ask({ method, path, session, query, ...from }: WhipRequest, base: string): Promise<WhipAnswer | undefined> {
    // A session is found by its id alone; a class that is called whip or whep must not be taken for the endpoint.
    const url = session === undefined ? `${base}/${path}/whip?${query}` : `${base}/live/session/whip/${session}`;
    const headers = {
      "content-type": from.contentType,
      "x-forwarded-for": from.remoteAddress,
      ...(from.authorization !== undefined && printable.test(from.authorization) && { authorization: from.authorization }),
      ...(from.ifMatch !== undefined && printable.test(from.ifMatch) && { "if-match": from.ifMatch }),
    };
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: method === "DELETE" ? null : withH264(withoutCandidates(from.body)),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = await readBoundedText(response, maxAnswerBytes);
      return {
        status: response.status,
        body,
        session: /\/whip\/([0-9a-f-]{36})(\?|$)/.exec(response.headers.get("location") ?? "")?.[1],
        etag: response.headers.get("etag") ?? undefined,
        contentType: response.headers.get("content-type") ?? undefined,
      };
    } catch {
      // It hangs or is being started again: the teacher's program tries once more.
      return undefined;
    }
  }

  return {
    refusalOf,
    async pass(request) {
      const base = server.running?.webrtcUrl;
      if (base === undefined || waiting >= maxWaiting) return undefined;
      waiting += 1;
      try {
        return await ask(request, base);
      } finally {
        waiting -= 1;
      }
    },
  };
}
