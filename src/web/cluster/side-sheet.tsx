// A sheet at the side of the page (the whole of it on a phone): the browser's own dialog, so that focus and Escape are right.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { IconButton } from "../common/ui/button.tsx";

export interface SideSheetProps {
  readonly title: string;
  readonly id: string;
  readonly onClose: () => void;
  /** Beside the title. */
  readonly mark?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Open for as long as it is rendered. */
export function SideSheet({ title, id, onClose, mark, children }: SideSheetProps) {
  const element = useRef<HTMLDialogElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const dialog = element.current;
    const { activeElement: focusedBefore } = document;
    const pressedBeside = ({ target }: MouseEvent): void => {
      if (target === dialog) closing.current();
    };
    dialog?.addEventListener("click", pressedBeside);
    dialog?.showModal();
    return () => {
      dialog?.close();
      // By now it may have left the page, and the browser does not give the focus back by itself.
      if (focusedBefore instanceof HTMLElement && focusedBefore.isConnected) focusedBefore.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      id={id}
      class="sheet"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="sheet-body">
        <div class="sheet-head">
          <h2 title={title}>{title}</h2>
          {mark}
          <span class="grow" />
          <IconButton icon="close" label={inLanguage(commonTexts).close} onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}
