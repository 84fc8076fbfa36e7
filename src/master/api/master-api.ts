// The master's HTTP API, put together from its routes.
import cookie from "@fastify/cookie";
import { allowOrigins } from "../../shared/http/cors.ts";
import { createHttpServer } from "../../shared/http/http-server.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import type { TlsFiles } from "../../shared/http/tls.ts";
import { registerMetricsRoute } from "../../shared/metrics/metrics-route.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { createTrustedProxies } from "../../shared/net/trusted-proxies.ts";
import type { ApiContext } from "./api-context.ts";
import { registerClassRoutes } from "./class-routes.ts";
import { registerClusterRoutes } from "./cluster-routes.ts";
import { registerDocs } from "./docs.ts";
import { registerGatewayRoutes } from "./gateway-routes.ts";
import { registerHealthRoutes } from "./health-routes.ts";
import { registerJoinRoutes } from "./join-routes.ts";
import { registerLiveRoutes } from "./live-routes.ts";
import { registerNodeRoutes } from "./node-routes.ts";
import { notFoundPage, registerPages } from "./pages.ts";
import { registerSessionRoutes } from "./session-routes.ts";
import { registerTokenRoutes } from "./token-routes.ts";
import { registerViewerRoutes } from "./viewer-routes.ts";

export interface MasterApiOptions {
  readonly context: ApiContext;
  readonly logger: Logger;
  readonly tls: TlsFiles | undefined;
  readonly webRoot: string;
}

/** Ready, not yet listening. */
export async function createMasterApi({ context, logger, tls, webRoot }: MasterApiOptions): Promise<HttpServer> {
  const { CORS_ORIGINS: origins, PUBLIC_URL: publicUrl, TRUSTED_PROXIES: proxies } = context.config;
  const app = createHttpServer({
    logger,
    tls,
    proxies: createTrustedProxies(proxies),
    notFoundPage: (request) => notFoundPage({ webRoot }, request),
  });
  await allowOrigins(app, origins ?? (publicUrl === undefined ? [] : [new URL(publicUrl).origin]));
  // Read where somebody asks who calls, not before each of the students' requests.
  await app.register(cookie, { hook: false });
  context.access.install(app);
  await registerDocs(app, context.version);
  registerMetricsRoute(app, context.metrics, context.clock);
  // Each in a scope of its own: hooks for who may call hold for exactly these routes.
  await app.register(async (scope: HttpServer) => registerTokenRoutes(scope, context));
  await app.register(async (scope: HttpServer) => {
    context.access.guardNodes(scope);
    registerNodeRoutes(scope, context);
    registerGatewayRoutes(scope, context);
  });
  await app.register(async (scope: HttpServer) => registerSessionRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerJoinRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerClassRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerViewerRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerClusterRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerLiveRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerHealthRoutes(scope, context));
  await app.register(async (scope: HttpServer) => registerPages(scope, { webRoot }));
  await app.ready();
  return app;
}
