// What a gate of the media port says of a request. Types only.
import type { ProblemCode } from "../../shared/protocol/problems.ts";

export type GateVerdict =
  /** `follower`: node id of a slave that reads for its copy; it is no viewer. */
  | { readonly ok: true; readonly follower?: string | undefined }
  | { readonly ok: false; readonly code: ProblemCode; readonly detail?: string; readonly retryAfterS?: number };
