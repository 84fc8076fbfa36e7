// The link by which the teacher of a class gets in: made, replaced and taken away by the administrator. Shown once.
import { useState } from "preact/hooks";
import type { ClassView, TeacherToken } from "../../shared/protocol/classes.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { CopyField } from "../common/ui/copy-field.tsx";
import { toast } from "../common/ui/toasts.tsx";
import { AskDialog } from "./ask-dialog.tsx";
import { manageTexts } from "./manage-texts.ts";
import { problemSentence } from "./problem-texts.ts";
import type { TeacherPage } from "./teacher-page.ts";

export interface TeacherAccessProps {
  readonly page: TeacherPage;
  readonly view: ClassView;
  readonly onChanged: (view: ClassView) => void;
}

export function TeacherAccess({ page, view, onChanged }: TeacherAccessProps) {
  const texts = inLanguage(manageTexts);
  const [made, setMade] = useState<TeacherToken>();
  const [asking, setAsking] = useState<"replace" | "take">();
  const [problem, setProblem] = useState<string>();
  const hasToken = view.has_teacher_token;

  const show = (token: TeacherToken): void => {
    setMade(token);
    setAsking(undefined);
    onChanged({ ...view, has_teacher_token: true });
  };
  const make = async (): Promise<void> => {
    const answer = await page.api.makeTeacherToken(view.name);
    setProblem(answer.ok ? undefined : problemSentence(answer.code));
    if (answer.ok) show(answer.value);
  };
  return (
    <div class="access" id="access">
      <h3>{texts.access}</h3>
      {made === undefined ? (
        <p class="soft small">{hasToken ? texts.accessThere : texts.accessNone}</p>
      ) : (
        <>
          <CopyField id="teach-link" label={texts.accessLink} value={made.teach_url} />
          <p class="small key-once">{texts.accessOnce}</p>
        </>
      )}
      <div class="row">
        <Button id="make-teacher-link" icon="link" onClick={() => (hasToken ? setAsking("replace") : void make())}>
          {hasToken ? texts.accessReplace : texts.accessMake}
        </Button>
        {hasToken && (
          <Button id="take-teacher-link" kind="quiet" onClick={() => setAsking("take")}>
            {texts.accessTake}
          </Button>
        )}
      </div>
      {problem !== undefined && (
        <Note tone="bad" icon="alert" role="alert">
          {problem}
        </Note>
      )}
      {asking === "replace" && (
        <AskDialog
          title={texts.accessReplaceTitle}
          yes={texts.accessReplace}
          act={() => page.api.makeTeacherToken(view.name)}
          onDone={show}
          onClose={() => setAsking(undefined)}
        >
          <p>{texts.accessReplaceText}</p>
        </AskDialog>
      )}
      {asking === "take" && (
        <AskDialog
          title={texts.accessTakeTitle}
          yes={texts.accessTake}
          act={() => page.api.removeTeacherToken(view.name)}
          onDone={() => {
            setMade(undefined);
            setAsking(undefined);
            onChanged({ ...view, has_teacher_token: false });
            toast(texts.accessTaken);
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>{texts.accessTakeText}</p>
        </AskDialog>
      )}
    </div>
  );
}
