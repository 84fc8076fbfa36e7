// What students' browsers call: a token for a class, and its renewal; and the keys that verify tokens. Who may, is decided in
// token-admission.ts; where, by the issuer.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { classNameOf, streamPathOf } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { RefreshRequest, TokenRequest, TokenResponse } from "../../shared/protocol/viewer-token.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { expiryToleranceS, readToken } from "../../shared/tokens/viewer-token.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { ClassRecord } from "../store/store.ts";
import type { Issued } from "../tokens/token-issuer.ts";
import type { ApiContext } from "./api-context.ts";
import { problems } from "./api-schemas.ts";
import { hlsUrlOf } from "./node-urls.ts";
import { askedBy } from "./public-url.ts";
import { createTokenAdmission } from "./token-admission.ts";

/** A school of thousands behind one address joins within seconds; a flood from one address is much more than that. */
const requestLimit = { burst: 3_000, perSecond: 200 };
const placeProblems = ["no_capacity", "no_node", "too_many_requests"] as const;

export function registerTokenRoutes(app: HttpServer, context: ApiContext): void {
  const { clock, directory, issuer, keys, reachability, registry, tokenCounters } = context;
  const admission = createTokenAdmission(context);
  const requests = createRateLimiter(requestLimit);

  app.addHook("onResponse", (_request, { problemCode }, done) => {
    if (problemCode !== undefined) tokenCounters.refused(problemCode);
    done();
  });

  async function limitRequests(request: FastifyRequest): Promise<void> {
    const retryAfterS = requests.take(senderOf(request.ip), clock.monotonicMs());
    if (retryAfterS > 0) throw new Problem("too_many_requests", "too many requests from this address", { retryAfterS });
  }

  app.post(
    "/api/token",
    {
      onRequest: limitRequests,
      bodyLimit: 8 * 1024,
      schema: {
        tags: ["tokens"],
        summary: "Join a class: a token for one node",
        description:
          "Students send the join code of the class, or nothing for an open class. `user_type: teacher` needs the admin token or the class's teacher token, `action: publish` the admin token. Where every place is taken, the answer says the place in the line (`position`); send its `ticket` with the next request to keep it. Who has not asked for 20 s is passed over until he asks again, and after 3 minutes has lost it. A request with `exclude` and without a ticket gets no place.",
        body: TokenRequest,
        response: {
          200: TokenResponse,
          ...problems(
            "admin_required",
            "not_your_class",
            "join_code_required",
            "join_code_wrong",
            "class_closed",
            "viewer_removed",
            "no_such_class",
            "invalid_input",
            ...placeProblems,
          ),
        },
      },
    },
    async (request) => {
      const { user_id: userId, user_type: userType = "student", action = "read", join_code, exclude, ticket } = request.body;
      const path = pathOf(request.body);
      const record = admission.toJoin(request, { name: classNameOf(path), userId, userType, action, joinCode: join_code });
      const carriers = directory.carriersOf(path);
      const excluded = exclude === undefined || exclude.length === 0 ? undefined : new Set(exclude);
      // Players that watch look for another node so. One that lost its node asks with its token (refresh).
      const caller = { sender: senderOf(request.ip), ticket, onlyLooks: excluded !== undefined };
      return answer(request, record, issuer.issue({ userId, userType, action, path, carriers, exclude: excluded, caller }));
    },
  );

  app.post(
    "/api/token/refresh",
    {
      onRequest: limitRequests,
      bodyLimit: 8 * 1024,
      schema: {
        tags: ["tokens"],
        summary: "Renew a viewer token before it ends, or move to another node",
        description:
          "For the same node (and with the same jti) while that takes viewers and is not excluded, else for another. Without a body, or with one.",
        security: [{ viewer: [] }],
        body: Type.Union([RefreshRequest, Type.Null()]),
        response: {
          200: TokenResponse,
          ...problems(
            "token_missing",
            "token_invalid",
            "token_expired",
            "token_revoked",
            "wrong_action",
            "class_closed",
            "viewer_removed",
            "no_such_class",
            "invalid_input",
            ...placeProblems,
          ),
        },
      },
    },
    async (request) => {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined) throw new Problem("token_missing");
      const verdict = readToken(token, keys.verifying);
      if (!verdict.ok) throw new Problem(verdict.code, verdict.detail);
      const { claims } = verdict;
      if (clock.wallMs() / 1000 > claims.exp + expiryToleranceS) throw new Problem("token_expired");
      if (claims.action !== "read") throw new Problem("wrong_action", "only viewer tokens are renewed");
      const record = admission.toRenew(claims);
      const exclude = new Set(request.body?.exclude);
      const caller = { sender: senderOf(request.ip), ...(admission.comesFirst(claims) ? { movesFrom: claims.jti } : { onlyLooks: true }) };
      // Who watches a node may say that it is not there; about others he has nothing to say but that he does not want them.
      if (exclude.has(claims.node_id)) reachability.viewerFailed(claims.node_id, claims.user_id);
      return answer(
        request,
        record,
        issuer.renew(claims, { path: claims.path, carriers: directory.carriersOf(claims.path), exclude, caller }),
      );
    },
  );

  app.get(
    "/.well-known/jwks.json",
    {
      schema: {
        tags: ["tokens"],
        summary: "Public keys that verify tokens (RFC 7517); empty with JWT_SECRET",
        response: { 200: Type.Object({ keys: Type.Array(Type.Object({ kid: Type.String() }, { additionalProperties: true })) }) },
      },
    },
    async (_request, reply) => {
      reply.header("cache-control", "public, max-age=300");
      return keys.jwks() as { keys: { kid: string }[] };
    },
  );

  /** The node can, and so can the stream's origin, from which it comes. A stream that nobody publishes yet may come from one that can. */
  function servesWebrtc(info: NodeInfo, { path, action }: TokenClaims): boolean {
    if (!info.whep || action !== "read") return false;
    const origin = directory.originOf(path);
    if (!origin) return true;
    const there = context.registry.get(origin.nodeId)?.info;
    return there?.whep === true && (origin.nodeId === info.nodeId || there.rtspPort !== 0);
  }

  function answer(request: FastifyRequest, { title }: ClassRecord, issued: Issued): TokenResponse {
    if (issued.kind === "no_capacity") {
      const { place } = issued;
      throw new Problem("no_capacity", undefined, { retryAfterS: retryAfterS(place?.position), members: { ...place } });
    }
    if (issued.kind === "no_node") {
      const detail = issued.excluded > 0 ? "every node that takes viewers was excluded" : "no slave takes viewers now";
      throw new Problem("no_node", detail, { retryAfterS: 2 });
    }
    const { token, claims, occasion } = issued;
    const node = registry.get(claims.node_id);
    if (!node) throw new Problem("no_node", "the node has just left", { retryAfterS: 1 });
    const hls = hlsUrlOf(node.info, askedBy(context.config, request));
    tokenCounters.issued(claims.action, occasion);
    return {
      token,
      token_type: "Bearer",
      expires_in: context.config.TOKEN_TTL,
      node_id: claims.node_id,
      node_name: node.info.nodeName,
      hls_url: `${hls}/${claims.path}/index.m3u8?jwt=${token}`,
      ...(servesWebrtc(node.info, claims) ? { whep_url: `${hls}/${claims.path}/whep?jwt=${token}` } : {}),
      path: claims.path,
      user_id: claims.user_id,
      user_type: claims.user_type,
      class_title: title,
    };
  }
}

/** Who is next asks soon. Far less than what the line waits for somebody. @param position undefined: not in the line. */
const retryAfterS = (position = Number.POSITIVE_INFINITY): number => (position <= 10 ? 2 : position <= 100 ? 3 : 5);

/** @throws Problem invalid_input when neither is given, or both and they differ. */
function pathOf({ path, class: name }: TokenRequest): string {
  if (path === undefined && name === undefined) throw new Problem("invalid_input", "body: `path` or `class` is needed");
  const wanted = path ?? streamPathOf(name ?? "");
  if (name !== undefined && wanted !== streamPathOf(name))
    throw new Problem("invalid_input", "body: `path` and `class` name different classes");
  return wanted;
}
