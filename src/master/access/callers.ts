// Who calls: by a bearer token (scripts) or by the cookie of a page's session, which must show its CSRF token for what
// changes something. Both the same roles. What a role may do is said by the hooks here; which route has which, in src/master/api.
import type { FastifyReply, FastifyRequest } from "fastify";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { senderOf } from "../../shared/net/remote-address.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { csrfHeader } from "../../shared/protocol/session.ts";
import { equalSecrets } from "../../shared/tokens/random-secrets.ts";
import type { Caller, PageSessions } from "./page-sessions.ts";
import { isOwnOrigin } from "./request-origin.ts";
import { readSessionCookie } from "./session-cookie.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls, as far as anybody has asked; undefined before. */
    verdict: CallerVerdict | undefined;
  }
}

type CallerVerdict = { readonly caller: Caller } | { readonly problem: "admin_required" | "csrf_token_invalid" };

export interface Callers {
  /**
   * Undefined for everybody else, and for a session that shows no CSRF token where it needs one.
   * @throws Problem csrf_token_invalid for a wrong one; too_many_requests, to who guesses
   */
  identify(request: FastifyRequest): Caller | undefined;
  isAdmin(request: FastifyRequest): boolean;
  /** Hook: 401 unless somebody calls whom we know; which classes he sees is up to the handler. */
  readonly requireCaller: (request: FastifyRequest) => Promise<void>;
  /** Hook: 401 unless the admin calls; 403 for a teacher. */
  readonly requireAdmin: (request: FastifyRequest) => Promise<void>;
  /** Hook for routes with `:name`: the admin, or the teacher of this class; 403 for the teacher of another one. */
  readonly requireTeacher: (request: FastifyRequest) => Promise<void>;
  /** Whether who was let in with this request would be let in now; for answers that go on for long. Counts as a use of the session. */
  isStillAllowed(request: FastifyRequest): boolean;
  /** @throws Problem csrf_token_invalid when another site's page sends it. */
  refuseForeignPage(request: FastifyRequest): void;
  /** For routes that read the cookie themselves. @throws Problem csrf_token_invalid */
  refuseWithoutCsrfToken(request: FastifyRequest): void;
  /** Before the routes: what an answer to a known caller says is for nobody's cache. */
  install(app: HttpServer): void;
}

export interface CallersDeps {
  readonly sessions: PageSessions;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
}

/** Wrong bearer tokens per sender: a script with an old one goes on being told so; a guesser gets one guess a second. */
const wrongBearerLimit = { burst: 100, perSecond: 1 };
/** Longer ones are nobody's. */
const maxTokenLength = 512;
/** RFC 9110 §9.2.1. */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function createCallers({ sessions, publicUrl, clock }: CallersDeps): Callers {
  const wrongBearers = createRateLimiter(wrongBearerLimit);
  const publicHosts = publicUrl === undefined ? [] : [new URL(publicUrl).host];

  const isForeign = (request: FastifyRequest) => !isOwnOrigin(request.headers.origin, [request.host, ...publicHosts]);

  function byBearer(token: string): CallerVerdict {
    const caller = token.length > maxTokenLength ? undefined : sessions.whoHas(token);
    return caller ? { caller } : { problem: "admin_required" };
  }

  function byCookie(request: FastifyRequest): CallerVerdict {
    const id = readSessionCookie(request);
    const session = id === undefined ? undefined : sessions.find(id);
    if (!session) return { problem: "admin_required" };
    if (safeMethods.has(request.method)) return { caller: session.caller };
    const shown = request.headers[csrfHeader];
    const isOurs = typeof shown === "string" && equalSecrets(shown, session.csrfToken) && !isForeign(request);
    return isOurs ? { caller: session.caller } : { problem: "csrf_token_invalid" };
  }

  function judge(request: FastifyRequest): CallerVerdict {
    // Of the two the bearer wins: it never comes by itself.
    const token = bearerToken(request.headers.authorization);
    return token === undefined ? byCookie(request) : byBearer(token);
  }

  /** @throws Problem too_many_requests: asked before the token is looked at, else a guesser would learn which one is right. */
  function judgeLimited(request: FastifyRequest): CallerVerdict {
    if (bearerToken(request.headers.authorization) === undefined) return byCookie(request);
    const sender = senderOf(request.ip);
    const nowMs = clock.monotonicMs();
    const retryAfterS = wrongBearers.waitS(sender, nowMs);
    if (retryAfterS > 0) throw new Problem("too_many_requests", "too many wrong tokens from this address", { retryAfterS });
    const verdict = judge(request);
    if ("problem" in verdict) wrongBearers.take(sender, nowMs);
    return verdict;
  }

  function verdictOf(request: FastifyRequest): CallerVerdict {
    request.verdict ??= judgeLimited(request);
    return request.verdict;
  }

  function identify(request: FastifyRequest): Caller | undefined {
    const verdict = verdictOf(request);
    if ("caller" in verdict) return verdict.caller;
    // Who shows a token wants to be somebody.
    if (verdict.problem === "csrf_token_invalid" && request.headers[csrfHeader] !== undefined) throw new Problem(verdict.problem);
    return undefined;
  }

  /** @throws Problem */
  function known(request: FastifyRequest): Caller {
    const verdict = verdictOf(request);
    if ("problem" in verdict) throw new Problem(verdict.problem);
    return verdict.caller;
  }

  return {
    identify,
    isAdmin: (request) => identify(request)?.role === "admin",
    requireCaller: async (request) => void known(request),
    requireAdmin: async (request) => {
      if (known(request).role !== "admin") throw new Problem("not_your_class", "this is for the administrator only");
    },
    requireTeacher: async (request) => {
      const caller = known(request);
      const { name } = request.params as { name?: unknown };
      if (caller.role !== "admin" && caller.className !== name) throw new Problem("not_your_class");
    },
    isStillAllowed(request) {
      const before = identify(request);
      const now = judge(request);
      return before !== undefined && "caller" in now && isSame(before, now.caller);
    },
    refuseForeignPage(request) {
      if (isForeign(request)) throw new Problem("csrf_token_invalid", "another site's page sent this");
    },
    refuseWithoutCsrfToken(request) {
      const verdict = byCookie(request);
      if ("problem" in verdict && verdict.problem === "csrf_token_invalid") throw new Problem(verdict.problem);
    },
    install(app) {
      app.decorateRequest("verdict", undefined);
      app.addHook("onSend", async (request: FastifyRequest, reply: FastifyReply) => {
        if (request.verdict && "caller" in request.verdict && !reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
      });
    },
  };
}

const classOf = (caller: Caller) => (caller.role === "teacher" ? caller.className : undefined);
const isSame = (one: Caller, other: Caller) => one.role === other.role && classOf(one) === classOf(other);
