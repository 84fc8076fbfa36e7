// What a gate of the media port says of a request. Types only.
import type { ProblemCode } from "../../shared/protocol/problems.ts";

export type GateVerdict =
  /** `follower`: a slave that reads for its copy, and the highest epoch of the stream that it knows; it is no viewer. */
  | { readonly ok: true; readonly follower?: { readonly nodeId: string; readonly epoch: number } | undefined }
  | { readonly ok: false; readonly code: ProblemCode; readonly detail?: string; readonly retryAfterS?: number };
