// Automatic or by hand, and which one plays now.
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { inLanguage } from "../common/language.ts";
import { Icon } from "../common/ui/icon.tsx";
import { webrtcQualityId } from "../player/playback.ts";
import type { Classroom } from "./classroom.ts";
import { labelOf } from "./quality-choice.ts";
import { studentTexts } from "./student-texts.ts";

export function QualityMenu({ room: { student, controls } }: { readonly room: Classroom }) {
  const texts = inLanguage(studentTexts);
  const { quality, playingQuality, ...offered } = student.figures.value;
  const qualities = offered.qualities.map((option) => (option.id === webrtcQualityId ? { ...option, label: texts.subSecond } : option));
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const setOpen = (wanted: boolean): void => {
    open.value = wanted;
    controls.hold("menu", wanted);
  };
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const isPressed = useRef(false);
  /** Arrows try one after the other; a finger or the mouse chooses. */
  const closeAfterPress = (): void => {
    // The choice itself is told after the click, and only while it is on the page.
    if (isPressed.current) setTimeout(close, 0);
    isPressed.current = false;
  };
  useLayoutEffect(() => {
    if (!open.value) return undefined;
    root.current?.querySelector<HTMLInputElement>("input:checked")?.focus();
    const listening = new AbortController();
    const { signal } = listening;
    const isOutside = (target: EventTarget | null): boolean => target instanceof Node && root.current?.contains(target) !== true;
    document.addEventListener("pointerdown", ({ target }) => isOutside(target) && setOpen(false), { signal });
    document.addEventListener("focusin", ({ target }) => isOutside(target) && setOpen(false), { signal });
    const press = (pressed: boolean) => (): void => {
      isPressed.current = pressed;
    };
    root.current?.addEventListener("pointerdown", press(true), { signal });
    // Words take no focus: a press on them would give it to the stage around them, and that closes the menu.
    root.current?.querySelector("fieldset")?.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    root.current?.addEventListener("keydown", press(false), { signal });
    root.current?.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" && event.key !== "Enter") return;
        if (event.target === button.current && event.key === "Enter") return;
        event.preventDefault();
        close();
      },
      { signal },
    );
    return () => listening.abort();
  }, [open.value]);
  useEffect(() => () => controls.hold("menu", false), []);

  if (qualities.length < 2) return null;
  const now = labelOf(qualities, playingQuality);
  const choices = [{ id: "auto", label: texts.auto }, ...qualities];
  /** What is said beside a choice. */
  const noteOf = (choice: string): string | undefined => {
    if (choice === "auto") return quality === "auto" && now !== undefined ? texts.playsNow(now) : undefined;
    if (quality !== "auto" && choice === playingQuality) return texts.playing;
    if (choice !== webrtcQualityId) return undefined;
    // Until its picture is there, and where the network lets it not through, another one plays.
    return quality === choice ? texts.subSecondComes : texts.subSecondDelay;
  };
  return (
    <div class="quality" ref={root}>
      <button
        ref={button}
        id="quality"
        type="button"
        class="control"
        aria-expanded={open.value}
        aria-controls={id}
        aria-label={now === undefined ? texts.quality : `${texts.quality}: ${now}`}
        title={texts.quality}
        onClick={() => setOpen(!open.value)}
      >
        <Icon name="gear" />
        {now !== undefined && playingQuality !== webrtcQualityId && <span class="control-word">{now.split(" ")[0]}</span>}
      </button>
      {open.value && (
        <fieldset class="quality-menu" id={id} data-over>
          <legend>{texts.quality}</legend>
          {choices.map((choice) => {
            const note = noteOf(choice.id);
            return (
              <label key={choice.id}>
                <input
                  type="radio"
                  name="quality"
                  value={choice.id}
                  checked={quality === choice.id}
                  onChange={() => student.setQuality(choice.id)}
                  onClick={closeAfterPress}
                />
                <span class="choice">{choice.label}</span>
                {note !== undefined && <span class="choice-note">{note}</span>}
              </label>
            );
          })}
        </fieldset>
      )}
    </div>
  );
}
