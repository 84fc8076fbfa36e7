// Is it alive, is it well, is the cluster well? The short answers are for everybody.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { ClusterHealthView, DetailedHealthView, HealthView } from "../../shared/protocol/cluster-views.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, callProblems, problems } from "./api-schemas.ts";
import { isRoutable } from "./cluster-views.ts";

export function registerHealthRoutes(app: HttpServer, context: ApiContext): void {
  const { access, registry, router, sessions, keys, config, clock, version, startedAtMs, settledAtMs } = context;
  const loopDelay = monitorEventLoopDelay({ resolution: 20 });
  loopDelay.enable();
  app.addHook("onClose", async () => {
    loopDelay.disable();
  });

  app.get("/health", { schema: { tags: ["health"], summary: "The master answers", response: { 200: HealthView } } }, async () => ({
    status: "ok" as const,
  }));

  app.get(
    "/health/detailed",
    {
      onRequest: access.requireAdmin,
      schema: {
        tags: ["health"],
        summary: "The master's own figures",
        security: adminSecurity,
        response: { 200: DetailedHealthView, ...problems(...callProblems) },
      },
    },
    async (): Promise<DetailedHealthView> => {
      const delayMs = loopDelay.percentile(99) / 1e6;
      loopDelay.reset();
      return {
        status: "ok",
        version,
        uptime_s: Math.round(clock.monotonicMs() - startedAtMs) / 1_000,
        rss_bytes: process.memoryUsage.rss(),
        event_loop_delay_ms: Math.round(delayMs * 10) / 10,
        nodes: registry.size,
        sessions: sessions.size,
        reservations: router.reservations,
        routing: config.ROUTING,
        overload_policy: config.OVERLOAD_POLICY,
        signing_algorithm: keys.current.algorithm,
      };
    },
  );

  app.get(
    "/health/cluster",
    {
      schema: {
        tags: ["health"],
        summary: "Whether viewers can be served; 503 when no node takes them",
        response: { 200: ClusterHealthView, 503: ClusterHealthView },
      },
    },
    async (_request, reply) => {
      const nodes = registry.list();
      if (!nodes.some(isRoutable)) {
        const status = clock.monotonicMs() < settledAtMs ? ("starting" as const) : ("unavailable" as const);
        return reply.code(503).send({ status });
      }
      const ailing = nodes.some(({ status }) => status === "critical" || status === "suspect" || status === "offline");
      return { status: ailing ? ("degraded" as const) : ("ok" as const) };
    },
  );
}
