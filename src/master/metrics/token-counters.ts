// Counts the tokens that the master issues and refuses. Does not know who may have one, nor for which class it is.
import { countersBy } from "../../shared/metrics/counters-by.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import type { TokenOccasion } from "../tokens/token-issuer.ts";

type Action = TokenClaims["action"];

export interface TokenCounters {
  issued(action: Action, occasion: TokenOccasion): void;
  refused(code: ProblemCode): void;
}

/** What an operator looks for. */
const usualRefusals: readonly ProblemCode[] = [
  "join_code_wrong",
  "no_such_class",
  "class_closed",
  "viewer_removed",
  "token_revoked",
  "no_node",
  "no_capacity",
  "too_many_requests",
];

export function createTokenCounters(metrics: MetricSet): TokenCounters {
  const issuedCounter = (action: Action, kind: TokenOccasion) => metrics.counter("airclass_tokens_issued_total", { action, kind });
  const issued = {
    read: { new: issuedCounter("read", "new"), renewed: issuedCounter("read", "renewed"), moved: issuedCounter("read", "moved") },
    // Publishers' tokens are not renewed.
    publish: { new: issuedCounter("publish", "new"), renewed: undefined, moved: undefined },
  };
  /** Bounded by the table of problems. */
  const refused = countersBy((reason: ProblemCode) => metrics.counter("airclass_tokens_refused_total", { reason }), usualRefusals);

  return {
    issued: (action, occasion) => issued[action][occasion]?.(),
    refused,
  };
}
