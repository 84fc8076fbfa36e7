// Makes a class: its title first; the rest is made of it, or can be left as it is.
import { useState } from "preact/hooks";
import type { ClassWithKey } from "../../shared/protocol/classes.ts";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Dialog } from "../common/ui/dialog.tsx";
import { Field } from "../common/ui/field.tsx";
import { isClassName, nameFromTitle, tidiedName } from "./class-name.ts";
import { isJoinCode, tidiedCode } from "./join-code-rule.ts";
import { listTexts } from "./list-texts.ts";
import { OpenChoice } from "./open-choice.tsx";
import { problemSentence } from "./problem-texts.ts";
import type { TeacherApi } from "./teacher-api.ts";

export interface CreateClassProps {
  readonly api: TeacherApi;
  readonly onCreated: (made: ClassWithKey) => void;
  readonly onClose: () => void;
}

const formId = "create-class";

export function CreateClass({ api, onCreated, onClose }: CreateClassProps) {
  const texts = inLanguage(listTexts);
  const [title, setTitle] = useState("");
  const [typedName, setTypedName] = useState<string>();
  const [code, setCode] = useState("");
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [tried, setTried] = useState(false);

  const made = nameFromTitle(title);
  const name = typedName ?? made ?? "";
  const asksName = typedName !== undefined || (title.trim() !== "" && made === undefined);
  const titleError = tried && title.trim() === "" ? texts.titleNeeded : undefined;
  const nameError = problem === "class_exists" ? problemSentence(problem) : tried && !isClassName(name) ? texts.nameWrong : undefined;
  const codeError =
    problem === "join_code_taken" ? problemSentence(problem) : tried && code !== "" && !isJoinCode(code) ? texts.joinCodeWrong : undefined;
  const otherProblem = problem === "class_exists" || problem === "join_code_taken" ? undefined : problem;

  const submit = async (): Promise<void> => {
    setTried(true);
    const wrong =
      title.trim() === "" ? "class-title" : !isClassName(name) ? "class-name" : code !== "" && !isJoinCode(code) ? "class-code" : undefined;
    if (wrong !== undefined) document.getElementById(wrong)?.focus();
    if (busy || wrong !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    const answer = await api.create({ name, title: title.trim(), open, ...(code === "" ? {} : { join_code: code }) });
    setBusy(false);
    if (answer.ok) onCreated(answer.value);
    else {
      // The name that is taken has to be seen to be changed.
      if (answer.code === "class_exists") setTypedName(name);
      setProblem(answer.code);
    }
  };

  return (
    <Dialog
      title={texts.createTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{inLanguage(commonTexts).cancel}</Button>
          <button id="create-button" class="button primary" type="submit" form={formId} disabled={busy} aria-busy={busy}>
            {busy && <span class="spinner" aria-hidden="true" />}
            <span>{texts.create}</span>
          </button>
        </>
      }
    >
      <form
        id={formId}
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          id="class-title"
          label={texts.classTitle}
          hint={texts.classTitleHint}
          error={titleError}
          value={title}
          onInput={setTitle}
          input={{ required: true, maxLength: 200, autocomplete: "off" }}
        />
        {asksName ? (
          <Field
            id="class-name"
            label={texts.name}
            hint={typedName === undefined ? texts.nameAsked : texts.nameHint}
            error={nameError}
            value={name}
            onInput={(typed) => {
              setTypedName(tidiedName(typed));
              setProblem(undefined);
            }}
            input={{ autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 64 }}
          />
        ) : (
          <p class="made-name small soft">
            <span>{name === "" ? texts.address("…") : texts.address(`/watch/${name}`)}</span>
            {name !== "" && (
              <button class="link-button" type="button" onClick={() => setTypedName(name)}>
                {texts.changeName}
              </button>
            )}
          </p>
        )}
        <OpenChoice open={open} onChange={setOpen} />
        {!open && (
          <Field
            id="class-code"
            label={texts.joinCode}
            hint={texts.joinCodeHint}
            error={codeError}
            value={code}
            onInput={(typed) => {
              setCode(tidiedCode(typed));
              setProblem(undefined);
            }}
            input={{ autocomplete: "off", autocapitalize: "characters", spellcheck: false }}
          />
        )}
        {otherProblem !== undefined && (
          <Note tone="bad" icon="alert" role="alert">
            {problemSentence(otherProblem)}
          </Note>
        )}
      </form>
    </Dialog>
  );
}
