// Counts and times the answers of the media port. It runs for every request of every viewer: it adds to numbers that were
// looked up before, and allocates nothing where the system takes an answer at once.
import type { Clock } from "../../shared/kernel/clock.ts";
import { countersBy } from "../../shared/metrics/counters-by.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import type { ProblemCode } from "../../shared/protocol/problems.ts";
import { requestKinds } from "../api/response-observer.ts";
import type { Asked, RequestKind, ResponseObserver } from "../api/response-observer.ts";

type Count = (amount?: number) => void;

interface KindMetrics {
  readonly bytes: Count;
  readonly seconds: (value: number) => void;
  readonly answered: (status: number) => void;
}

/** Refusals that are about a token or credential, or that it is for something else. */
const tokenProblems = [
  "token_missing",
  "token_invalid",
  "token_expired",
  "token_revoked",
  "credential_invalid",
  "wrong_node",
  "wrong_path",
  "wrong_action",
] as const satisfies readonly ProblemCode[];

const usualStatuses = [200, 503];

export function createResponseMetrics(metrics: MetricSet, clock: Pick<Clock, "monotonicMs">): ResponseObserver {
  const kinds = Object.fromEntries(requestKinds.map((kind) => [kind, ofKind(kind)])) as Record<RequestKind, KindMetrics>;
  const refusals = new Map<ProblemCode, Count>(
    tokenProblems.map((reason) => [reason, metrics.counter("airclass_tokens_refused_total", { reason })]),
  );

  const defects = answersOf("other", 500);

  function ofKind(kind: RequestKind): KindMetrics {
    return {
      bytes: metrics.counter("airclass_media_sent_bytes_total", { kind }),
      seconds: metrics.histogram("airclass_response_seconds", { kind }),
      answered: countersBy((status: number) => answersOf(kind, status), usualStatuses),
    };
  }

  /** The statuses that there are bound the series: we choose them, never who asks. */
  function answersOf(kind: RequestKind, status: number): Count {
    return metrics.counter("airclass_responses_total", { kind, code: String(status) });
  }

  function handedOver({ sinceMs }: Asked, { seconds }: KindMetrics): void {
    seconds((clock.monotonicMs() - sinceMs) / 1_000);
  }

  return {
    nowMs: () => clock.monotonicMs(),
    answered(asked, status, bodyBytes) {
      const of = kinds[asked.kind];
      of.answered(status);
      of.bytes(bodyBytes);
      // A slow reader's answer is timed when it has gone; who goes before that is not timed.
      if (asked.response.writableFinished) handedOver(asked, of);
      else asked.response.once("finish", () => handedOver(asked, of));
    },
    failed: () => defects(),
    refused(code) {
      refusals.get(code)?.();
    },
  };
}
