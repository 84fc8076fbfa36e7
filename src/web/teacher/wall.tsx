// The way into the class, as large as the screen: to be read from the back row. Escape ends it.
import { useEffect, useRef } from "preact/hooks";
import type { ClassView } from "../../shared/protocol/classes.ts";
import { inLanguage } from "../common/language.ts";
import { Button } from "../common/ui/button.tsx";
import { QrCode } from "../common/ui/qr-code.tsx";
import { showModal } from "../common/ui/use-modal.ts";
import { classTexts } from "./class-texts.ts";
import { groupedCode, joinLinks } from "./join-links.ts";

export function Wall({ view, onEnd }: { readonly view: ClassView; readonly onEnd: () => void }) {
  const texts = inLanguage(classTexts);
  const element = useRef<HTMLDialogElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const ending = useRef(onEnd);
  ending.current = onEnd;
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    const close = showModal(dialog);
    let wasFull = false;
    const changed = (): void => {
      // Escape ends the full screen first; whoever wanted that wants his page back.
      if (document.fullscreenElement === sheet.current) wasFull = true;
      else if (wasFull) ending.current();
    };
    document.addEventListener("fullscreenchange", changed);
    // What is in the dialog, since a dialog itself may not (Fullscreen API, requestFullscreen). Where the browser has none (phones), or
    // does not let us, the page is filled all the same.
    sheet.current?.requestFullscreen?.().catch(() => undefined);
    return () => {
      document.removeEventListener("fullscreenchange", changed);
      if (document.fullscreenElement !== null) void document.exitFullscreen();
      close();
    };
  }, []);
  const { typed, link } = joinLinks(view);
  return (
    <dialog
      ref={element}
      class="wall"
      aria-labelledby="wall-title"
      onCancel={(event) => {
        event.preventDefault();
        onEnd();
      }}
    >
      <div class="wall-sheet" ref={sheet}>
        <p class="wall-title" id="wall-title">
          {view.title}
        </p>
        <div class="wall-main">
          <div class="wall-words">
            <p class="wall-step">{texts.wallOpen}</p>
            <p class={`wall-address${typed.length > 24 ? " long" : ""}`}>{typed}</p>
            {!view.open && (
              <>
                <p class="wall-step">{texts.wallType}</p>
                <p class={`wall-code numbers${view.join_code.length > 8 ? " long" : ""}`} aria-label={view.join_code.split("").join(" ")}>
                  {groupedCode(view.join_code)}
                </p>
              </>
            )}
          </div>
          <div class="wall-scan">
            <QrCode text={link} label={texts.qr(view.title)} />
            <p class="wall-step">{texts.wallScan}</p>
          </div>
        </div>
        <div class="wall-end">
          <Button id="wall-end" kind="quiet" icon="close" onClick={onEnd}>
            {texts.wallEnd}
          </Button>
        </div>
      </div>
    </dialog>
  );
}
