// /docs: the API described from the very schemas that check it. Everything it shows comes from this server.
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { csrfHeader } from "../../shared/protocol/session.ts";

/**
 * Our own, because the plugin's allows styles and fonts of every https host, and `upgrade-insecure-requests` breaks
 * the page where a school has no certificate. Swagger UI styles some elements inline.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** Before the routes: it collects them as they are added. */
export async function registerDocs(app: HttpServer, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "AIRClass master",
        version,
        description: "Tokens for viewers, classes for teachers, the cluster for operators. Errors are RFC 9457 problem documents.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [
        { name: "tokens", description: "Joining a class" },
        { name: "session", description: "Signing in to the pages" },
        { name: "classes", description: "For teachers" },
        { name: "cluster", description: "For operators" },
        { name: "nodes", description: "For slaves" },
        { name: "health", description: "For monitoring" },
      ],
      components: {
        securitySchemes: {
          admin: { type: "http", scheme: "bearer", description: "ADMIN_TOKEN" },
          teacher: { type: "http", scheme: "bearer", description: "Teacher token of the class" },
          session: {
            type: "apiKey",
            in: "cookie",
            name: "airclass_session",
            description: `Of a page; \`${csrfHeader}\` goes with what changes something`,
          },
          node: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "Node credential, made with CLUSTER_SECRET for this one request",
          },
          viewer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "Viewer token" },
        },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: contentSecurityPolicy,
    // The validator would be asked at another host.
    uiConfig: { validatorUrl: null, deepLinking: true },
  });
}
