// What a slave tells another slave about its copy of a stream, beside the playlist: one response header. What a
// follower knows of the epochs is in its credential, so an origin that was replaced hears of it from whoever asks it first.
import { isNodeId } from "./names.ts";

/** Response header of the media port to node credentials. */
export const logHeader = "airclass-log";

export interface LogStatus {
  readonly epoch: number;
  /** `waiting`: the publisher is away, or the copy has lost its upstream. */
  readonly state: "live" | "waiting";
  /** Seconds by which this copy is behind the origin; 0 at the origin. */
  readonly lagS: number;
  /** Node ids from the answering node up to the origin. Whoever finds itself in it must not follow (no loops). */
  readonly lineage: readonly string[];
}

/** Longer chains are not made: FANOUT ≥ 2 carries any cluster within it. */
export const maxLineage = 16;

/** The value of `logHeader`, readable while `lagS` is below 10^9 and `lineage` has at most `maxLineage` nodes. */
export function logHeaderText({ epoch, state, lagS, lineage }: LogStatus): string {
  return `epoch=${epoch};state=${state};lag=${lagS.toFixed(3)};lineage=${lineage.join("/")}`;
}

/** Undefined for anything but what `logHeaderText` makes. */
export function readLogHeader(text: string | undefined): LogStatus | undefined {
  const match = /^epoch=(\d{1,12});state=(live|waiting);lag=(\d{1,9}\.\d{3});lineage=([^;]{1,1200})$/.exec(text ?? "");
  if (!match) return undefined;
  const [, epoch, state, lag, chain = ""] = match;
  const lineage = chain.split("/");
  if (lineage.length > maxLineage || !lineage.every(isNodeId)) return undefined;
  return { epoch: Number(epoch), state: state as LogStatus["state"], lagS: Number(lag), lineage };
}
