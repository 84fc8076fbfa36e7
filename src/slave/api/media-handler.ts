// A request to the media port: whose token, which resource, now or when it exists. Blocking reload is here (RFC 8216bis §6.2.5.2).
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { withoutSecrets } from "../../shared/logging/logger.ts";
import { epochHeader, logHeader, logHeaderText } from "../../shared/protocol/log-header.ts";
import { adviceHeader, adviceMove } from "../../shared/protocol/player-messages.ts";
import type { LiveStreamReader, PlaylistTemplate, RenditionReader, WakeReason } from "../live/live-log.ts";
import type { CopyStatus } from "../replication/replication.ts";
import { parseDirectives, parseMediaPath } from "./media-request.ts";
import type { DeliveryDirectives, MediaTarget, ReadableResource } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import type { Caller } from "./media-server.ts";
import type { ConnectionMemory, ViewerGate } from "./viewer-gate.ts";

/** The live log, as far as the handler needs it. */
export interface StreamLookup {
  get(path: string): LiveStreamReader | undefined;
}

/** Copies of other nodes' streams, as far as the handler needs them. */
export interface Copies {
  /** Somebody needs this stream here. Resolves when it can be played, or when that is not so within `timeoutMs` or nobody has it. */
  want(path: string, timeoutMs: number): Promise<unknown>;
  /** Undefined for a stream whose origin this node is. */
  copyOf(path: string): Pick<CopyStatus, "upstream" | "state" | "lagS" | "lineage"> | undefined;
  /** A node reads this stream here; `epoch` is the highest that it has heard of, where it says so. */
  followedBy(path: string, nodeId: string, epoch: number | undefined): void;
}

export interface MediaHandlerDeps {
  readonly nodeId: string;
  readonly gate: ViewerGate;
  readonly streams: StreamLookup;
  readonly copies: Copies;
  /** Of a node that is being emptied, so that playlists tell this viewer to go elsewhere now. */
  readonly isToMove: (jti: string) => boolean;
  readonly report: (request: IncomingMessage, response: ServerResponse, path: string, jti: string) => void;
  readonly respond: MediaResponder;
  readonly logger: Pick<Logger, "error">;
}

/** One request on its way through the handler. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the stream. */
  readonly path: string;
  readonly resource: ReadableResource;
  readonly directives: DeliveryDirectives;
  /** Whose token it came with (jti); of a follower its node id. */
  readonly caller: string;
  /** True for a node that keeps a copy, false for a viewer. */
  readonly isFollower: boolean;
  /** Appended to child URIs; empty when the token came as a header. */
  readonly childQuery: string;
  /** True once it was held for a stream that was not there: that is done once. */
  held: boolean;
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
/** A follower has two for each rendition of each stream. */
const maxBlockedPerFollower = 1_024;
/** So far may a copy be behind the node that a player came from; a playlist lists ten. */
const maxBehindSegments = 10;
/** While the publisher is away, or the upstream lost, a follower is to hear of it soon, also when it came just after that happened. */
const waitingFollowerMs = 1_000;
/** How long a viewer's request waits for a stream that is to be fetched from another node. */
const maxHoldMs = 3_000;
/** The header has nine digits before the point; a copy that is so far behind is none. */
const maxLagS = 999_999;
const moveHeader = [adviceHeader, adviceMove];

