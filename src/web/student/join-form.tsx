// Who joins, and with which code.
import { useLayoutEffect, useRef } from "preact/hooks";
import { inLanguage } from "../common/language.ts";
import { Button } from "../common/ui/button.tsx";
import { Field } from "../common/ui/field.tsx";
import { Icon } from "../common/ui/icon.tsx";
import type { Classroom } from "./classroom.ts";
import { fieldOf, type FormProblem } from "./form-state.ts";
import { studentTexts } from "./student-texts.ts";

const problemText = (problem: FormProblem): string => {
  const texts = inLanguage(studentTexts);
  return problem.kind === "too_many_tries" ? texts.tooManyTries(problem.retryAfterS) : texts.problems[problem.kind];
};

export function JoinForm({ room: { student, sound } }: { readonly room: Classroom }) {
  const texts = inLanguage(studentTexts);
  const { name, code, asks, problem, isNews, busy } = student.form.value;
  const form = useRef<HTMLFormElement>(null);
  const isFirst = useRef(true);

  // To what has to be filled in or mended; at first only where no keyboard covers half of the page. Before the browser paints: later it would disturb who types already.
  useLayoutEffect(() => {
    const quiet = isFirst.current && !matchMedia("(hover: hover)").matches;
    isFirst.current = false;
    if (quiet || busy) return;
    const wrong = problem && fieldOf(problem);
    const asksFirst = isNews || (asks === "code_and_name" && code === "") ? "code" : "name";
    // A press takes the focus of the button away for as long as it is answered.
    const field = form.current?.querySelector<HTMLElement>(wrong === "form" ? "#join-button" : `#${wrong ?? asksFirst}`);
    field?.focus();
    if (wrong !== undefined && field instanceof HTMLInputElement) field.select();
  }, [problem, isNews, asks, busy]);

  const errorAt = (field: "name" | "code"): string | undefined =>
    problem && fieldOf(problem) === field ? problemText(problem) : undefined;
  const nameField = (
    <Field
      key="name"
      id="name"
      label={texts.nameLabel}
      hint={texts.nameHint}
      value={name}
      error={errorAt("name")}
      errorId="join-error"
      onInput={(value) => student.edit({ name: value })}
      input={{ name: "name", autocomplete: "name", required: true, maxLength: 64 }}
    />
  );
  const codeField = asks !== "name" && (
    <Field
      key="code"
      id="code"
      label={texts.codeLabel}
      hint={texts.codeHint}
      value={code}
      error={errorAt("code")}
      errorId="join-error"
      onInput={(value) => student.edit({ code: value })}
      input={{ name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: false, required: true, maxLength: 40 }}
    />
  );
  return (
    <form
      ref={form}
      id="join"
      class="card join"
      onSubmit={(event) => {
        event.preventDefault();
        sound.bless();
        void student.submit();
      }}
    >
      <div class="join-head">
        <h1>{asks === "code_and_name" ? texts.codeTitle : student.title.value}</h1>
        <p id="join-intro" class="soft">
          {isNews ? texts.needsCode : asks === "code_and_name" ? texts.codeIntro : texts.intro}
        </p>
      </div>
      {asks === "code_and_name" ? [codeField, nameField] : [nameField, codeField]}
      {problem && fieldOf(problem) === "form" && (
        <p id="join-error" class="form-error" role="alert">
          <Icon name="alert" />
          <span>{problemText(problem)}</span>
        </p>
      )}
      <Button id="join-button" kind="primary" type="submit" busy={busy}>
        {busy ? texts.joining : texts.join}
      </Button>
      {asks !== "code_and_name" && (
        <a class="other-class" href="/">
          {texts.otherClass}
        </a>
      )}
    </form>
  );
}
