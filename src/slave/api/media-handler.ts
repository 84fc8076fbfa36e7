// GET on the media port: whose token, which resource, now or when it exists. Blocking reload is here (RFC 8216bis §6.2.5.2).
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { withoutSecrets } from "../../shared/logging/logger.ts";
import type { LiveStreamReader, PlaylistTemplate, RenditionReader, WakeReason } from "../live/live-log.ts";
import { parseDirectives, parseMediaPath } from "./media-request.ts";
import type { DeliveryDirectives, MediaTarget } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import type { ConnectionMemory, ViewerGate } from "./viewer-gate.ts";

/** The live log, as far as the handler needs it. */
export interface StreamLookup {
  get(path: string): LiveStreamReader | undefined;
}

export interface MediaHandlerDeps {
  readonly nodeId: string;
  readonly gate: ViewerGate;
  readonly streams: StreamLookup;
  readonly respond: MediaResponder;
  readonly logger: Pick<Logger, "error">;
}

/** One request on its way through the handler. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly directives: DeliveryDirectives;
  /** Whose token it came with (jti). */
  readonly viewer: string;
  /** Appended to child URIs; empty when the token came as a header. */
  readonly childQuery: string;
}

/** What a request that cannot be answered yet waits for, and its answers. */
interface Blocked {
  readonly wait: (wake: (reason: WakeReason) => void) => () => void;
  readonly ready: () => void;
  /** When the teacher has gone, or the time is over. */
  readonly late: () => void;
}

/** Blocked longer than this many target durations, a request gets 503 (RFC 8216bis §6.2.5.2). */
const blockingTargetDurations = 3;
/** A player has a playlist and a part or two per rendition blocked; pipelining, one viewer could take every place there is. */
const maxBlockedPerViewer = 32;

