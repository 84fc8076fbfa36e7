// Answers a request whose token is good: which bytes of the log, now or when they exist. Blocking reload is here
// (RFC 8216bis §6.2.5.2). Does not know tokens.
import { logHeader, logHeaderText } from "../../shared/protocol/log-header.ts";
import { adviceHeader, adviceMove } from "../../shared/protocol/advice-header.ts";
import type { LiveStreamReader, PlaylistTemplate, RenditionReader, Waiter, WakeReason } from "../live/live-log.ts";
import type { CopyStatus } from "../replication/replication.ts";
import { createBlockedRequests } from "./blocked-requests.ts";
import type { BlockedRequest } from "./blocked-requests.ts";
import type { DeliveryDirectives, ReadableResource } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import type { Asked } from "./response-observer.ts";

/** The live log, as far as the reader needs it. */
export interface StreamLookup {
  get(path: string): LiveStreamReader | undefined;
}

/** Copies of other nodes' streams, as far as the reader needs them. */
export interface CopyLookup {
  /** Somebody needs this stream here. Resolves when it can be played, or when that is not so within `timeoutMs` or nobody has it. */
  want(path: string, timeoutMs: number): Promise<unknown>;
  /** Undefined for a stream whose origin this node is. */
  copyOf(path: string): Pick<CopyStatus, "state" | "lagS" | "lineage"> | undefined;
}

export interface MediaReaderDeps {
  readonly nodeId: string;
  readonly streams: StreamLookup;
  readonly copies: CopyLookup;
  /** Of a node that is being emptied, so that playlists tell this viewer to go elsewhere now. */
  readonly isToMove: (jti: string) => boolean;
  readonly respond: MediaResponder;
  /** A defect has ended this request. */
  readonly failed: (exchange: Exchange, error: unknown) => void;
}

/** A request that may read. */
export interface Exchange extends BlockedRequest, Asked {
  /** Of the stream. */
  readonly path: string;
  readonly resource: ReadableResource;
  readonly directives: DeliveryDirectives;
  /** Appended to child URIs; empty when the token came as a header. */
  readonly childQuery: string;
  /** True once it was held for a stream that was not there: that is done once. */
  held: boolean;
}

/** What a request that cannot be answered yet waits for, and its answers. */
interface Waiting {
  readonly wait: (wake: Waiter) => () => void;
  readonly ready: () => void;
  /** When the teacher has gone, or the time is over. */
  readonly late: () => void;
}

/** Blocked longer than this many target durations, a request gets 503 (RFC 8216bis §6.2.5.2). */
const blockingTargetDurations = 3;
/** So far may a copy be behind the node that a player came from; a playlist lists ten. */
const maxBehindSegments = 10;
/** While the publisher is away, or the upstream lost, a follower is to hear of it soon, also when it came just after that happened. */
const waitingFollowerMs = 1_000;
/** How long a viewer's request waits for a stream that is to be fetched from another node. */
const maxHoldMs = 3_000;
/** The header has nine digits before the point; a copy that is so far behind is none. */
const maxLagS = 999_999;
const moveHeader = [adviceHeader, adviceMove];

