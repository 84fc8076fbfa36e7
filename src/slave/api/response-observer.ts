// What the media port tells of each answer to whoever measures it. Does not know metrics.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProblemCode } from "../../shared/protocol/problems.ts";

/** What is asked for, told apart by how it is answered; never more than these, whatever a client sends. */
export const requestKinds = ["playlist", "init", "segment", "part", "report", "whep", "other"] as const;
export type RequestKind = (typeof requestKinds)[number];

/** A request that is to be answered. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly kind: RequestKind;
  /** `ResponseObserver.nowMs` when it came; of one that was held, when there was no reason to hold it any more. */
  sinceMs: number;
}

export interface ResponseObserver {
  /** Monotonic ms. */
  nowMs(): number;
  /** The whole answer was given to Node, which has handed it to the system, or will. */
  answered(asked: Asked, status: number, bodyBytes: number): void;
  /** It was a refusal. */
  refused(code: ProblemCode): void;
  /** A defect of ours ended a request without an answer. */
  failed(): void;
}

/** Looks at nothing. */
export const unobserved: ResponseObserver = { nowMs: () => 0, answered() {}, refused() {}, failed() {} };
