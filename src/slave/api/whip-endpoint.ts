// The WebRTC door for teachers in HTTP (WHIP, RFC 9725): POST an offer, PATCH a candidate, DELETE. What is shown with it, a stream
// key or a publish token, is checked behind it; this file only bounds, says no and passes on.
import type { IncomingMessage } from "node:http";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";
import { maxSdpBytes } from "../whep/signalling-client.ts";
import type { WhipAnswer, WhipDoor, WhipRequest } from "../whep/whip-door.ts";
import type { WhipResource } from "./media-request.ts";
import type { MediaResponder } from "./media-response.ts";
import { readBody, refuseUnread } from "./request-body.ts";
import type { Asked } from "./response-observer.ts";

export type WhipPort = Pick<WhipDoor, "pass" | "refusalOf">;

const problems: Readonly<Record<PublishRefusal, ProblemCode>> = {
  bad_name: "not_found",
  no_such_class: "no_such_class",
  class_closed: "class_closed",
  wrong_key: "token_invalid",
  bad_token: "token_invalid",
  draining: "node_busy",
  unavailable: "node_busy",
  publisher_present: "publisher_present",
};
const retryAfterS = 2;

export interface WhipEndpoint {
  /** @param query of the URL, without `?`. */
  handle(asked: Asked, path: string, resource: WhipResource, query: string): void;
}

export function createWhipEndpoint({
  door,
  respond,
  clientOf,
  failed,
}: {
  /** Undefined on a node without WebRTC. */
  readonly door: WhipPort | undefined;
  readonly respond: MediaResponder;
  readonly clientOf: (request: IncomingMessage) => string;
  readonly failed: (asked: Asked, error: unknown) => void;
}): WhipEndpoint {
  function answer(asked: Asked, passed: WhipAnswer | undefined): void {
    if (asked.response.destroyed || asked.response.writableEnded) return;
    if (!passed || passed.status >= 500)
      return respond.problem(asked, "node_busy", "the media server is busy or being started", retryAfterS);
    if (passed.status === 401)
      return respond.problem(asked, "token_invalid", "the stream key or token is not good for this class, or somebody else publishes it");
    if (passed.status === 404) return respond.problem(asked, "no_such_session");
    if (passed.status >= 400) return respond.problem(asked, "offer_unacceptable", "the media server does not take this offer");
    const { body, session, etag, contentType } = passed;
    // Relative to the request, so that it is right below any prefix of a door (RFC 9110 §10.2.2).
    const headers = [
      ...(contentType === undefined || body === "" ? [] : ["content-type", contentType]),
      ...(session === undefined ? [] : ["location", `whip/${session}`]),
      ...(etag === undefined ? [] : ["etag", etag]),
    ];
    if (passed.status === 204) respond.done(asked);
    else respond.signalling(asked, session === undefined ? 200 : 201, body, headers);
  }

  return {
    handle(asked, path, { session }, query) {
      const { request } = asked;
      const { method } = request;
      if (method !== (session === undefined ? "POST" : method === "DELETE" ? "DELETE" : "PATCH"))
        return refuseUnread(asked, () => respond.problem(asked, "method_not_allowed"));
      if (!door) return refuseUnread(asked, () => respond.problem(asked, "not_found", "this node has no WebRTC"));
      const attempt = { path, query, authorization: request.headers.authorization, remoteAddress: clientOf(request) };
      const refusal = session === undefined ? door.refusalOf(attempt) : undefined;
      if (refusal) {
        const code = problems[refusal.code];
        return refuseUnread(asked, () => respond.problem(asked, code, refusal.reason, code === "node_busy" ? retryAfterS : undefined));
      }
      readBody(asked, maxSdpBytes, respond, (body) => {
        const passed: WhipRequest = {
          ...attempt,
          method,
          session,
          ifMatch: request.headers["if-match"],
          contentType: request.headers["content-type"] ?? "",
          body: body.toString("utf8"),
        };
        door
          .pass(passed)
          .then((result) => answer(asked, result))
          .catch((error: unknown) => failed(asked, error));
      });
    },
  };
}
