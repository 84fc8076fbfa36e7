// The WebRTC door of the viewers' port in HTTP (draft-ietf-wish-whep, which is RFC 9725 turned round): POST an offer, PATCH a
// candidate, DELETE. Of our own are POST …/token, by which a player says that it is there and under which token, and POST …/end,
// a DELETE for pages that are closed. Who may is asked before; what a session is, the room `whep` knows.
import { adviceHeader, adviceMove } from "../../shared/protocol/advice-header.ts";
import type { SessionRefusal } from "../whep/whep-refusals.ts";
import type { PatchResult, SessionClaims, WhepSessions } from "../whep/whep-sessions.ts";
import { maxSdpBytes } from "../whep/signalling-client.ts";
import type { SdpAnswer } from "../whep/signalling-client.ts";
import type { WhepResource } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import { readBody, refuseUnread } from "./request-body.ts";
import type { Asked } from "./response-observer.ts";

export type WhepSessionsPort = Pick<WhepSessions, "open" | "patch" | "close" | "renew" | "has">;

export interface WhepEndpointDeps {
  /** Undefined on a node without WebRTC. */
  readonly sessions: WhepSessionsPort | undefined;
  readonly respond: MediaResponder;
  readonly isToMove: (jti: string) => boolean;
  readonly failed: (asked: Asked, error: unknown) => void;
}

export interface WhepEndpoint {
  /** Whether a request needs a viewer's token: who knows the random name of a session may change and end it (RFC 9725 §5 calls it unguessable). */
  needsToken(resource: WhepResource): boolean;
  /** @param claims of the token, where one was needed. True: it was a viewer's. */
  handle(asked: Asked, path: string, resource: WhepResource, claims: SessionClaims | undefined): boolean;
}

const maxFragmentBytes = 16 * 1024;

export function createWhepEndpoint({ sessions, respond, isToMove, failed }: WhepEndpointDeps): WhepEndpoint {
  const refuse = (asked: Asked, { code, detail, retryAfterS }: SessionRefusal): void => respond.problem(asked, code, detail, retryAfterS);
  const isOpen = ({ response }: Asked): boolean => !response.destroyed && !response.writableEnded;

  /** A defect of ours ends this request only. */
  function settle<Result>(asked: Asked, work: Promise<Result>, answer: (result: Result) => void): void {
    work.then(answer).catch((error: unknown) => failed(asked, error));
  }

  const typeOf = ({ request }: Asked): string => (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

  function wrongType(asked: Asked, wanted: string): boolean {
    if (typeOf(asked) === wanted) return false;
    refuseUnread(asked, () => respond.problem(asked, "unsupported_media_type", `send ${wanted}`));
    return true;
  }

  function open(asked: Asked, door: WhepSessionsPort, claims: SessionClaims): void {
    if (wrongType(asked, "application/sdp")) return;
    readBody(asked, maxSdpBytes, respond, (body) =>
      settle(asked, door.open(claims, body.toString("utf8")), (result) => {
        if (!result.ok) return isOpen(asked) && refuse(asked, result);
        // Who has gone meanwhile cannot end what he never heard of.
        if (!isOpen(asked)) return void door.close(claims.path, result.id);
        // Relative to the request, so that it is right below any prefix of a door (RFC 9110 §10.2.2).
        const headers = ["content-type", "application/sdp", "location", `whep/${result.id}`, ...moreOf(result)];
        respond.signalling(asked, 201, result.body, headers);
      }),
    );
  }

  function patch(asked: Asked, door: WhepSessionsPort, path: string, id: string): void {
    if (wrongType(asked, "application/trickle-ice-sdpfrag")) return;
    const ifMatch = asked.request.headers["if-match"];
    readBody(asked, maxFragmentBytes, respond, (body) =>
      settle(asked, door.patch(path, id, body.toString("utf8"), ifMatch), (result) => isOpen(asked) && patched(asked, result)),
    );
  }

  function patched(asked: Asked, result: PatchResult): void {
    if (!result.ok) refuse(asked, result);
    else if (result.status === 204) respond.done(asked);
    else respond.signalling(asked, 200, result.body, ["content-type", "application/trickle-ice-sdpfrag", ...moreOf(result)]);
  }

  function end(asked: Asked, door: WhepSessionsPort, path: string, id: string): void {
    asked.request.resume();
    settle(asked, door.close(path, id), () => isOpen(asked) && respond.signalling(asked, 200, "", []));
  }

  function renew(asked: Asked, door: WhepSessionsPort, id: string, claims: SessionClaims): void {
    asked.request.resume();
    if (door.renew(claims.path, id, claims)) respond.done(asked, isToMove(claims.jti) ? [adviceHeader, adviceMove] : []);
    else respond.problem(asked, "no_such_session");
  }

  return {
    needsToken: ({ session, verb }) => session === undefined || verb === "token",
    handle(asked, path, { session, verb }, claims) {
      const { method } = asked.request;
      const isRight = session !== undefined && verb === undefined ? method === "PATCH" || method === "DELETE" : method === "POST";
      // RFC 9725 §4.2 keeps the others for later.
      if (!isRight) refuseUnread(asked, () => respond.problem(asked, "method_not_allowed"));
      else if (!sessions) refuseUnread(asked, () => respond.problem(asked, "not_found", "this node has no WebRTC"));
      else if (session === undefined) {
        if (claims) open(asked, sessions, claims);
      } else if (verb === "token") {
        if (claims) renew(asked, sessions, session, claims);
      } else {
        const isKnown = sessions.has(path, session);
        if (!isKnown) refuseUnread(asked, () => respond.problem(asked, "no_such_session"));
        else if (method === "PATCH") patch(asked, sessions, path, session);
        else end(asked, sessions, path, session);
        return isKnown;
      }
      return claims !== undefined;
    },
  };
}

function moreOf({ etag, link }: SdpAnswer): string[] {
  return [...(etag === undefined ? [] : ["etag", etag]), ...(link === undefined ? [] : ["link", link])];
}
