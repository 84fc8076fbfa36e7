// Counts who signs in to the pages, and who tries. Does not know any name or token.
import type { MetricSet } from "../../shared/metrics/metric-set.ts";

const results = ["admin", "teacher", "failed", "limited"] as const;
type SignInResult = (typeof results)[number];

/** All results are there from the start, so that the first failure is an increase. */
export function createSignInCounter(metrics: MetricSet): (result: SignInResult) => void {
  const counters = new Map(results.map((result) => [result, metrics.counter("airclass_sign_ins_total", { result })]));
  return (result) => counters.get(result)?.();
}
