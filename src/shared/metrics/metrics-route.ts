// GET /metrics of a node's API: open to everybody, and rendered at most once a second whoever asks how often. Does not know
// what the metrics say.
import type { HttpServer } from "../http/http-server.ts";
import { systemClock } from "../kernel/clock.ts";
import type { Clock } from "../kernel/clock.ts";
import type { MetricSet } from "./metric-set.ts";
import { observeApi } from "./observe-api.ts";

/** Prometheus asks every 5 s; nobody needs more, and a flood must cost nothing. */
const renderedForMs = 1_000;

/** Before the scopes of `app`: what is added to it later is observed as `kind="api"` too. */
export function registerMetricsRoute(app: HttpServer, metrics: MetricSet, clock: Clock = systemClock): void {
  observeApi(app, metrics);
  const render = atMostOnceIn(renderedForMs, () => metrics.text(), clock);
  app.get(
    "/metrics",
    {
      schema: {
        tags: ["health"],
        summary: "Metrics for Prometheus",
        description: "Text format 0.0.4, made anew at most once a second. What there is: docs/metrics.md.",
        response: { 200: { description: "text/plain", content: { "text/plain": { schema: { type: "string" } } } } },
      },
    },
    async (_request, reply) => {
      const text = await render();
      return reply.type(metrics.contentType).header("cache-control", "no-store").send(text);
    },
  );
}

/** Calls that come while one runs, or within `ms` after it began, get its result; not its failure, where it is over. */
function atMostOnceIn<Result>(ms: number, run: () => Promise<Result>, clock: Clock): () => Promise<Result> {
  let last: { readonly result: Promise<Result>; readonly atMs: number; running: boolean } | undefined;
  return () => {
    const now = clock.monotonicMs();
    if (last && (last.running || now - last.atMs < ms)) return last.result;
    const begun = { result: run(), atMs: now, running: true };
    last = begun;
    const ended = (): void => {
      begun.running = false;
    };
    begun.result.then(ended, () => {
      // Who asked is told; the next one tries again.
      if (last === begun) last = undefined;
    });
    return begun.result;
  };
}
