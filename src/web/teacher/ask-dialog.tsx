// A question before something that cannot be taken back, or that others notice.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiAnswer } from "../common/api-client.ts";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Dialog } from "../common/ui/dialog.tsx";
import { problemSentence } from "./problem-texts.ts";

export interface AskDialogProps<Value> {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says: what it does, never "OK". */
  readonly yes: string;
  readonly kind?: "primary" | "danger";
  readonly act: () => Promise<ApiAnswer<Value>>;
  /** It has worked. The dialog is to be closed. */
  readonly onDone: (value: Value) => void;
  readonly onClose: () => void;
}

export function AskDialog<Value>({ title, children, yes, kind = "danger", act, onDone, onClose }: AskDialogProps<Value>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    const answer = await act();
    setBusy(false);
    if (answer.ok) onDone(answer.value);
    else setProblem(problemSentence(answer.code));
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{inLanguage(commonTexts).cancel}</Button>
          <Button id="confirm" kind={kind} busy={busy} onClick={() => void confirm()}>
            {yes}
          </Button>
        </>
      }
    >
      {children}
      {problem !== undefined && (
        <Note tone="bad" icon="alert" role="alert">
          {problem}
        </Note>
      )}
    </Dialog>
  );
}
