// The form that takes a token. Keeps it nowhere; password managers may.
import { useEffect, useState } from "preact/hooks";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button, IconButton } from "../common/ui/button.tsx";
import type { Session, SignInProblem } from "./session.ts";
import { signInTexts } from "./sign-in-texts.ts";
import "./sign-in.css";

/** Whose page asks. A password manager keeps it under this name, beside the address of the master. */
const userNames = { teach: "AIRClass teacher", cluster: "AIRClass admin" } as const;

export type SignInPage = keyof typeof userNames;

export function SignInForm({ session, page }: { readonly session: Session; readonly page: SignInPage }) {
  const texts = inLanguage(signInTexts);
  const [isShown, setShown] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const waitS = useCountdown(session.problem.value);
  const sentence = problemSentence(session.problem.value, waitS);

  const submit = async (form: HTMLFormElement): Promise<void> => {
    const typed = new FormData(form).get("token");
    const token = typeof typed === "string" ? typed.trim() : "";
    if (token === "") return;
    setBusy(true);
    const done = await session.signIn(token);
    setBusy(false);
    if (!done) form.querySelector<HTMLInputElement>("#token")?.select();
  };

  const input = {
    class: "input",
    id: "token",
    name: "token",
    autocomplete: "current-password",
    autocapitalize: "off",
    spellcheck: false,
    required: true,
    maxLength: 512,
    "aria-describedby": sentence === undefined ? "token-hint" : "sign-in-error token-hint",
    "aria-invalid": session.problem.value?.kind === "wrong_token",
  } as const;
  return (
    <main class="sign-in">
      <form
        id="sign-in"
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit(event.currentTarget);
        }}
      >
        <div>
          <h1>{texts.title}</h1>
          <p class="soft small">{page === "teach" ? texts.introTeach : texts.introCluster}</p>
        </div>
        {/* Password managers keep what they fill in under a name. */}
        <input
          class="unseen"
          type="text"
          name="username"
          autocomplete="username"
          value={userNames[page]}
          readonly
          tabIndex={-1}
          aria-hidden="true"
        />
        <div class="field">
          <label class="label" for="token">
            {texts.token}
          </label>
          <div class="token-input">
            {isShown ? <input {...input} type="text" /> : <input {...input} type="password" />}
            <IconButton icon={isShown ? "eyeOff" : "eye"} label={isShown ? texts.hide : texts.show} onClick={() => setShown(!isShown)} />
          </div>
          <p class="hint" id="token-hint">
            {texts.tokenHint}
          </p>
        </div>
        {sentence !== undefined && (
          <div id="sign-in-error">
            <Note tone={session.problem.value?.kind === "expired" ? "plain" : "bad"} icon="alert" role="alert">
              {sentence}
            </Note>
          </div>
        )}
        <Button id="sign-in-button" kind="primary" type="submit" busy={isBusy} disabled={waitS > 0}>
          {texts.signIn}
        </Button>
      </form>
    </main>
  );
}

function problemSentence(problem: SignInProblem | undefined, waitS: number): string | undefined {
  const texts = inLanguage(signInTexts);
  switch (problem?.kind) {
    case undefined:
      return undefined;
    case "wrong_token":
      return texts.wrongToken;
    case "too_many":
      return waitS > 0 ? texts.tooManyFor(waitS) : texts.tooMany;
    case "unreachable":
      return inLanguage(commonTexts).unreachableNow;
    case "expired":
      return texts.expired;
    case "not_signed_out":
      return texts.notSignedOut;
    case "other":
      return inLanguage(commonTexts).somethingWrong;
  }
}

/** Seconds until the next try is allowed. */
function useCountdown(problem: SignInProblem | undefined): number {
  const [leftS, setLeft] = useState(0);
  useEffect(() => {
    const endMs = Date.now() + (problem?.kind === "too_many" ? (problem.retryAfterS ?? 0) : 0) * 1_000;
    const show = (): void => setLeft(Math.max(0, Math.ceil((endMs - Date.now()) / 1_000)));
    show();
    const timer = setInterval(show, 250);
    return () => clearInterval(timer);
  }, [problem]);
  return leftS;
}
