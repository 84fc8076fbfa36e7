// For students who were told a join code and no link: which class it is for. The token is then asked for with the same code.
import type { FastifyRequest } from "fastify";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { JoinAnswer, JoinRequest } from "../../shared/protocol/classes.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { createFailureLimit } from "../access/failure-limit.ts";
import type { ApiContext } from "./api-context.ts";
import { problems } from "./api-schemas.ts";

/** As that of /api/token: a school joins within seconds, maybe from one address. */
const requestLimit = { burst: 3_000, perSecond: 200 };
/**
 * A wrong code may hit any class, so there are fewer guesses than where the class is named: with a thousand classes, one of their
 * 31^6 codes is found in about two months from one address. Whoever has the link needs no guess.
 */
const failureLimits = {
  perSender: { burst: 60, perSecond: 0.2 },
  overall: { burst: 1_000, perSecond: 5 },
  underAttack: { burst: 3, perSecond: 1 / 30 },
};

export function registerJoinRoutes(app: HttpServer, { classes, clock }: Pick<ApiContext, "classes" | "clock">): void {
  const requests = createRateLimiter(requestLimit);
  const failures = createFailureLimit(failureLimits);

  function limit(request: FastifyRequest): void {
    const retryAfterS = failures.waitS(senderOf(request.ip), clock.monotonicMs());
    if (retryAfterS > 0) throw new Problem("too_many_requests", "too many wrong join codes from this address", { retryAfterS });
  }

  async function limitRequests(request: FastifyRequest): Promise<void> {
    const retryAfterS = requests.take(senderOf(request.ip), clock.monotonicMs());
    if (retryAfterS > 0) throw new Problem("too_many_requests", "too many requests from this address", { retryAfterS });
    limit(request);
  }

  app.post(
    "/api/join",
    {
      onRequest: limitRequests,
      bodyLimit: 2 * 1024,
      schema: {
        tags: ["tokens"],
        summary: "Which class a join code is for; also one that is over",
        body: JoinRequest,
        response: { 200: JoinAnswer, ...problems("join_code_wrong", "invalid_input", "too_many_requests") },
      },
    },
    async (request) => {
      // Again: of many requests whose bodies come at the same time, only so many may guess.
      limit(request);
      const record = classes.findByJoinCode(request.body.join_code);
      if (record) return { name: record.name, title: record.title };
      failures.failed(senderOf(request.ip), clock.monotonicMs());
      throw new Problem("join_code_wrong");
    },
  );
}
