// What everything that lies over the page has in common: the browser's own dialog, so that focus, Escape and screen readers are
// right. Knows no look.
import type { RefObject, TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Shows it over the page. @returns what closes it */
export function showModal(dialog: HTMLDialogElement): () => void {
  const { activeElement: focusedBefore } = document;
  dialog.showModal();
  return () => {
    dialog.close();
    // By now it may have left the page, and the browser does not give the focus back by itself.
    if (focusedBefore instanceof HTMLElement && focusedBefore.isConnected) focusedBefore.focus();
  };
}

/**
 * For a dialog that is open for as long as it is rendered.
 * @param onClose Escape, or a press beside it
 * @returns properties of its `<dialog>`
 */
export function useModal(onClose: () => void): {
  readonly ref: RefObject<HTMLDialogElement | null>;
  readonly onCancel: (event: TargetedEvent<HTMLDialogElement>) => void;
} {
  const ref = useRef<HTMLDialogElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const dialog = ref.current;
    // A press beside the dialog is one on the element itself, outside of what it shows. Keys have Escape (`cancel`).
    dialog?.addEventListener("click", ({ target }) => {
      if (target === dialog) closing.current();
    });
    return dialog ? showModal(dialog) : undefined;
  }, []);
  return {
    ref,
    onCancel(event) {
      event.preventDefault();
      onClose();
    },
  };
}
