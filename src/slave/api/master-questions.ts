// What the master asks a slave on its API port: who watches a stream, and that it send a heartbeat now because there is news.
// For nobody else: viewers' names are in it. Does not decide who may watch.
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { KeyObject } from "node:crypto";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { createRationed } from "../../shared/kernel/rationed.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { maxListedViewers, SlaveViewers } from "../../shared/protocol/class-viewers.ts";
import { StreamPath } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { readMasterCredential } from "../../shared/tokens/master-credential.ts";
import type { MasterQuestion } from "../../shared/tokens/master-credential.ts";
import { answerHeader, signAnswer } from "../../shared/tokens/node-credential.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import type { Viewers } from "./viewers.ts";

export interface MasterQuestionsDeps {
  readonly nodeId: string;
  /** `deriveClusterKeys().request`. */
  readonly key: KeyObject;
  readonly knowledge: Pick<ClusterKnowledge, "isRevoked" | "clusterTimeMs">;
  readonly viewers: Pick<Viewers, "listOf">;
  /** Sends a heartbeat now. */
  readonly refresh: () => Promise<boolean>;
  readonly clock: Clock;
}

/** However often it is nudged: a credential may be listened to and used again while it lives. */
const minNudgeIntervalMs = 250;
/** Bad credentials of one sender. */
const failureLimit = { burst: 50, perSecond: 5 };
const maxCredentialLength = 2_048;

/** `GET /api/viewers?path=` and `POST /api/nudge`; in a scope of its own. Answers are signed for the credential that came. */
export function registerMasterQuestions(app: HttpServer, deps: MasterQuestionsDeps): void {
  const { nodeId, key, knowledge, viewers, clock } = deps;
  const failures = createRateLimiter(failureLimit);
  const nudged = createRationed(deps.refresh, { minIntervalMs: minNudgeIntervalMs, clock });
  const questions = new WeakMap<FastifyRequest, string>();

  /** Only after the credential was looked at: who guesses behind the master's address (a proxy, NAT) must not silence it. Nobody guesses a MAC. */
  function refusalOf(sender: string): Problem {
    const retryAfterS = failures.take(sender, clock.monotonicMs());
    if (retryAfterS > 0) return new Problem("too_many_requests", "too many bad credentials from this address", { retryAfterS });
    return new Problem("credential_invalid", "only the master of this cluster may ask this");
  }

  /** @throws Problem credential_invalid, too_many_requests */
  function requireMaster(request: FastifyRequest, question: Omit<MasterQuestion, "nodeId">): void {
    const credential = bearerToken(request.headers.authorization) ?? "";
    const id =
      credential.length > maxCredentialLength
        ? undefined
        : readMasterCredential(key, credential, { nodeId, ...question }, knowledge.clusterTimeMs(clock.wallMs()));
    if (id === undefined) throw refusalOf(senderOf(request.ip));
    questions.set(request, id);
  }

  app.addHook("onSend", async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const id = questions.get(request);
    if (id !== undefined) reply.header(answerHeader, signAnswer(key, id, typeof payload === "string" ? payload : ""));
    return payload;
  });

  app.get(
    "/api/viewers",
    {
      schema: {
        querystring: Type.Object({ path: StreamPath }, { additionalProperties: false }),
        response: { 200: SlaveViewers },
      },
    },
    async (request) => {
      const { path } = request.query;
      requireMaster(request, { ask: "viewers", path });
      const nowMs = clock.monotonicMs();
      // Who was sent away a moment ago is still within the window.
      const present = viewers.listOf(path, nowMs).filter(({ claims }) => !knowledge.isRevoked(claims));
      return {
        path,
        total: present.length,
        viewers: present.slice(0, maxListedViewers).map(({ claims, firstSeenMs }) => ({
          jti: claims.jti,
          user_id: claims.user_id,
          user_type: claims.user_type,
          exp: claims.exp,
          watching_s: Math.max(0, nowMs - firstSeenMs) / 1000,
        })),
      };
    },
  );

  app.post("/api/nudge", { schema: { response: { 202: Type.Null() } } }, async (request, reply) => {
    requireMaster(request, { ask: "nudge", path: undefined });
    void nudged();
    return reply.code(202).send(null);
  });
}
