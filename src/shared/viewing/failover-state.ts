// When a player asks the master for another node, and which nodes it will not hear of. Pure: times and chance are
// arguments, nothing is sent from here.
import { backoffDelayMs } from "../kernel/backoff.ts";

/** A node that failed this player. */
export interface FailedNode {
  readonly nodeId: string;
  /** Excluded until then, monotonic ms. */
  readonly untilMs: number;
  /** Failures in a row; each doubles the time. */
  readonly failures: number;
}

export interface FailoverState {
  /** Where requests go now. */
  readonly nodeId: string;
  readonly grantedAtMs: number;
  /** Newest last. */
  readonly failed: readonly FailedNode[];
  /** `asking`: the master has been asked. `waiting`: it will be, when the timer of `retry_in` is over. */
  readonly phase: "content" | "waiting" | "asking";
  /** Asked of the master since media last came. */
  readonly attempts: number;
  /** The present node wants to be left: it is named to the master, but it serves. */
  readonly leaving: boolean;
  /** Advice is followed at most this often. */
  readonly heedAdviceAtMs: number;
}

export type FailoverEvent =
  /** No connection, no answer in time, or a 5xx that stays; `status` 0 for no answer. */
  | { readonly type: "request_failed"; readonly nodeId: string; readonly status: number }
  /** 401 or 403. */
  | { readonly type: "refused"; readonly nodeId: string }
  /** `airclass-advice: move`. */
  | { readonly type: "advised"; readonly nodeId: string }
  /** Nothing has come for long, and the node does not answer when it is asked. */
  | { readonly type: "stalled"; readonly nodeId: string }
  /** The session has a token for this node (also when a renewal has moved the viewer). */
  | { readonly type: "granted"; readonly nodeId: string }
  | { readonly type: "master_unreachable" }
  /** The master has no node but those that are excluded. */
  | { readonly type: "no_node" }
  | { readonly type: "retry_due" }
  /** The device is awake, or has a network, again: what failed meanwhile was not the nodes' fault. */
  | { readonly type: "reconnected" }
  /** Media came from this node. */
  | { readonly type: "progressed"; readonly nodeId: string };

export type FailoverEffect =
  | { readonly type: "ask_master"; readonly exclude: readonly string[] }
  /** Requests go to the present node of the state; those that hang at `abandon` are to be repeated there. */
  | { readonly type: "switch"; readonly from: string; readonly abandon: boolean }
  /** Requests that wait are to be sent again, wherever the stream is now. */
  | { readonly type: "repeat" }
  | { readonly type: "retry_in"; readonly ms: number };

export interface FailoverStep {
  readonly state: FailoverState;
  readonly effects: readonly FailoverEffect[];
}

/** A node that failed once gets its next chance after this; a minute after the second time, and so on. */
const excludeMs = 30_000;
const maxExcludeMs = 300_000;
/** A failure is forgotten this long after its exclusion is over. */
const forgetMs = 300_000;
/** As many as the master takes in one request are never needed: a cluster of so many dead nodes has other worries. */
const maxFailed = 16;
/** A node dies for all of its viewers at once: their questions spread over this time. */
const firstSpreadMs = 200;
const retry = { minMs: 500, maxMs: 8_000 } as const;
/** A token that is refused within this time of its grant is not too old: the node itself is wrong. */
const freshTokenMs = 3_000;
const adviceEveryMs = 5_000;

export const initialFailover = (nodeId: string, nowMs: number): FailoverState => ({
  nodeId,
  grantedAtMs: nowMs,
  failed: [],
  phase: "content",
  attempts: 0,
  leaving: false,
  heedAdviceAtMs: 0,
});

/**
 * @param nowMs monotonic
 * @param random in [0, 1), a new draw for each step
 */
