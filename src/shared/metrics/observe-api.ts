// Counts and times the answers of an API port. Knows neither routes nor who asks: labels are the status alone.
import type { HttpServer } from "../http/http-server.ts";
import type { MetricSet } from "./metric-set.ts";

/** There from the start, so that the first of them is an increase (https://prometheus.io/docs/practices/instrumentation/, missing metrics). */
const usualStatuses = [200, 429, 500, 503];

/** Before the scopes of `app`. The statuses that there are bound the series: our handlers choose them, never who asks. */
export function observeApi(app: HttpServer, metrics: MetricSet): void {
  const observe = metrics.histogram("airclass_response_seconds", { kind: "api" });
  const counters = new Map<number, () => void>();

  function counterOf(status: number): () => void {
    const known = counters.get(status);
    if (known) return known;
    const added = metrics.counter("airclass_responses_total", { kind: "api", code: String(status) });
    counters.set(status, added);
    return added;
  }

  for (const status of usualStatuses) counterOf(status);
  app.addHook("onResponse", (_request, reply, done) => {
    counterOf(reply.statusCode)();
    observe(reply.elapsedTime / 1_000);
    done();
  });
}
