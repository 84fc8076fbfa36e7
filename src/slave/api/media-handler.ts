// A request to the media port: what is asked for, and whose token it comes with. What a good one gets is in media-reader.ts.
import type { IncomingMessage, ServerResponse } from "node:http";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { withoutSecrets } from "../../shared/logging/logger.ts";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import { createMediaReader } from "./media-reader.ts";
import type { CopyLookup, StreamLookup } from "./media-reader.ts";
import { parseDirectives } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import type { Caller } from "./media-server.ts";
import type { MediaResource } from "./media-request.ts";
import type { Asked, RequestKind } from "./response-observer.ts";
import { createTargetCache } from "./target-cache.ts";
import type { ConnectionMemory, ViewerGate } from "./viewer-gate.ts";
import { createWhepEndpoint } from "./whep-endpoint.ts";
import type { WhepSessionsPort } from "./whep-endpoint.ts";
import { createWhipEndpoint } from "./whip-endpoint.ts";
import type { WhipPort } from "./whip-endpoint.ts";

export interface Copies extends CopyLookup {
  /** Another node reads this stream here; `epoch` is the highest that it has heard of. */
  followedBy(path: string, epoch: number): void;
}

export interface MediaHandlerDeps {
  readonly nodeId: string;
  readonly gate: ViewerGate;
  readonly streams: StreamLookup;
  readonly copies: Copies;
  /** Of a node that is being emptied, so that playlists tell this viewer to go elsewhere now. */
  readonly isToMove: (jti: string) => boolean;
  /** Address of who asks, by which bad tokens are counted. */
  readonly clientOf: (request: IncomingMessage) => string;
  readonly report: (asked: Asked, path: string, jti: string) => void;
  /** Undefined on a node without WebRTC. */
  readonly whep?: WhepSessionsPort | undefined;
  readonly whip?: WhipPort | undefined;
  readonly respond: MediaResponder;
  readonly logger: Pick<Logger, "error">;
}

/** What it makes returns who has shown a good token. */
export function createMediaHandler(deps: MediaHandlerDeps): (request: IncomingMessage, response: ServerResponse) => Caller {
  const { nodeId, gate, streams, copies, isToMove, clientOf, report, respond, logger } = deps;
  const targets = createTargetCache();
  const whep = createWhepEndpoint({
    sessions: deps.whep,
    respond,
    isToMove,
    failed: ({ request, response }, error) => failed(request, response, error),
  });
  const whip = createWhipEndpoint({
    door: deps.whip,
    respond,
    clientOf,
    failed: ({ request, response }, error) => failed(request, response, error),
  });
  const memories = new WeakMap<object, ConnectionMemory>();
  const read = createMediaReader({
    nodeId,
    streams,
    copies,
    isToMove,
    respond,
    failed: ({ request, response }, error) => failed(request, response, error),
  });

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
    const id = respond.requestIdOf(request);
    logger.error({ request: id, err: error, method: request.method, url: withoutSecrets(request.url ?? "") }, "a media request failed");
    respond.abort(response);
  }

  function handle(request: IncomingMessage, response: ServerResponse): Caller {
    const sinceMs = respond.nowMs();
    const { method } = request;
    const url = request.url ?? "/";
    const queryAt = url.indexOf("?");
    const target = targets.get(queryAt === -1 ? url : url.slice(0, queryAt));
    const reads = method === "GET" || method === "HEAD";
    const isWebRtc = target?.resource.kind === "whep" || target?.resource.kind === "whip";
    const kind = target && (reads || isWebRtc || method === "POST") ? kindOf(target.resource) : "other";
    const asked: Asked = { request, response, kind, sinceMs };
    if (method === "OPTIONS") {
      respond.preflight(asked);
      return "stranger";
    }
    if (!isWebRtc && (reads ? kind === "report" : method !== "POST" || kind !== "report")) return refuse(asked, "method_not_allowed");
    if (!target) return refuse(asked, "not_found");
    const directives = parseDirectives(queryAt === -1 ? "" : url.slice(queryAt + 1));
    const token = directives.jwt ?? bearerToken(request.headers.authorization);
    if (target.nodeId !== undefined && target.nodeId !== nodeId) return refuse(asked, "wrong_node");
    if (target.resource.kind === "whip") {
      whip.handle(asked, target.path, target.resource, queryAt === -1 ? "" : url.slice(queryAt + 1));
      return "stranger";
    }
    if (target.resource.kind === "whep" && !whep.needsToken(target.resource))
      return whep.handle(asked, target.path, target.resource, undefined) ? "viewer" : "stranger";

    const memory = memoryOf(request.socket);
    const verdict = gate.check(token, target.path, memory, () => clientOf(request));
    if (!verdict.ok) return refuse(asked, verdict.code, verdict.detail, verdict.retryAfterS);

    const { follower } = verdict;
    if (follower !== undefined) {
      // In a URL it would be copied into the playlist, and from there into logs.
      if (directives.jwt !== undefined) return refuse(asked, "credential_invalid", "send it as a bearer header");
      copies.followedBy(target.path, follower.epoch);
    }
    const isFollower = follower !== undefined;
    const { path, resource } = target;
    if (resource.kind === "report") {
      if (isFollower) return refuse(asked, "wrong_action");
      report(asked, path, memory.claims?.jti ?? "");
      return "viewer";
    }
    if (resource.kind === "whep") {
      if (isFollower) return refuse(asked, "wrong_action");
      return whep.handle(asked, path, resource, memory.claims) ? "viewer" : "stranger";
    }
    const caller = follower?.nodeId ?? memory.claims?.jti ?? "";
    const childQuery = directives.jwt === undefined ? "" : `?jwt=${directives.jwt}`;
    read({ ...asked, path, resource, directives, caller, isFollower, childQuery, held: false });
    return isFollower ? "follower" : "viewer";
  }

  function refuse(asked: Asked, ...problem: [code: ProblemCode, detail?: string, retryAfterS?: number]): Caller {
    respond.problem(asked, ...problem);
    return "stranger";
  }
}

/** Who measures makes no difference between playlists. */
const kindOf = ({ kind }: MediaResource): RequestKind => (kind === "multivariant" ? "playlist" : kind === "whip" ? "other" : kind);
