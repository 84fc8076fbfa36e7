// What can be changed of a class: title, join code, who may join; and for the administrator its teacher's access and its end for good.
import { useState } from "preact/hooks";
import type { ClassPatch, ClassView } from "../../shared/protocol/classes.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Field } from "../common/ui/field.tsx";
import { toast } from "../common/ui/toasts.tsx";
import { AskDialog } from "./ask-dialog.tsx";
import { classTexts } from "./class-texts.ts";
import { isJoinCode, tidiedCode } from "./join-code-rule.ts";
import { listTexts } from "./list-texts.ts";
import { manageTexts } from "./manage-texts.ts";
import { OpenChoice } from "./open-choice.tsx";
import { problemSentence } from "./problem-texts.ts";
import { TeacherAccess } from "./teacher-access.tsx";
import type { TeacherPage } from "./teacher-page.ts";

export interface SettingsPanelProps {
  readonly page: TeacherPage;
  readonly view: ClassView;
  readonly isAdmin: boolean;
  readonly isLive: boolean;
  readonly onChanged: (view: ClassView) => void;
}

export function SettingsPanel({ page, view, isAdmin, isLive, onChanged }: SettingsPanelProps) {
  const texts = inLanguage(manageTexts);
  const [deleting, setDeleting] = useState(false);
  return (
    <section class="card panel settings" id="settings" aria-labelledby="settings-title">
      <h2 id="settings-title">{inLanguage(classTexts).sections.settings}</h2>
      <div class="settings-parts">
        <ChangeForm page={page} view={view} onChanged={onChanged} />
        {isAdmin && (
          <div class="settings-admin">
            <TeacherAccess page={page} view={view} onChanged={onChanged} />
            <div>
              <Button id="delete-class" kind="danger" icon="trash" onClick={() => setDeleting(true)}>
                {texts.delete}
              </Button>
            </div>
          </div>
        )}
      </div>
      {deleting && (
        <AskDialog
          title={texts.deleteTitle(view.title)}
          yes={texts.deleteEnd}
          act={() => page.api.remove(view.name)}
          onDone={() => {
            toast(inLanguage(listTexts).deleted(view.title));
            page.go(undefined);
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{texts.deleteText}</p>
          {isLive && (
            <Note tone="warn" icon="alert">
              {texts.deleteLive}
            </Note>
          )}
        </AskDialog>
      )}
    </section>
  );
}

interface Changes {
  readonly title?: string;
  readonly code?: string;
  readonly open?: boolean;
}

/** Shows what is, also when somebody else changes it, but for what was changed here and is not saved yet. */
function ChangeForm({ page, view, onChanged }: Pick<SettingsPanelProps, "page" | "view" | "onChanged">) {
  const [texts, labels] = [inLanguage(manageTexts), inLanguage(listTexts)];
  const [changes, setChanges] = useState<Changes>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { title = view.title, code = view.join_code, open = view.open } = changes;
  const wish: ClassPatch = {
    ...(title.trim() === view.title ? {} : { title: title.trim() }),
    ...(code === view.join_code ? {} : { join_code: code }),
    ...(open === view.open ? {} : { open }),
  };
  const isChanged = Object.keys(wish).length > 0;
  const codeError = problem === "join_code_taken" ? problemSentence(problem) : isJoinCode(code) ? undefined : labels.joinCodeWrong;
  const titleError = title.trim() === "" ? labels.titleNeeded : undefined;

  const save = async (): Promise<void> => {
    if (busy || !isChanged || !isJoinCode(code) || titleError !== undefined) return;
    setBusy(true);
    const answer = await page.api.change(view.name, wish);
    setBusy(false);
    setProblem(answer.ok ? undefined : answer.code);
    if (!answer.ok) return;
    setChanges({});
    onChanged(answer.value);
    toast(texts.saved);
  };
  const edit = (change: Changes): void => {
    setProblem(undefined);
    setChanges({ ...changes, ...change });
  };
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        id="settings-class-title"
        label={labels.classTitle}
        error={titleError}
        value={title}
        onInput={(typed) => edit({ title: typed })}
        input={{ maxLength: 200, autocomplete: "off" }}
      />
      <Field
        id="settings-code"
        label={labels.joinCode}
        error={codeError}
        value={code}
        onInput={(typed) => edit({ code: tidiedCode(typed) })}
        input={{ autocomplete: "off", autocapitalize: "characters", spellcheck: false }}
      />
      <OpenChoice open={open} onChange={(chosen) => edit({ open: chosen })} />
      {problem !== undefined && problem !== "join_code_taken" && (
        <Note tone="bad" icon="alert" role="alert">
          {problemSentence(problem)}
        </Note>
      )}
      <div>
        <Button id="save" type="submit" kind="primary" busy={busy} disabled={!isChanged}>
          {texts.save}
        </Button>
      </div>
    </form>
  );
}
