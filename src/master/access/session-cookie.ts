// The cookie that carries a session: its name, its flags, and reading it (RFC 6265bis). Knows nothing of who is signed in.
import type { FastifyReply, FastifyRequest } from "fastify";
import { ageLimitMs } from "./page-sessions.ts";

/** Under TLS browsers take `__Host-` only with Secure, Path=/ and no Domain: nothing else on this host name can put one there. */
const cookieName = (isSecure: boolean) => (isSecure ? "__Host-airclass_session" : "airclass_session");

/** TLS here, or before a proxy that is trusted and says so. */
const isSecure = (request: FastifyRequest) => request.protocol === "https";

const flags = (request: FastifyRequest) => ({ path: "/", httpOnly: true, sameSite: "strict" as const, secure: isSecure(request) });

/** The id in the cookie. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : request.server.parseCookie(cookie)[cookieName(isSecure(request))];
}

/** How long the browser keeps it; when the session ends is decided here, not there. */
export function writeSessionCookie(request: FastifyRequest, reply: FastifyReply, id: string): void {
  reply.setCookie(cookieName(isSecure(request)), id, { ...flags(request), maxAge: ageLimitMs / 1_000 });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(isSecure(request)), flags(request));
}
