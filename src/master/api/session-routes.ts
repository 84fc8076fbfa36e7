// Signing in and out of the pages: a token in the body becomes a cookie.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { SessionInfo, SignInRequest } from "../../shared/protocol/session.ts";
import { createFailureLimit } from "../access/failure-limit.ts";
import type { PageSession } from "../access/page-sessions.ts";
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from "../access/session-cookie.ts";
import type { ApiContext } from "./api-context.ts";
import { problems } from "./api-schemas.ts";

/**
 * Wrong tokens: somebody who pastes the wrong thing a few times is well. From many addresses at once, one guess a minute from
 * each, so that whoever comes from an address of his own still gets in.
 */
const failureLimits = {
  perSender: { burst: 10, perSecond: 1 / 12 },
  overall: { burst: 100, perSecond: 1 },
  underAttack: { burst: 1, perSecond: 1 / 60 },
};
/** All of a sender, right ones too: each makes a line in the store. A whole school may be behind one address. */
const signInLimit = { burst: 60, perSecond: 1 };

const common = { tags: ["session"] };
const security = [{ session: [] }];

export function registerSessionRoutes(
  app: HttpServer,
  { access, clock, countSignIn }: Pick<ApiContext, "access" | "clock" | "countSignIn">,
): void {
  const failures = createFailureLimit(failureLimits);
  const signIns = createRateLimiter(signInLimit);

  // Also before and after a session.
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  function limited(retryAfterS: number): Problem {
    countSignIn("limited");
    return new Problem("too_many_requests", "too many tries to sign in", { retryAfterS });
  }

  /** Before the body is read. */
  async function limitSignIns(request: FastifyRequest): Promise<void> {
    const sender = senderOf(request.ip);
    const retryAfterS = Math.max(failures.waitS(sender, clock.monotonicMs()), signIns.take(sender, clock.monotonicMs()));
    if (retryAfterS > 0) throw limited(retryAfterS);
    // Nobody else's page may sign a browser in, as somebody of its choice.
    access.refuseForeignPage(request);
  }

  app.post(
    "/api/session",
    {
      onRequest: limitSignIns,
      bodyLimit: 2 * 1024,
      schema: {
        ...common,
        summary: "Sign in to the pages: the answer sets a cookie",
        description: "Scripts need no session: they send the token as a bearer with each request.",
        body: SignInRequest,
        response: {
          200: SessionInfo,
          ...problems("sign_in_failed", "csrf_token_invalid", "invalid_input", "unsupported_media_type", "too_many_requests"),
        },
      },
    },
    async (request, reply) => {
      const sender = senderOf(request.ip);
      // Again: of many requests whose bodies come at the same time, only so many may guess.
      const retryAfterS = failures.waitS(sender, clock.monotonicMs());
      if (retryAfterS > 0) throw limited(retryAfterS);
      const caller = access.sessions.whoHas(request.body.token);
      if (!caller) {
        failures.failed(sender, clock.monotonicMs());
        countSignIn("failed");
        throw new Problem("sign_in_failed");
      }
      const before = readSessionCookie(request);
      if (before !== undefined) access.sessions.close(before);
      const { id, session } = access.sessions.open(caller);
      writeSessionCookie(request, reply, id);
      countSignIn(caller.role);
      request.log.info({ role: caller.role, ...(caller.role === "teacher" ? { class: caller.className } : {}), from: sender }, "signed in");
      return sessionInfo(session);
    },
  );

  /** Of the cookie alone: a bearer has no session. @throws Problem admin_required */
  function sessionOf(request: FastifyRequest): PageSession {
    const id = readSessionCookie(request);
    const session = id === undefined ? undefined : access.sessions.find(id);
    if (!session) throw new Problem("admin_required", "nobody is signed in");
    return session;
  }

  app.get(
    "/api/session",
    {
      schema: { ...common, security, summary: "Who is signed in", response: { 200: SessionInfo, ...problems("admin_required") } },
    },
    async (request) => sessionInfo(sessionOf(request)),
  );

  app.delete(
    "/api/session",
    {
      schema: {
        ...common,
        security,
        summary: "Sign out; without a session, too",
        response: { 204: Type.Null(), ...problems("csrf_token_invalid") },
      },
    },
    async (request, reply) => {
      const id = readSessionCookie(request);
      if (id !== undefined && access.sessions.find(id)) {
        access.refuseWithoutCsrfToken(request);
        access.sessions.close(id);
      }
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
}

function sessionInfo({ caller, csrfToken, expiresAtMs }: PageSession): SessionInfo {
  return {
    role: caller.role,
    class: caller.role === "teacher" ? caller.className : null,
    csrf_token: csrfToken,
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}
