// Counts and times the answers of an API port. Knows neither routes nor who asks: labels are the status alone.
import type { HttpServer } from "../http/http-server.ts";
import { countersBy } from "./counters-by.ts";
import type { MetricSet } from "./metric-set.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** An answer that goes on for as long as somebody reads: how long that was says nothing about us. */
    lasts?: boolean;
  }
}

const usualStatuses = [200, 429, 500, 503];

/** Before the scopes of `app`. The statuses that there are bound the series: our handlers choose them, never who asks. */
export function observeApi(app: HttpServer, metrics: MetricSet): void {
  const observe = metrics.histogram("airclass_response_seconds", { kind: "api" });
  const answered = countersBy(
    (status: number) => metrics.counter("airclass_responses_total", { kind: "api", code: String(status) }),
    usualStatuses,
  );
  app.addHook("onResponse", (request, reply, done) => {
    answered(reply.statusCode);
    if (request.routeOptions.config.lasts !== true) observe(reply.elapsedTime / 1_000);
    done();
  });
}