/** What it makes returns whether the request came with a good token. */
export function createMediaHandler({
  nodeId,
  gate,
  streams,
  respond,
  logger,
}: MediaHandlerDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const targets = createTargetCache();
  const memories = new WeakMap<object, ConnectionMemory>();
  const blockedByViewer = createCounter();

  function memoryOf(connection: object): ConnectionMemory {
    let memory = memories.get(connection);
    if (!memory) {
      memory = { token: undefined, claims: undefined, keySetVersion: undefined };
      memories.set(connection, memory);
    }
    return memory;
  }

  return function handleSafely(request, response) {
    try {
      return handle(request, response);
    } catch (error) {
      failed(request, response, error);
      return false;
    }
  };

  /** A defect of ours that a request has found ends this request, not the class. */
  function failed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    logger.error({ err: error, method: request.method, url: withoutSecrets(request.url ?? "") }, "a media request failed");
    response.destroy();
  }

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method === "OPTIONS") {
      respond.preflight(request, response);
      return false;
    }
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(request, response, "method_not_allowed");
    const url = request.url ?? "/";
    const queryAt = url.indexOf("?");
    const target = targets.get(queryAt === -1 ? url : url.slice(0, queryAt));
    if (!target) return refuse(request, response, "not_found");
    const directives = parseDirectives(queryAt === -1 ? "" : url.slice(queryAt + 1));
    const token = directives.jwt ?? bearerToken(request.headers.authorization);
    if (target.nodeId !== undefined && target.nodeId !== nodeId) return refuse(request, response, "wrong_node");

    const memory = memoryOf(request.socket);
    const verdict = gate.check(token, target.path, memory, () => request.socket.remoteAddress ?? "");
    if (!verdict.ok) return refuse(request, response, verdict.code, verdict.detail, verdict.retryAfterS);

    const stream = streams.get(target.path);
    if (!stream) {
      respond.problem(request, response, "no_such_stream");
      return true;
    }
    const childQuery = directives.jwt === undefined ? "" : `?jwt=${directives.jwt}`;
    serve({ request, response, directives, viewer: memory.claims?.jti ?? "", childQuery }, target, stream);
    return true;
  }

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    ...problem: [code: ProblemCode, detail?: string, retryAfterS?: number]
  ) {
    respond.problem(request, response, ...problem);
    return false;
  }

  function serve(exchange: Exchange, { resource }: MediaTarget, stream: LiveStreamReader): void {
    const { request, response } = exchange;
    if (resource.kind === "multivariant") {
      if (!stream.playable) return notReady(exchange);
      return sendPlaylist(exchange, stream.multivariant());
    }
    const rendition = stream.rendition(resource.rendition);
    if (!rendition) return respond.problem(request, response, "not_found", `there is no rendition ${resource.rendition}`);
    switch (resource.kind) {
      case "playlist":
        return servePlaylist(exchange, stream, rendition);
      case "part":
        return servePart(exchange, stream, rendition, resource);
      case "segment":
        return sendMedia(exchange, "segment", rendition.segment(resource.msn));
      case "init":
        return sendMedia(exchange, "init", rendition.init(resource.id));
    }
  }

  function servePlaylist(exchange: Exchange, stream: LiveStreamReader, rendition: RenditionReader): void {
    const { request, response, directives } = exchange;
    const { msn, part, skip } = directives;
    if (Number.isNaN(msn) || Number.isNaN(part))
      return respond.problem(request, response, "malformed_request", "_HLS_msn and _HLS_part are whole numbers");
    if (msn === undefined) {
      if (part !== undefined) return respond.problem(request, response, "malformed_request", "_HLS_part needs _HLS_msn");
      if (!rendition.playable) return notReady(exchange);
      return sendPlaylist(exchange, rendition.playlist({ skip }));
    }
    switch (rendition.request(msn, part)) {
      case "too_far":
        return respond.problem(request, response, "blocking_too_far");
      case "ready":
        return sendPlaylist(exchange, rendition.playlist({ skip }));
      case "wait":
        return block(exchange, stream, {
          wait: (wake) => rendition.wait(msn, part, wake),
          ready: () => sendPlaylist(exchange, rendition.playlist({ skip })),
          // The teacher is away: the playlist as it stands keeps players alive, which an error at each turn might not.
          late: () =>
            stream.state === "waiting" && rendition.playable ? sendPlaylist(exchange, rendition.playlist({ skip })) : notReady(exchange),
        });
    }
  }

  function servePart(
    exchange: Exchange,
    stream: LiveStreamReader,
    rendition: RenditionReader,
    { msn, part }: { msn: number; part: number },
  ): void {
    switch (rendition.partRequest(msn, part)) {
      case "ready":
        return sendMedia(exchange, "part", rendition.part(msn, part));
      case "missing":
        return respond.problem(exchange.request, exchange.response, "no_such_segment");
      case "wait":
        return block(exchange, stream, {
          wait: (wake) => rendition.waitForPart(msn, part, wake),
          ready: () => sendMedia(exchange, "part", rendition.part(msn, part)),
          late: () => notReady(exchange),
        });
    }
  }

  /** Holds the request until the log has what it asks for, the viewer goes, the teacher goes, or the time of the RFC is over. */
  function block(exchange: Exchange, stream: LiveStreamReader, { wait, ready, late }: Blocked): void {
    const { request, response, viewer } = exchange;
    if (blockedByViewer.of(viewer) >= maxBlockedPerViewer)
      return respond.problem(request, response, "stream_not_ready", "too many blocked requests with this token", 1);
    blockedByViewer.add(viewer, 1);
    const cancel = wait(answer);
    const deadline = setTimeout(() => answer("waiting"), Math.max(1, stream.targetDurationS) * blockingTargetDurations * 1_000);
    response.once("close", leave);

    /** Runs once, whichever comes first: the log, the deadline or the end of the connection. */
    function leave(): void {
      clearTimeout(deadline);
      response.off("close", leave);
      blockedByViewer.add(viewer, -1);
      cancel();
    }

    function answer(reason: WakeReason): void {
      leave();
      if (response.destroyed || response.writableEnded) return;
      try {
        answerWith(reason);
      } catch (error) {
        failed(request, response, error);
      }
    }

    function answerWith(reason: WakeReason): void {
      switch (reason) {
        case "ready":
          return ready();
        case "waiting":
          return late();
        case "closed":
          return respond.problem(request, response, "no_such_stream");
        case "replaced":
        case "overloaded":
          return notReady(exchange);
      }
    }
  }

  function sendPlaylist({ request, response, childQuery }: Exchange, template: PlaylistTemplate): void {
    respond.playlist(request, response, childQuery === "" ? template.bare : template.pieces.join(childQuery));
  }

  function sendMedia(
    { request, response }: Exchange,
    kind: "init" | "segment" | "part",
    media: ReturnType<RenditionReader["segment"]>,
  ): void {
    if (media) respond.media(request, response, kind, media);
    else respond.problem(request, response, "no_such_segment");
  }

  /** 503 with Retry-After, never 404: hls.js does not try a 4xx again. */
  function notReady({ request, response }: Exchange): void {
    respond.problem(request, response, "stream_not_ready", "the teacher has not started, or paused", 1);
  }
}

/** Counts by key; keys at 0 are forgotten. */
function createCounter(): { of(key: string): number; add(key: string, amount: number): void } {
  const counts = new Map<string, number>();
  return {
    of: (key) => counts.get(key) ?? 0,
    add(key, amount) {
      const count = (counts.get(key) ?? 0) + amount;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    },
  };
}

/** Thousands of viewers ask for the same few paths: each is parsed once. Bounded; what is refused is not kept. */
function createTargetCache(maxTargets = 2_000): { get(pathname: string): MediaTarget | undefined } {
  const parsed = new Map<string, MediaTarget>();
  return {
    get(pathname) {
      const known = parsed.get(pathname);
      if (known) return known;
      const target = parseMediaPath(pathname);
      if (target) {
        if (parsed.size >= maxTargets) parsed.clear();
        parsed.set(pathname, target);
      }
      return target;
    },
  };
}
