// How far a copy is behind the head of its stream, in the words of the API. Pure.
import type { StreamCopy, StreamHead } from "./stream-directory.ts";

/** A copy is in sync when it is at most one target segment behind. Seconds. */
const inSyncS = 2;

export interface CopyLag {
  /** Parts that its upstream has and it has not; null when its node does not say. */
  readonly parts: number | null;
  readonly seconds: number | null;
  readonly inSync: boolean;
}

/** The head is behind nobody. Of a node that does not say, the segments that lie between the two tell whether it is in sync. */
export function lagOf(copy: StreamCopy, head: StreamHead): CopyLag {
  if (copy.nodeId === head.copy.nodeId) return { parts: 0, seconds: 0, inSync: true };
  const parts = copy.lag_parts ?? null;
  const seconds = copy.lag_s ?? null;
  const isCopyOfIt = copy.role === "replica" && copy.epoch === head.copy.epoch && copy.msn >= 0;
  const isNear = seconds === null ? copy.msn >= head.copy.msn - 1 : seconds <= inSyncS;
  return { parts, seconds, inSync: isCopyOfIt && isNear };
}
