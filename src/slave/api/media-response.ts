// How media leaves: heads prepared once, bodies as shared buffers, nothing copied for a viewer.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../shared/logging/logger.ts";
import { withoutSecrets } from "../../shared/logging/logger.ts";
import { adviceHeader } from "../../shared/protocol/advice-header.ts";
import { problemDocument, problemTypes } from "../../shared/protocol/problems.ts";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import type { MediaBytes } from "../live/live-log.ts";
import { unobserved } from "./response-observer.ts";
import type { Asked, ResponseObserver } from "./response-observer.ts";

type MediaKind = "init" | "segment" | "part";

const contentTypes = {
  // RFC 8216bis §4: application/vnd.apple.mpegurl, UTF-8.
  playlist: "application/vnd.apple.mpegurl",
  init: "video/mp4",
  segment: "video/mp4",
  part: "video/mp4",
} as const satisfies Record<MediaKind | "playlist", string>;

/**
 * Playlists change with each part. Media never changes under its number, so a browser may keep it; a shared
 * cache must not, since the URL is good for one viewer only.
 */
const cacheControl = {
  playlist: "no-cache",
  init: "private, max-age=600",
  segment: "private, max-age=60",
  part: "private, max-age=60",
} as const satisfies Record<MediaKind | "playlist", string>;

/** What pages of other origins may read beside the body. */
const exposedHeaders = `retry-after, date, location, etag, link, ${adviceHeader}`;

/** Time for one body. A viewer who needs longer for two seconds of media cannot follow the class anyway. */
const maxTransferMs = 30_000;

/** What requests are called in problem documents and log lines. */
export interface RequestNames {
  readonly requestIdOf: (request: IncomingMessage) => string;
  readonly logger?: Pick<Logger, "debug" | "isLevelEnabled">;
}

export interface MediaResponder {
  media(asked: Asked, kind: MediaKind, media: MediaBytes): void;
  /** @param more further headers: name, value, name, … */
  playlist(asked: Asked, text: string | Buffer, more?: readonly string[]): void;
  problem(asked: Asked, code: ProblemCode, detail?: string, retryAfterS?: number): void;
  /** 204: taken note of. @param more further headers: name, value, name, … */
  done(asked: Asked, more?: readonly string[]): void;
  /** An answer of the WebRTC door. @param headers name, value, name, … */
  signalling(asked: Asked, status: 200 | 201, body: string, headers: readonly string[]): void;
  /** Answer to OPTIONS (CORS preflight). */
  preflight(asked: Asked): void;
  /** What a request is called in log lines. */
  requestIdOf(request: IncomingMessage): string;
  /** Ends a request that a defect of ours keeps from being answered. */
  abort(response: ServerResponse): void;
  /** For `Asked.sinceMs`. */
  nowMs(): number;
  /** Bytes of bodies handed to the system so far. */
  readonly bytesSent: number;
}

/** What a browser is told of how it reaches this node, made of what the media server says. */
export type SdpFor = (request: IncomingMessage, sdp: string) => string;