export function stepFailover(state: FailoverState, event: FailoverEvent, nowMs: number, random: number): FailoverStep {
  switch (event.type) {
    case "request_failed":
    case "stalled":
      if (event.nodeId !== state.nodeId) return only(state);
      return wantAnother({ ...state, failed: withFailure(state.failed, event.nodeId, nowMs) }, random);
    case "refused": {
      if (event.nodeId !== state.nodeId) return only(state);
      const wrongNode = nowMs - state.grantedAtMs < freshTokenMs;
      return wantAnother(wrongNode ? { ...state, failed: withFailure(state.failed, event.nodeId, nowMs) } : state, random);
    }
    case "advised":
      if (event.nodeId !== state.nodeId || state.phase !== "content" || nowMs < state.heedAdviceAtMs) return only(state);
      // The node spreads its advice over its viewers by itself.
      return ask({ ...state, leaving: true, heedAdviceAtMs: nowMs + adviceEveryMs }, nowMs);
    case "granted":
      return granted(state, event.nodeId, nowMs, random);
    case "master_unreachable":
      if (state.phase !== "asking") return only(state);
      // Whoever was only advised plays on; the advice comes again with the next playlist.
      if (isWell(state)) return only({ ...state, phase: "content", heedAdviceAtMs: nowMs + retryDelayMs(state.attempts, random) });
      return waitForRetry(state, random);
    case "no_node":
      if (state.phase !== "asking") return only(state);
      // Better a node that failed than none.
      if (isWell(state)) return only({ ...state, phase: "content", failed: [] });
      return waitForRetry({ ...state, failed: [] }, random);
    case "retry_due": {
      if (state.phase !== "waiting") return only(state);
      const { state: asking, effects } = ask(state, nowMs);
      // The present node may be back before the master is.
      return { state: asking, effects: state.attempts === 0 ? effects : [...effects, { type: "repeat" }] };
    }
    case "reconnected":
      // A question on its way is answered all the same.
      return {
        state: { ...state, failed: [], attempts: 0, phase: state.phase === "waiting" ? "content" : state.phase },
        effects: [{ type: "repeat" }],
      };
    case "progressed": {
      if (event.nodeId !== state.nodeId) return only(state);
      const hasFailed = state.failed.some(({ nodeId }) => nodeId === event.nodeId);
      if (state.attempts === 0 && !hasFailed && state.phase === "content") return only(state);
      const failed = hasFailed ? state.failed.filter(({ nodeId }) => nodeId !== event.nodeId) : state.failed;
      // A question on its way is answered all the same; a planned one is not needed any more.
      return only({ ...state, failed, attempts: 0, phase: state.phase === "waiting" ? "content" : state.phase });
    }
  }
}

/** Node ids that the master is not to grant. */
export function excludedNodes(state: FailoverState, nowMs: number): string[] {
  const active = state.failed.filter(({ untilMs }) => untilMs > nowMs).map(({ nodeId }) => nodeId);
  return state.leaving && !active.includes(state.nodeId) ? [...active, state.nodeId] : active;
}

const only = (state: FailoverState): FailoverStep => ({ state, effects: [] });

/** The present node serves: it was only advised to leave it. */
const isWell = ({ leaving }: FailoverState): boolean => leaving;

function wantAnother(state: FailoverState, random: number): FailoverStep {
  const failing = { ...state, leaving: false };
  if (state.phase !== "content") return only(failing);
  const ms = state.attempts === 0 ? firstSpreadMs * random : retryDelayMs(state.attempts, random);
  return { state: { ...failing, phase: "waiting" }, effects: [{ type: "retry_in", ms }] };
}

function ask(state: FailoverState, nowMs: number): FailoverStep {
  return {
    state: { ...state, phase: "asking", attempts: state.attempts + 1 },
    effects: [{ type: "ask_master", exclude: excludedNodes(state, nowMs) }],
  };
}

function waitForRetry(state: FailoverState, random: number): FailoverStep {
  return { state: { ...state, phase: "waiting" }, effects: [{ type: "retry_in", ms: retryDelayMs(state.attempts, random) }] };
}

function granted(state: FailoverState, nodeId: string, nowMs: number, random: number): FailoverStep {
  const wasAsking = state.phase === "asking";
  const next: FailoverState = { ...state, nodeId, grantedAtMs: nowMs, phase: "content", leaving: false };
  if (nodeId !== state.nodeId) {
    const abandon = state.failed.some((node) => node.nodeId === state.nodeId);
    return { state: next, effects: [{ type: "switch", from: state.nodeId, abandon }] };
  }
  if (!wasAsking) return only({ ...state, grantedAtMs: nowMs });
  // The same node again. After a failure it gets a moment; an advised viewer stays; an old token was all that was wrong.
  if (state.failed.some((node) => node.nodeId === nodeId)) return waitForRetry(next, random);
  return { state: next, effects: [{ type: "repeat" }] };
}

/** Doubles from half a second to 8 s; drawn from the upper half, so that a class does not come back as one flood. */
function retryDelayMs(attempts: number, random: number): number {
  return backoffDelayMs(retry, Math.max(0, attempts - 1), random);
}

function withFailure(failed: readonly FailedNode[], nodeId: string, nowMs: number): FailedNode[] {
  const known = failed.find((node) => node.nodeId === nodeId);
  // Many requests fail at the same time: that is one failure.
  if (known && known.untilMs > nowMs) return [...failed];
  const failures = (known?.failures ?? 0) + 1;
  const untilMs = nowMs + Math.min(maxExcludeMs, excludeMs * 2 ** (failures - 1));
  const others = failed.filter((node) => node.nodeId !== nodeId && nowMs < node.untilMs + forgetMs);
  return [...others, { nodeId, untilMs, failures }].slice(-maxFailed);
}
