// One way to make an HTTP API: Fastify with our schemas, limits, request ids and problem documents.
import fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "../logging/logger.ts";
import { withoutSecrets } from "../logging/logger.ts";
import { listenError } from "../net/listen-error.ts";
import type { ListenAttempt } from "../net/listen-error.ts";
import { createTrustedProxies, keepAddresses } from "../net/trusted-proxies.ts";
import type { TrustedProxies } from "../net/trusted-proxies.ts";
import { Problem, problemDocument } from "../protocol/problems.ts";
import type { ProblemCode } from "../protocol/problems.ts";
import { answerClientError } from "./client-error.ts";
import type { TlsFiles } from "./tls.ts";

export type HttpServer = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module "fastify" {
  interface FastifyRequest {
    /** The body as sent, for signatures over it; empty when there is none. */
    rawBody: Buffer;
  }
  interface FastifyReply {
    /** Of the problem document that was sent. */
    problemCode: ProblemCode | undefined;
  }
}

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly tls?: TlsFiles | undefined;
  /** Whose X-Forwarded-For, -Proto and -Host and X-Request-Id are believed; nobody's by default. */
  readonly proxies?: TrustedProxies | undefined;
  /** What a person's browser gets where there is nothing; undefined for everybody else, who gets a problem document. */
  readonly notFoundPage?: ((request: FastifyRequest) => Promise<HtmlPage | undefined>) | undefined;
}

export interface HtmlPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes; larger bodies get 413, where a route does not say otherwise. */
const bodyLimit = 64 * 1024;
/** A user id of 128 Korean letters is three times as many bytes, each of them `%xx`. */
const maxParamLength = 1_536;

export function createHttpServer({ logger, tls, proxies = createTrustedProxies(), notFoundPage }: HttpServerOptions): HttpServer {
  const shared = {
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request" }),
    bodyLimit,
    genReqId: ((raw: IncomingMessage) => proxies.requestIdOf(raw)) as never,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength },
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    trustProxy: (address: string) => proxies.trusts(address),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerClientError(error, socket, logger),
    // A URL that cannot be decoded never reaches a route, nor the error handler below.
    // `never`: its type differs between HTTP/1 and HTTP/2, what is used of it does not.
    frameworkErrors: ((error: FastifyError, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, "malformed_request", withoutSecrets(error.message))) as never,
  };
  const instance = (tls
    ? fastify({ ...shared, http2: true, https: { ...tls, allowHTTP1: true } })
    : fastify(shared)) as unknown as FastifyInstance;
  const app = instance.withTypeProvider<TypeBoxTypeProvider>() as unknown as HttpServer;

  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.decorateReply("problemCode", undefined);
  app.addHook("onRequest", (request, _reply, done) => {
    if (proxies.trusts(request.socket.remoteAddress)) keepAddresses(request.raw);
    done();
  });
  if (tls) closeInTime(app);
  keepRawBody(app);
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler(async (request, reply) => {
    const page = await notFoundPage?.(request);
    if (page === undefined) return sendProblem(reply, "not_found", `no ${request.method} ${withoutSecrets(request.url)}`);
    reply.problemCode = "not_found";
    return reply.code(404).headers(page.headers).send(page.html);
  });
  app.addHook("onResponse", (request, reply, done) => {
    request.log.debug(
      {
        method: request.method,
        url: withoutSecrets(request.url),
        status: reply.statusCode,
        code: reply.problemCode,
        tookMs: Math.round(reply.elapsedTime),
      },
      "request answered",
    );
    done();
  });
  return app;
}

/** What an HTTP/2 client that does not read may still hold a closing server up for. HTTP/1.1 connections are closed at once. */
const http2GraceMs = 1_000;

/** Fastify asks HTTP/2 clients to go; one that does not would keep the server, and so the whole process, for ever. */
function closeInTime(app: HttpServer): void {
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", async () => {
    setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, http2GraceMs).unref();
  });
}

const noBody = Buffer.alloc(0);

function keepRawBody(app: HttpServer): void {
  // Set per request: a decorator must not be one object that all requests share.
  app.decorateRequest("rawBody");
  app.addHook("onRequest", (request, _reply, done) => {
    request.rawBody = noBody;
    done();
  });
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    request.rawBody = body as Buffer;
    // A DELETE of some clients says `Content-Type: application/json` and sends nothing.
    if (body.length === 0) return done(null, undefined);
    return parseJson(request, body.toString(), done);
  });
}

/** Sends a problem document; every refusal of an API handler goes this way. */
function sendProblem(
  reply: FastifyReply,
  code: ProblemCode,
  detail?: string,
  { retryAfterS, members }: Partial<Pick<Problem, "retryAfterS" | "members">> = {},
): FastifyReply {
  reply.problemCode = code;
  const document = problemDocument(code, detail, `urn:airclass:request:${reply.request.id}`, members);
  if (retryAfterS !== undefined) reply.header("retry-after", String(Math.max(1, Math.ceil(retryAfterS))));
  if (document.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(document.status).type("application/problem+json").send(document);
}

/** What Fastify and its plugins throw, as our codes. */
const fastifyCodes: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_VALIDATION: "invalid_input",
};

function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Problem) return sendProblem(reply, error.code, error.message, error);
  if (error.validation) return sendProblem(reply, "invalid_input", describeValidation(error));
  const known = fastifyCodes[error.code];
  if (known) return sendProblem(reply, known, error.message);
  if (error.statusCode === 429)
    return sendProblem(reply, "too_many_requests", error.message, { retryAfterS: Number(reply.getHeader("retry-after") ?? 1) });
  if (error.statusCode !== undefined && error.statusCode < 500) return sendProblem(reply, "malformed_request", error.message);
  request.log.error({ err: error, method: request.method, url: withoutSecrets(request.url) }, "request failed");
  return sendProblem(reply, "internal");
}

function describeValidation(error: FastifyError): string {
  const problems = (error.validation ?? []).map((issue) => {
    const field = issue.instancePath.slice(1).replaceAll("/", ".");
    return `${field || (error.validationContext ?? "body")}: ${issue.message ?? "not valid"}`;
  });
  return [...new Set(problems)].slice(0, 5).join("; ") || error.message;
}

/** Listens, and says in one sentence when the port is taken. @throws UserError */
export async function listen(app: HttpServer, attempt: ListenAttempt): Promise<number> {
  try {
    await app.listen({ host: attempt.host, port: attempt.port, listenTextResolver: (address) => `the API listens at ${address}` });
  } catch (error) {
    throw listenError(error, attempt);
  }
  const address = app.server.address();
  return typeof address === "object" && address ? address.port : attempt.port;
}
