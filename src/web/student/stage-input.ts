// Fingers, mouse and keyboard on the picture: what they mean is said to whoever runs the page. Knows elements, but no player.
import type { ControlsTimer } from "./controls-timer.ts";
import { actionOfKey, type KeyPress, type PlayerAction } from "./keyboard-map.ts";

export interface StageInput {
  readonly controls: ControlsTimer;
  /** The picture itself was touched or clicked, and not something over it. */
  readonly pressedPicture: (by: "touch" | "mouse") => void;
  readonly doubleClickedPicture: () => void;
  readonly act: (action: PlayerAction) => void;
}

/** A second click within this time makes it a double one, which must not stop and start the picture as well. */
const doubleClickMs = 250;

/** @returns what ends it */
export function listenToStage(stage: HTMLElement, { controls, pressedPicture, doubleClickedPicture, act }: StageInput): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let swallowsClick = false;
  let isTouch = false;
  let clicking: ReturnType<typeof setTimeout> | undefined;

  const isPicture = (target: EventTarget | null): boolean => target instanceof Element && target.closest("button, [data-over]") === null;

  stage.addEventListener("pointermove", ({ pointerType }) => pointerType === "mouse" && controls.tell({ type: "active" }), { signal });
  stage.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && controls.tell({ type: "left" }), { signal });
  stage.addEventListener(
    "pointerdown",
    ({ pointerType, target }) => {
      isTouch = pointerType !== "mouse";
      // A finger where an unseen button is calls the controls, and does not press it.
      swallowsClick = isTouch && !controls.shown.value && target instanceof Element && target.closest(".controls") !== null;
    },
    { signal, capture: true },
  );
  stage.addEventListener(
    "click",
    (event) => {
      if (swallowsClick) event.stopPropagation();
      if (swallowsClick) event.preventDefault();
      if (!isPicture(event.target) || swallowsClick) controls.tell({ type: "active" });
      else {
        controls.tell({ type: isTouch ? "tapped" : "active" });
        clearTimeout(clicking);
        // Within the touch: the browser allows sound to nothing later.
        if (isTouch) pressedPicture("touch");
        else if (event.detail <= 1) clicking = setTimeout(() => pressedPicture("mouse"), doubleClickMs);
      }
      swallowsClick = false;
    },
    { signal, capture: true },
  );
  stage.addEventListener("dblclick", ({ target }) => !isTouch && isPicture(target) && doubleClickedPicture(), { signal });

  stage.addEventListener(
    "focusin",
    ({ target }) => controls.hold("focus", target !== stage && target instanceof Element && target.matches(":focus-visible")),
    { signal },
  );
  stage.addEventListener("focusout", () => controls.hold("focus", false), { signal });

  document.addEventListener(
    "keydown",
    (event) => {
      const { target } = event;
      // Only where nothing else has the focus: letters belong to whoever is typed in, and to readers of screens.
      if (event.defaultPrevented || stage.hidden || !(target instanceof Element)) return;
      if (target !== document.body && !stage.contains(target)) return;
      const { key, code, repeat: isRepeat, ctrlKey, altKey, metaKey } = event;
      const action = actionOfKey({ key, code, isRepeat, withModifier: ctrlKey || altKey || metaKey, focus: focusOf(target) });
      if (action === undefined) return;
      event.preventDefault();
      controls.tell({ type: "active" });
      act(action);
    },
    { signal },
  );
  return () => {
    clearTimeout(clicking);
    listening.abort();
  };
}

function focusOf(target: Element): KeyPress["focus"] {
  if (target instanceof HTMLInputElement) return target.type === "radio" || target.type === "range" ? "choice" : "text";
  if (target.matches("textarea, select, [contenteditable]")) return "text";
  return target.matches("button, a, summary") ? "button" : "none";
}
