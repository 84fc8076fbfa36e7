// What a viewer is told about playback, as a state machine. Pure: no timers, no DOM, no hls.js.

export type PlayerPhase =
  /** Asked for the stream, nothing seen yet. */
  | "connecting"
  | "playing"
  /** The picture stands, and no reason is known yet. */
  | "buffering"
  /** The teacher does not stream (any more, or yet). */
  | "waiting_for_teacher"
  /** The node or the network does not answer. */
  | "reconnecting"
  /** Stopped by the viewer. */
  | "paused"
  /** It cannot go on, see the refusal. */
  | "refused";

export interface PlayerState {
  readonly phase: PlayerPhase;
  /** Why media stopped coming, while what is buffered still plays. */
  readonly trouble: "no_stream" | "no_connection" | undefined;
  /** Times that the picture stood after it had begun, without the viewer's doing. */
  readonly stalls: number;
}

export type PlayerEvent =
  | { readonly type: "progressed" }
  | { readonly type: "stalled" }
  /** The picture has stood for so long, in ms. */
  | { readonly type: "stalled_for"; readonly ms: number }
  | { readonly type: "paused" }
  | { readonly type: "loaded" }
  /** A playlist or media request got `status`; 0 for no answer. */
  | { readonly type: "load_failed"; readonly status: number }
  | { readonly type: "refused" };

/**
 * A node holds a playlist request back until the teacher's next part exists (blocking reload). So when nothing comes
 * and nothing fails for this long, it is the teacher who is away.
 */
const silentTeacherMs = 3_000;

export const initialPlayerState: PlayerState = { phase: "connecting", trouble: undefined, stalls: 0 };

export function stepPlayer(state: PlayerState, event: PlayerEvent): PlayerState {
  if (state.phase === "refused") return state;
  switch (event.type) {
    case "progressed":
      return { ...state, phase: "playing" };
    case "stalled": {
      const stalls = state.phase === "playing" ? state.stalls + 1 : state.stalls;
      return { ...state, stalls, phase: phaseOf(state.trouble) ?? (state.phase === "playing" ? "buffering" : state.phase) };
    }
    case "stalled_for":
      return state.phase === "buffering" && event.ms >= silentTeacherMs ? { ...state, phase: "waiting_for_teacher" } : state;
    case "paused":
      return { ...state, phase: "paused" };
    case "loaded":
      return { ...state, trouble: undefined, phase: phaseOf(state.trouble) === state.phase ? "buffering" : state.phase };
    case "load_failed": {
      const trouble = event.status === 404 || event.status === 503 ? "no_stream" : "no_connection";
      // What is buffered plays on; the viewer hears of it when the picture stands.
      const stands = state.phase !== "playing" && state.phase !== "paused";
      return { ...state, trouble, phase: stands ? (phaseOf(trouble) ?? state.phase) : state.phase };
    }
    case "refused":
      return { ...state, phase: "refused" };
  }
}

function phaseOf(trouble: PlayerState["trouble"]): PlayerPhase | undefined {
  if (trouble === undefined) return undefined;
  return trouble === "no_stream" ? "waiting_for_teacher" : "reconnecting";
}
