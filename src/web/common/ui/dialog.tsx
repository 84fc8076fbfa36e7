// A question or a form over the page.
import type { ComponentChildren } from "preact";
import { useModal } from "./use-modal.ts";

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
  const modal = useModal(onClose);
  return (
    <dialog {...modal} class="dialog" aria-label={title}>
      <div class="dialog-body">
        <h2>{title}</h2>
        {children}
        <div class="dialog-actions">{actions}</div>
      </div>
    </dialog>
  );
}
