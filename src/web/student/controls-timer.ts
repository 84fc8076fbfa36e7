// Runs the state machine of the controls: one timer, one signal.
import { signal, type ReadonlySignal } from "@preact/signals";
import { areShown, initialControls, stepControls, type ControlsEvent, type Hold } from "./control-visibility.ts";

export interface ControlsTimer {
  readonly shown: ReadonlySignal<boolean>;
  tell(event: ControlsEvent): void;
  hold(by: Hold, isHeld: boolean): void;
}

export function createControlsTimer(): ControlsTimer {
  let state = initialControls(performance.now());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const shown = signal(true);

  function look(): void {
    clearTimeout(timer);
    const nowMs = performance.now();
    shown.value = areShown(state, nowMs);
    if (shown.value && state.holds.size === 0) timer = setTimeout(look, state.shownUntilMs - nowMs + 1);
  }
  function tell(event: ControlsEvent): void {
    state = stepControls(state, event, performance.now());
    look();
  }

  look();
  return { shown, tell, hold: (by, isHeld) => tell({ type: isHeld ? "held" : "released", by }) };
}