/** @param corsOrigins undefined: every origin. Every status carries CORS headers: hls.js cannot read an error without them. */
export function createMediaResponder(
  corsOrigins: readonly string[] | undefined,
  observer: ResponseObserver = unobserved,
  names: RequestNames = { requestIdOf: () => randomUUID() },
  sdpFor: SdpFor = (_request, sdp) => sdp,
): MediaResponder {
  const anyOrigin = corsOrigins === undefined || corsOrigins.includes("*");
  let bytesSent = 0;

  function corsHeaders(request: IncomingMessage): string[] {
    if (anyOrigin) return ["access-control-allow-origin", "*"];
    const origin = request.headers.origin;
    const listed = origin !== undefined && corsOrigins.includes(origin);
    return listed ? ["access-control-allow-origin", origin, "vary", "origin"] : ["vary", "origin"];
  }

  function send(
    asked: Asked,
    status: number,
    headers: readonly string[],
    body: string | Buffer | undefined,
    encoding: "latin1" | "utf8" = "utf8",
  ): void {
    const { request, response } = asked;
    response.writeHead(status, [...headers, ...corsHeaders(request), "access-control-expose-headers", exposedHeaders]);
    if (request.method === "HEAD" || body === undefined) {
      response.end();
      observer.answered(asked, status, 0);
      return;
    }
    bytesSent += body.length;
    if (typeof body === "string") response.end(body, encoding);
    else response.end(body);
    observer.answered(asked, status, body.length);
  }

  /** A body that does not fit the system's buffers belongs to a reader that must not hold it for ever. */
  function boundTransfer({ socket }: IncomingMessage, response: ServerResponse): void {
    if (response.req.httpVersionMajor !== 1 || socket.writableLength === 0) return;
    const timer = setTimeout(() => socket.destroy(), maxTransferMs);
    response.once("close", () => clearTimeout(timer));
  }

  return {
    media(asked, kind, { chunks, bytes }) {
      const { request, response } = asked;
      response.writeHead(200, [
        "content-type",
        contentTypes[kind],
        "content-length",
        String(bytes),
        "cache-control",
        cacheControl[kind],
        ...corsHeaders(request),
      ]);
      if (request.method === "HEAD") {
        response.end();
        observer.answered(asked, 200, 0);
        return;
      }
      bytesSent += bytes;
      const [only, second] = chunks;
      if (only && !second) response.end(only);
      else {
        // Head and chunks in one system call (writev), not a packet each.
        response.cork();
        for (const chunk of chunks) response.write(chunk);
        response.end();
        response.uncork();
      }
      boundTransfer(request, response);
      observer.answered(asked, 200, bytes);
    },
    playlist(asked, text, more) {
      // Our playlists are ASCII, so a string's length is its bytes.
      const length = text.length;
      const headers = ["content-type", contentTypes.playlist, "content-length", String(length), "cache-control", cacheControl.playlist];
      if (more) headers.push(...more);
      send(asked, 200, headers, text, "latin1");
    },
    problem(asked, code, detail, retryAfterS) {
      const id = names.requestIdOf(asked.request);
      const body = JSON.stringify(problemDocument(code, detail, `urn:airclass:request:${id}`));
      const headers = [
        "content-type",
        "application/problem+json",
        "content-length",
        String(Buffer.byteLength(body)),
        "cache-control",
        "no-store",
      ];
      if (retryAfterS !== undefined) headers.push("retry-after", String(retryAfterS));
      if (problemTypes[code].status === 401) headers.push("www-authenticate", "Bearer");
      send(asked, problemTypes[code].status, headers, body);
      observer.refused(code);
      if (!names.logger?.isLevelEnabled("debug")) return;
      names.logger.debug(
        {
          request: id,
          method: asked.request.method,
          url: withoutSecrets(asked.request.url ?? ""),
          status: problemTypes[code].status,
          code,
        },
        "media request refused",
      );
    },
    done(asked, more = []) {
      send(asked, 204, more, undefined);
    },
    signalling(asked, status, answer, headers) {
      const body = sdpFor(asked.request, answer);
      const length = String(Buffer.byteLength(body));
      send(asked, status, ["content-length", length, "cache-control", "no-store", ...headers], body);
    },
    preflight(asked) {
      const headers = [
        "access-control-allow-methods",
        "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers",
        "authorization, content-type, if-match, range",
        "access-control-max-age",
        "86400",
      ];
      // RFC 9725 §4.2: what the door takes.
      if (asked.kind === "whep") headers.push("accept-post", "application/sdp");
      send(asked, 204, headers, undefined);
    },
    requestIdOf: (request) => names.requestIdOf(request),
    abort(response) {
      response.destroy();
      observer.failed();
    },
    nowMs: () => observer.nowMs(),
    get bytesSent() {
      return bytesSent;
    },
  };
}
