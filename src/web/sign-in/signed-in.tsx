// The gate of /teach and /cluster: shows the page to who is signed in, else what is missing.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SessionInfo } from "../../shared/protocol/session.ts";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import type { Session } from "./session.ts";
import { SignInForm, type SignInPage } from "./sign-in-form.tsx";
import { signInTexts } from "./sign-in-texts.ts";

export interface SignedInProps {
  readonly session: Session;
  readonly page: SignInPage;
  /** The page itself. @param info whose session it is; on the cluster page always an administrator's */
  readonly children: (info: SessionInfo) => ComponentChildren;
}

export function SignedIn({ session, page, children }: SignedInProps) {
  const state = session.state.value;
  if (state === "unknown") return <Waiting session={session} />;
  if (state === "signed_out") return <SignInForm session={session} page={page} />;
  if (page === "cluster" && state.role !== "admin") return <AdminOnly session={session} />;
  return <>{children(state)}</>;
}

/** Blank for a moment: an answer mostly comes before a sentence could be read. */
function Waiting({ session }: { readonly session: Session }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 500);
    return () => clearTimeout(timer);
  }, []);
  const isUnreachable = session.problem.value?.kind === "unreachable";
  return (
    <main class="sign-in-wait" aria-busy="true">
      {(isLong || isUnreachable) && (
        <>
          <span class="spinner" aria-hidden="true" />
          <p role="status">{isUnreachable ? inLanguage(commonTexts).unreachable : inLanguage(signInTexts).loading}</p>
        </>
      )}
    </main>
  );
}

function AdminOnly({ session }: { readonly session: Session }) {
  const texts = inLanguage(signInTexts);
  return (
    <main class="sign-in">
      <div class="card" id="admin-only">
        <h1>{texts.title}</h1>
        <Note tone="plain" icon="lock">
          {texts.adminOnly}
        </Note>
        <a class="button primary" href="/teach">
          {texts.toTeach}
        </a>
        <Button kind="quiet" onClick={() => void session.signOut()}>
          {texts.otherToken}
        </Button>
      </div>
    </main>
  );
}
