// When the controls over the picture are seen: they come with a touch, the mouse or the keyboard, and go after 3 s. Pure.

/** For as long as there is one, the controls stay. */
export type Hold = "paused" | "menu" | "focus" | "notice";

export interface ControlsState {
  /** Monotonic ms. */
  readonly shownUntilMs: number;
  readonly holds: ReadonlySet<Hold>;
}

export type ControlsEvent =
  /** The mouse moves, a key is pressed, something is used. */
  | { readonly type: "active" }
  /** A finger on the picture itself: it calls the controls, and sends them away. */
  | { readonly type: "tapped" }
  /** The mouse leaves the picture. */
  | { readonly type: "left" }
  | { readonly type: "held" | "released"; readonly by: Hold };

export const lingerMs = 3_000;

export const initialControls = (nowMs: number): ControlsState => ({ shownUntilMs: nowMs + lingerMs, holds: new Set() });

export const areShown = ({ shownUntilMs, holds }: ControlsState, nowMs: number): boolean => holds.size > 0 || nowMs < shownUntilMs;

/** @returns the same state when nothing changes */
export function stepControls(state: ControlsState, event: ControlsEvent, nowMs: number): ControlsState {
  switch (event.type) {
    case "active":
      return { ...state, shownUntilMs: nowMs + lingerMs };
    case "tapped":
      return { ...state, shownUntilMs: areShown(state, nowMs) ? nowMs : nowMs + lingerMs };
    case "left":
      return { ...state, shownUntilMs: nowMs };
    case "held":
      return state.holds.has(event.by) ? state : { ...state, holds: new Set([...state.holds, event.by]) };
    case "released":
      if (!state.holds.has(event.by)) return state;
      // What was just let go of stays for a moment.
      return {
        shownUntilMs: Math.max(state.shownUntilMs, nowMs + lingerMs),
        holds: new Set([...state.holds].filter((by) => by !== event.by)),
      };
  }
}
