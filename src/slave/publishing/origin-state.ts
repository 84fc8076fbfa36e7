// What this node is to one stream: its origin, about to be, or one that has been superseded. Pure: events in, effects
// out; it knows neither time nor media. create-origins.ts runs the effects.
import { winsOver } from "../../shared/protocol/epochs.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import type { OriginGrant } from "../engine/engine.ts";

export type OriginState =
  /** Somebody was let in and has sent nothing yet. */
  | { readonly phase: "claimed" }
  /** The publisher's media waits for the last media of the origin before. */
  | { readonly phase: "holding"; readonly epoch: number; readonly fenced: boolean }
  /** `fenced`: this process stood still, so another origin may exist: media waits until that is known. */
  | { readonly phase: "origin"; readonly epoch: number; readonly fenced: boolean }
  /** Another origin has won: what comes from a publisher here reaches nobody. */
  | { readonly phase: "superseded"; readonly by: OriginClaim };

export type OriginEvent =
  /** The first media of a publisher, or media after a restart of ffmpeg. `strongest`: the best other claim that is known. */
  | { readonly kind: "session"; readonly grant: OriginGrant; readonly strongest: OriginClaim | undefined; readonly fenced: boolean }
  | { readonly kind: "upstream_ended" }
  | { readonly kind: "paused" }
  | { readonly kind: "confirmed" }
  | { readonly kind: "heard"; readonly other: OriginClaim }
  /** More media waits than may be held. */
  | { readonly kind: "overflown" };

export type OriginEffect =
  | { readonly kind: "await_upstream" }
  /** The log is this node's to write from here on; harmless when it was already. */
  | { readonly kind: "become" }
  | { readonly kind: "flush" }
  | { readonly kind: "discard" }
  | { readonly kind: "disconnect"; readonly why: string }
  /** The log is numbered under a higher epoch from here on. */
  | { readonly kind: "raise"; readonly epoch: number }
  /** What is in the log may be another stream's than the winner's. */
  | { readonly kind: "give_up_log"; readonly by: OriginClaim };

export interface OriginStep {
  readonly state: OriginState;
  readonly effects: readonly OriginEffect[];
}

/** What happens to media that arrives in a state. */
export function mediaFate(state: OriginState): "pass" | "hold" | "discard" {
  if (state.phase === "holding") return "hold";
  if (state.phase === "origin") return state.fenced ? "hold" : "pass";
  return "discard";
}

/** @param nodeId this node's. */
export function stepOrigin(nodeId: string, state: OriginState, event: OriginEvent): OriginStep {
  switch (event.kind) {
    case "session":
      return session(nodeId, state, event);
    case "upstream_ended":
      if (state.phase !== "holding") return stay(state);
      return {
        state: { phase: "origin", epoch: state.epoch, fenced: state.fenced },
        effects: state.fenced ? [{ kind: "become" }] : [{ kind: "become" }, { kind: "flush" }],
      };
    case "paused":
      return state.phase === "origin" || state.phase === "holding" ? { state: { ...state, fenced: true }, effects: [] } : stay(state);
    case "confirmed":
      if ((state.phase !== "origin" && state.phase !== "holding") || !state.fenced) return stay(state);
      return { state: { ...state, fenced: false }, effects: state.phase === "origin" ? [{ kind: "flush" }] : [] };
    case "heard":
      return heard(nodeId, state, event.other);
    case "overflown":
      if (state.phase === "holding" && !state.fenced) {
        return { state: { ...state, phase: "origin" }, effects: [{ kind: "become" }, { kind: "flush" }] };
      }
      return { state, effects: [{ kind: "discard" }, { kind: "disconnect", why: "more media waits than can be held" }] };
  }
}

function session(nodeId: string, state: OriginState, { grant, strongest, fenced }: Extract<OriginEvent, { kind: "session" }>): OriginStep {
  const { epoch, handoverFrom } = grant;
  // Who publishes anew on the node that is still the origin goes on in its log, at least under its epoch.
  if (state.phase === "origin" || state.phase === "holding") {
    return { state: { ...state, epoch: Math.max(state.epoch, epoch) }, effects: state.phase === "origin" ? [{ kind: "become" }] : [] };
  }
  const winner = [strongest, state.phase === "superseded" ? state.by : undefined].find(
    (other) => other !== undefined && other.nodeId !== nodeId && winsOver(other, { epoch, nodeId }),
  );
  if (winner) return { state: { phase: "superseded", by: winner }, effects: [{ kind: "disconnect", why: supersededBy(winner) }] };
  if (handoverFrom !== undefined && handoverFrom !== nodeId) {
    return { state: { phase: "holding", epoch, fenced }, effects: [{ kind: "await_upstream" }] };
  }
  return { state: { phase: "origin", epoch, fenced }, effects: [{ kind: "become" }] };
}

function heard(nodeId: string, state: OriginState, other: OriginClaim): OriginStep {
  switch (state.phase) {
    case "claimed":
      // Its session is judged by what is known when its first media comes.
      return stay(state);
    case "superseded":
      return stay(winsOver(other, state.by) ? { phase: "superseded", by: other } : state);
    case "holding":
    case "origin":
      break;
  }
  if (other.nodeId === nodeId) {
    // This node, before it was restarted: others know its epoch of then, so that of now must be higher.
    if (other.epoch <= state.epoch) return stay(state);
    const epoch = other.epoch + 1;
    return { state: { ...state, epoch }, effects: state.phase === "origin" ? [{ kind: "raise", epoch }] : [] };
  }
  if (!winsOver(other, { epoch: state.epoch, nodeId })) return stay(state);
  const effects: OriginEffect[] = [{ kind: "discard" }, { kind: "disconnect", why: supersededBy(other) }];
  // While media is held, the log is still the copy of another node's.
  if (state.phase === "origin") effects.push({ kind: "give_up_log", by: other });
  return { state: { phase: "superseded", by: other }, effects };
}

function stay(state: OriginState): OriginStep {
  return { state, effects: [] };
}

function supersededBy({ epoch, nodeId }: OriginClaim): string {
  return `the stream has a newer origin${nodeId === "" ? "" : `, ${nodeId}`} (epoch ${epoch})`;
}