/** What it makes returns who has shown a good token. */
export function createMediaHandler(deps: MediaHandlerDeps): (request: IncomingMessage, response: ServerResponse) => Caller {
  const { nodeId, gate, streams, copies, isToMove, report, respond, logger } = deps;
  const targets = createTargetCache();
  const memories = new WeakMap<object, ConnectionMemory>();
  const blockedByViewer = createCounter();
  const blockedByFollower = createCounter();

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
      return "stranger";
    }
  };

  /** A defect of ours that a request has found ends this request, not the class. */
  function failed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    logger.error({ err: error, method: request.method, url: withoutSecrets(request.url ?? "") }, "a media request failed");
    response.destroy();
  }

  function handle(request: IncomingMessage, response: ServerResponse): Caller {
    if (request.method === "OPTIONS") {
      respond.preflight(request, response);
      return "stranger";
    }
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!reads && request.method !== "POST") return refuse(request, response, "method_not_allowed");
    const url = request.url ?? "/";
    const queryAt = url.indexOf("?");
    const target = targets.get(queryAt === -1 ? url : url.slice(0, queryAt));
    if (reads === (target?.resource.kind === "report")) return refuse(request, response, "method_not_allowed");
    if (!target) return refuse(request, response, "not_found");
    const directives = parseDirectives(queryAt === -1 ? "" : url.slice(queryAt + 1));
    const token = directives.jwt ?? bearerToken(request.headers.authorization);
    if (target.nodeId !== undefined && target.nodeId !== nodeId) return refuse(request, response, "wrong_node");

    const memory = memoryOf(request.socket);
    const verdict = gate.check(token, target.path, memory, () => request.socket.remoteAddress ?? "");
    if (!verdict.ok) return refuse(request, response, verdict.code, verdict.detail, verdict.retryAfterS);

    const { follower } = verdict;
    if (follower !== undefined) {
      // In a URL it would be copied into the playlist, and from there into logs.
      if (directives.jwt !== undefined) return refuse(request, response, "credential_invalid", "send it as a bearer header");
      copies.followedBy(target.path, follower, wholeNumber(request.headers[epochHeader]));
    }
    const isFollower = follower !== undefined;
    const { path, resource } = target;
    if (resource.kind === "report") {
      if (isFollower) return refuse(request, response, "wrong_action");
      report(request, response, path, memory.claims?.jti ?? "");
      return "viewer";
    }
    const caller = follower ?? memory.claims?.jti ?? "";
    const childQuery = directives.jwt === undefined ? "" : `?jwt=${directives.jwt}`;
    serve({ request, response, path, resource, directives, caller, isFollower, childQuery, held: false });
    return isFollower ? "follower" : "viewer";
  }

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    ...problem: [code: ProblemCode, detail?: string, retryAfterS?: number]
  ): Caller {
    respond.problem(request, response, ...problem);
    return "stranger";
  }

  function serve(exchange: Exchange): void {
    const { request, response, path, resource } = exchange;
    const stream = streams.get(path);
    if (!stream) return hold(exchange) ? undefined : respond.problem(request, response, "no_such_stream");
    if (resource.kind === "multivariant") {
      if (!stream.playable) return hold(exchange) ? undefined : notReady(exchange);
      return sendPlaylist(exchange, stream, stream.multivariant());
    }
    const rendition = stream.rendition(resource.rendition);
    if (!rendition) {
      if (!stream.playable && hold(exchange)) return undefined;
      return respond.problem(request, response, "not_found", `there is no rendition ${resource.rendition}`);
    }
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
      if (!rendition.playable) return hold(exchange) ? undefined : notReady(exchange);
      return sendPlaylist(exchange, stream, rendition.playlist({ skip }));
    }
    const verdict = rendition.request(msn, part);
    switch (verdict) {
      case "ready":
        return sendPlaylist(exchange, stream, rendition.playlist({ skip }));
      case "too_far":
      case "wait":
        if (verdict === "too_far" && !mayComeSoon(exchange, rendition, msn)) return respond.problem(request, response, "blocking_too_far");
        return block(exchange, stream, {
          wait: (wake) => rendition.wait(msn, part, wake),
          ready: () => sendPlaylist(exchange, stream, rendition.playlist({ skip })),
          // The teacher is away: the playlist as it stands keeps players alive, which an error at each turn might not.
          // A follower reads from it in any case how the log stands.
          late: () =>
            (stream.state === "waiting" || exchange.isFollower) && rendition.playable
              ? sendPlaylist(exchange, stream, rendition.playlist({ skip }))
              : notReady(exchange),
        });
    }
  }

  /** A copy that has just been begun is behind; a player that comes from another node asks for what it would get next there. */
  function mayComeSoon({ path, isFollower }: Exchange, rendition: RenditionReader, msn: number): boolean {
    return !isFollower && msn <= rendition.lastMsn + maxBehindSegments && copies.copyOf(path) !== undefined;
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
    const { request, response, caller, isFollower } = exchange;
    const blocked = isFollower ? blockedByFollower : blockedByViewer;
    if (blocked.of(caller) >= (isFollower ? maxBlockedPerFollower : maxBlockedPerViewer)) return tooManyBlocked(exchange);
    blocked.add(caller, 1);
    const cancel = wait(answer);
    const longestMs = Math.max(1, stream.targetDurationS) * blockingTargetDurations * 1_000;
    const isWaiting = isFollower && stateOf(stream) === "waiting";
    const deadline = setTimeout(() => answer("waiting"), isWaiting ? waitingFollowerMs : longestMs);
    response.once("close", leave);

    /** Runs once, whichever comes first: the log, the deadline or the end of the connection. */
    function leave(): void {
      clearTimeout(deadline);
      response.off("close", leave);
      blocked.add(caller, -1);
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
          // Another log is in its place: what was asked for may be there in a moment.
          return hold(exchange) ? undefined : notReady(exchange);
        case "overloaded":
          return notReady(exchange);
      }
    }
  }

  /**
   * Keeps a viewer's request until the stream can be played here, then looks everything up again; true when it is kept or
   * answered. A follower is not kept: it would wait for what comes from itself.
   */
  function hold(exchange: Exchange): boolean {
    const { caller, isFollower } = exchange;
    if (isFollower || exchange.held) return false;
    exchange.held = true;
    if (blockedByViewer.of(caller) >= maxBlockedPerViewer) {
      tooManyBlocked(exchange);
      return true;
    }
    blockedByViewer.add(caller, 1);
    void serveWhenHere(exchange);
    return true;
  }

  async function serveWhenHere(exchange: Exchange): Promise<void> {
    const { request, response, caller, path } = exchange;
    try {
      await copies.want(path, maxHoldMs);
      if (!response.destroyed && !response.writableEnded) serve(exchange);
    } catch (error) {
      failed(request, response, error);
    } finally {
      blockedByViewer.add(caller, -1);
    }
  }

  function tooManyBlocked({ request, response }: Exchange): void {
    respond.problem(request, response, "stream_not_ready", "too many blocked requests with this token", 1);
  }

  function sendPlaylist(exchange: Exchange, stream: LiveStreamReader, template: PlaylistTemplate): void {
    const { request, response, childQuery, isFollower, caller } = exchange;
    const body = childQuery === "" ? template.bare : template.pieces.join(childQuery);
    const more = isFollower ? [logHeader, logStatus(stream)] : isToMove(caller) ? moveHeader : undefined;
    respond.playlist(request, response, body, more);
  }

  /** What a follower must know beside the playlist: see log-header.ts. */
  function logStatus(stream: LiveStreamReader): string {
    const copy = copies.copyOf(stream.path);
    const state = stateOf(stream, copy);
    const above = copy === undefined ? [] : copy.lineage.length > 0 ? copy.lineage : [copy.upstream];
    return logHeaderText({ epoch: stream.epoch, state, lagS: Math.min(copy?.lagS ?? 0, maxLagS), lineage: [nodeId, ...above] });
  }

  function stateOf(stream: LiveStreamReader, copy = copies.copyOf(stream.path)): "live" | "waiting" {
    return stream.state === "live" && (copy === undefined || copy.state === "live") ? "live" : "waiting";
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

/** Of a request header; undefined for anything but a whole number. */
const wholeNumber = (header: string | readonly string[] | undefined): number | undefined =>
  typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

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