export function createMediaReader({ nodeId, streams, copies, isToMove, respond, failed }: MediaReaderDeps): (exchange: Exchange) => void {
  const requests = createBlockedRequests<Exchange>(failed);

  function serve(exchange: Exchange): void {
    const { path, resource } = exchange;
    const stream = streams.get(path);
    if (!stream) return hold(exchange) ? undefined : respond.problem(exchange, "no_such_stream");
    if (resource.kind === "multivariant") {
      if (!stream.playable) return hold(exchange) ? undefined : notReady(exchange);
      return sendPlaylist(exchange, stream, stream.multivariant());
    }
    const rendition = stream.rendition(resource.rendition);
    if (!rendition) {
      if (!stream.playable && hold(exchange)) return undefined;
      return respond.problem(exchange, "not_found", `there is no rendition ${resource.rendition}`);
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
    const { directives } = exchange;
    const { msn, part, skip } = directives;
    if (Number.isNaN(msn) || Number.isNaN(part))
      return respond.problem(exchange, "malformed_request", "_HLS_msn and _HLS_part are whole numbers");
    if (msn === undefined) {
      if (part !== undefined) return respond.problem(exchange, "malformed_request", "_HLS_part needs _HLS_msn");
      if (!rendition.playable) return hold(exchange) ? undefined : notReady(exchange);
      return sendPlaylist(exchange, stream, rendition.playlist({ skip }));
    }
    const verdict = rendition.request(msn, part);
    switch (verdict) {
      case "ready":
        return sendPlaylist(exchange, stream, rendition.playlist({ skip }));
      case "too_far":
      case "wait":
        if (verdict === "too_far" && !mayComeSoon(exchange, rendition, msn)) return respond.problem(exchange, "blocking_too_far");
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
        return respond.problem(exchange, "no_such_segment");
      case "wait":
        return block(exchange, stream, {
          wait: (wake) => rendition.waitForPart(msn, part, wake),
          ready: () => sendMedia(exchange, "part", rendition.part(msn, part)),
          late: () => notReady(exchange),
        });
    }
  }

  /** Keeps the request until the log has what it asks for, the viewer goes, the teacher goes, or the time of the RFC is over. */
  function block(exchange: Exchange, stream: LiveStreamReader, { wait, ready, late }: Waiting): void {
    const longestMs = Math.max(1, stream.targetDurationS) * blockingTargetDurations * 1_000;
    const withinMs = exchange.isFollower && stateOf(stream) === "waiting" ? waitingFollowerMs : longestMs;
    if (!requests.block(exchange, wait, withinMs, answer)) tooManyBlocked(exchange);

    function answer(reason: WakeReason, sinceMs = respond.nowMs()): void {
      exchange.sinceMs = sinceMs;
      switch (reason) {
        case "ready":
          return ready();
        case "waiting":
          return late();
        case "closed":
          return respond.problem(exchange, "no_such_stream");
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
    if (exchange.isFollower || exchange.held) return false;
    exchange.held = true;
    const wanted = () => copies.want(exchange.path, maxHoldMs);
    const arrived = () => {
      exchange.sinceMs = respond.nowMs();
      serve(exchange);
    };
    if (!requests.hold(exchange, wanted, arrived)) tooManyBlocked(exchange);
    return true;
  }

  function tooManyBlocked(exchange: Exchange): void {
    respond.problem(exchange, "stream_not_ready", "too many blocked requests with this token", 1);
  }

  function sendPlaylist(exchange: Exchange, stream: LiveStreamReader, template: PlaylistTemplate): void {
    const { childQuery, isFollower, caller } = exchange;
    const body = childQuery === "" ? template.bare : template.pieces.join(childQuery);
    const more = isFollower ? [logHeader, logStatus(stream)] : isToMove(caller) ? moveHeader : undefined;
    respond.playlist(exchange, body, more);
  }

  /** What a follower must know beside the playlist: see log-header.ts. */
  function logStatus(stream: LiveStreamReader): string {
    const copy = copies.copyOf(stream.path);
    const state = stateOf(stream, copy);
    const above = copy?.lineage ?? [];
    return logHeaderText({ epoch: stream.epoch, state, lagS: Math.min(copy?.lagS ?? 0, maxLagS), lineage: [nodeId, ...above] });
  }

  function stateOf(stream: LiveStreamReader, copy = copies.copyOf(stream.path)): "live" | "waiting" {
    return stream.state === "live" && (copy === undefined || copy.state === "live") ? "live" : "waiting";
  }

  function sendMedia(exchange: Exchange, kind: "init" | "segment" | "part", media: ReturnType<RenditionReader["segment"]>): void {
    if (media) respond.media(exchange, kind, media);
    else respond.problem(exchange, "no_such_segment");
  }

  /** 503 with Retry-After, never 404: hls.js does not try a 4xx again. */
  function notReady(exchange: Exchange): void {
    respond.problem(exchange, "stream_not_ready", "the teacher has not started, or paused", 1);
  }

  return serve;
}
