// A sheet at the side of the page (the whole of it on a phone).
import type { ComponentChildren } from "preact";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { IconButton } from "../common/ui/button.tsx";
import { useModal } from "../common/ui/use-modal.ts";

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
  const modal = useModal(onClose);
  return (
    <dialog {...modal} id={id} class="sheet" aria-label={title}>
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
