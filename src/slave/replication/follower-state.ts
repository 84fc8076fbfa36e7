// Whom a copy is read from now, whom it tries next, and when. Pure; its owner connects, reads and keeps the one timer.
// A better source is tried beside the one that works, so that changing parents never leaves a hole.
import { backoffDelayMs, reconnectBackoff } from "../../shared/kernel/backoff.ts";
import type { Source } from "./who-to-follow.ts";

interface Avoided {
  readonly nodeId: string;
  readonly untilMs: number;
  readonly failures: number;
}

export interface FollowerState {
  /** In order of preference. */
  readonly sources: readonly Source[];
  readonly followed: Source | undefined;
  /** Is asked whether it can be followed. */
  readonly trying: Source | undefined;
  /** Those that failed or refused lately; of `sources` and `followed` only. */
  readonly avoided: readonly Avoided[];
  /** When `due` is to be told; undefined: nothing to wait for. */
  readonly dueAtMs: number | undefined;
}

export type FollowerEvent =
  | { readonly kind: "sources"; readonly sources: readonly Source[] }
  /** The one that is tried has the stream, and may be followed. */
  | { readonly kind: "accepted" }
  /** The one that is tried cannot be reached, or may not be followed. */
  | { readonly kind: "failed" }
  /** Media of the followed one has arrived: what went wrong with it before is forgotten. */
  | { readonly kind: "settled" }
  /** The followed one is gone, or may not be followed any more. */
  | { readonly kind: "lost" }
  | { readonly kind: "due" };

export type FollowerEffect =
  | { readonly kind: "try"; readonly source: Source }
  | { readonly kind: "stop_trying" }
  /** Read from the one that was tried, no longer from the one before. */
  | { readonly kind: "follow"; readonly source: Source }
  | { readonly kind: "release" };

export interface FollowerStep {
  readonly state: FollowerState;
  readonly effects: readonly FollowerEffect[];
}

export const initialFollowerState: FollowerState = {
  sources: [],
  followed: undefined,
  trying: undefined,
  avoided: [],
  dueAtMs: undefined,
};

/** @param random uniform in [0, 1): spreads the tries of many followers. */
export function stepFollower(state: FollowerState, event: FollowerEvent, nowMs: number, random: number): FollowerStep {
  switch (event.kind) {
    case "sources":
      return settle({ ...state, sources: event.sources }, [], nowMs);
    case "accepted": {
      if (!state.trying) return { state, effects: [] };
      const next = { ...state, followed: state.trying, trying: undefined };
      return settle(next, [{ kind: "follow", source: state.trying }], nowMs);
    }
    case "failed": {
      if (!state.trying) return { state, effects: [] };
      return settle({ ...avoid(state, state.trying, nowMs, random), trying: undefined }, [], nowMs);
    }
    case "settled":
      return settle({ ...state, avoided: state.avoided.filter(({ nodeId }) => nodeId !== state.followed?.nodeId) }, [], nowMs);
    case "lost": {
      if (!state.followed) return { state, effects: [] };
      return settle({ ...avoid(state, state.followed, nowMs, random), followed: undefined }, [{ kind: "release" }], nowMs);
    }
    case "due":
      return settle(state, [], nowMs);
  }
}

function avoid(state: FollowerState, { nodeId }: Source, nowMs: number, random: number): FollowerState {
  const failures = state.avoided.find((other) => other.nodeId === nodeId)?.failures ?? 0;
  const untilMs = nowMs + backoffDelayMs(reconnectBackoff, failures, random);
  const avoided = { nodeId, untilMs, failures: Math.min(failures + 1, 16) };
  return { ...state, avoided: [...state.avoided.filter((other) => other.nodeId !== nodeId), avoided] };
}

/** Tries the best source that is better than what works; forgets what is no source any more. */
function settle(before: FollowerState, effects: readonly FollowerEffect[], nowMs: number): FollowerStep {
  const { sources, followed } = before;
  const known = followed ? [...sources, followed] : sources;
  const avoided = before.avoided.filter(({ nodeId }) => known.some((source) => source.nodeId === nodeId));
  const followedRank = followed ? sources.findIndex((source) => isSame(source, followed)) : -1;
  // A followed one that nobody names any more still serves, until another one does.
  const better = followedRank === -1 ? sources : sources.slice(0, followedRank);
  const untilMs = (source: Source): number => avoided.find(({ nodeId }) => nodeId === source.nodeId)?.untilMs ?? 0;
  const best = better.find((source) => untilMs(source) <= nowMs);
  const waits = better.map(untilMs).filter((time) => time > nowMs);
  const dueAtMs = waits.length > 0 ? Math.min(...waits) : undefined;
  const { trying } = before;
  if ((best && trying && isSame(best, trying)) || (!best && !trying)) return { state: { ...before, avoided, dueAtMs }, effects };
  const changes: FollowerEffect[] = [];
  if (trying) changes.push({ kind: "stop_trying" });
  if (best) changes.push({ kind: "try", source: best });
  return { state: { ...before, avoided, dueAtMs, trying: best }, effects: [...effects, ...changes] };
}

const isSame = (one: Source, other: Source): boolean =>
  one.nodeId === other.nodeId && one.mediaUrl === other.mediaUrl && one.publicUrl === other.publicUrl;
