// What simulated viewers saw, added up: counters, times in histograms of fixed size, and one line per viewer. Bounded
// whatever happens. A worker fills one, the report adds those of all workers.
import { createHistogram } from "node:perf_hooks";
import type { RecordableHistogram } from "node:perf_hooks";

export type RequestKind = "token" | "playlist" | "part" | "segment" | "init";
export const requestKinds: readonly RequestKind[] = ["token", "playlist", "part", "segment", "init"];

/** Of one viewer, at the end. */
export interface ViewerLine {
  readonly userId: string;
  readonly nodeId: string | undefined;
  /** From asking for a token to the first picture; undefined where there was none. */
  readonly joinMs: number | undefined;
  readonly stalls: number;
  readonly stalledMs: number;
  readonly longestStallMs: number;
  readonly playedMs: number;
  readonly waitedMs: number;
  readonly moves: number;
  readonly bytes: number;
  readonly errors: number;
  /** Why it was not let in for good. */
  readonly refusal: string | undefined;
}

export interface NodeFigures {
  requests: number;
  bytes: number;
  errors: number;
  partMs: RecordableHistogram;
}

export interface LoadFigures {
  readonly requests: Record<RequestKind, number>;
  readonly bytes: Record<RequestKind, number>;
  /** Parts, segments and blocking reloads from request to last byte; tokens, too. */
  readonly times: Record<RequestKind, RecordableHistogram>;
  /** Behind the teacher, ms, at each part that came. */
  readonly delayMs: RecordableHistogram;
  readonly joinMs: RecordableHistogram;
  readonly nodes: Map<string, NodeFigures>;
  /** `part 503`, `playlist ECONNREFUSED`: at most 64 kinds, then `other`. */
  readonly errors: Map<string, number>;
  readonly viewers: ViewerLine[];
}

const maxErrorKinds = 64;
const maxNodes = 1_000;
/** Two figures of precision up to ten minutes: what is longer counts as that. */
const maxMs = 600_000;
const histogram = (): RecordableHistogram => createHistogram({ lowest: 1, highest: maxMs, figures: 2 });
const perKind = <Value>(make: () => Value): Record<RequestKind, Value> => ({
  token: make(),
  playlist: make(),
  part: make(),
  segment: make(),
  init: make(),
});

export function emptyFigures(): LoadFigures {
  return {
    requests: perKind(() => 0),
    bytes: perKind(() => 0),
    times: perKind(histogram),
    delayMs: histogram(),
    joinMs: histogram(),
    nodes: new Map(),
    errors: new Map(),
    viewers: [],
  };
}

export function recordMs(into: RecordableHistogram, ms: number): void {
  into.record(Math.min(maxMs, Math.max(1, Math.round(ms))));
}

export function countError({ errors }: Pick<LoadFigures, "errors">, kind: string, times = 1): void {
  const name = errors.has(kind) || errors.size < maxErrorKinds ? kind : "other";
  errors.set(name, (errors.get(name) ?? 0) + times);
}

/** @returns undefined for more nodes than a cluster has. */
export function nodeFigures({ nodes }: Pick<LoadFigures, "nodes">, nodeId: string): NodeFigures | undefined {
  const known = nodes.get(nodeId);
  if (known || nodes.size >= maxNodes) return known;
  const fresh = { requests: 0, bytes: 0, errors: 0, partMs: histogram() };
  nodes.set(nodeId, fresh);
  return fresh;
}

/** Adds what another worker saw. */
export function addFigures(sum: LoadFigures, more: LoadFigures): void {
  for (const kind of requestKinds) {
    sum.requests[kind] += more.requests[kind];
    sum.bytes[kind] += more.bytes[kind];
    sum.times[kind].add(more.times[kind]);
  }
  sum.delayMs.add(more.delayMs);
  sum.joinMs.add(more.joinMs);
  for (const [kind, times] of more.errors) countError(sum, kind, times);
  for (const [nodeId, { requests, bytes, errors, partMs }] of more.nodes) {
    const node = nodeFigures(sum, nodeId);
    if (!node) continue;
    node.requests += requests;
    node.bytes += bytes;
    node.errors += errors;
    node.partMs.add(partMs);
  }
  sum.viewers.push(...more.viewers);
}
