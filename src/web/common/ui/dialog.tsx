// A question or a form over the page: the browser's own dialog, so that focus, Escape and screen readers are right.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface DialogProps {
  readonly title: string;
  /** Escape, or a press beside it. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** The buttons, in the order in which they are read. */
  readonly actions: ComponentChildren;
}

/** Open for as long as it is rendered. */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const dialog = element.current;
    const { activeElement: focusedBefore } = document;
    // A press beside the dialog is one on the element itself, outside of what it shows. Keys have Escape (`cancel`).
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
      class="dialog"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-body">
        <h2>{title}</h2>
        {children}
        <div class="dialog-actions">{actions}</div>
      </div>
    </dialog>
  );
}
