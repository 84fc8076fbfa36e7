// Who is signed in on this page. Owns the session's CSRF token and with it the API client; keeps nothing: the session itself is
// a cookie that scripts cannot read. Does not know what pages do with it.
import { signal, type ReadonlySignal } from "@preact/signals";
import { createApiClient, type ApiAnswer, type ApiClient } from "../common/api-client.ts";
import type { SessionInfo } from "../../shared/protocol/session.ts";

/** `unknown`: not asked yet, or the master cannot be reached. */
export type SessionState = "unknown" | "signed_out" | SessionInfo;

/** Why somebody is signed out, where there is more to say than nothing. */
export interface SignInProblem {
  readonly kind: "wrong_token" | "too_many" | "unreachable" | "expired" | "not_signed_out" | "other";
  readonly retryAfterS: number | undefined;
}

export interface Session {
  readonly state: ReadonlySignal<SessionState>;
  readonly problem: ReadonlySignal<SignInProblem | undefined>;
  /** The master's API, as who is signed in. */
  readonly api: ApiClient;
  /** Asks who is signed in; with a token, signs in with that first. Asks again every few seconds until the master answers. */
  start(token?: string): Promise<void>;
  /** @returns whether it did; `problem` says why not */
  signIn(token: string): Promise<boolean>;
  signOut(): Promise<void>;
  /** For live sources (see live-source.ts): whether to go on. */
  stillSignedIn(): Promise<boolean>;
}

const path = "/api/session";
const askAgainMs = 3_000;

export function createSession(deps: { readonly fetcher: typeof fetch; readonly askAgainMs?: number }): Session {
  const state = signal<SessionState>("unknown");
  const problem = signal<SignInProblem | undefined>();

  const info = (): SessionInfo | undefined => (typeof state.value === "object" ? state.value : undefined);
  const end = (): void => {
    if (info() !== undefined) problem.value = { kind: "expired", retryAfterS: undefined };
    state.value = "signed_out";
  };
  const api = createApiClient({ fetcher: deps.fetcher, csrfToken: () => info()?.csrf_token, signedOut: end });

  /** @returns whether the master answered */
  async function ask(): Promise<boolean> {
    const answer = await api.call<SessionInfo>("GET", path);
    if (answer.ok) state.value = answer.value;
    else if (answer.status === 401) end();
    else if (state.value === "unknown") problem.value = { kind: "unreachable", retryAfterS: answer.retryAfterS };
    return answer.ok || answer.status === 401;
  }

  async function signIn(token: string): Promise<boolean> {
    const answer = await api.call<SessionInfo>("POST", path, { token });
    problem.value = answer.ok ? undefined : problemOf(answer);
    if (answer.ok) state.value = answer.value;
    return answer.ok;
  }

  return {
    state,
    problem,
    api,
    signIn,
    async start(token) {
      if (token !== undefined && (await signIn(token))) return;
      const linkProblem = problem.value;
      while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, deps.askAgainMs ?? askAgainMs));
      // That a link does not sign in is worth saying where nobody is signed in otherwise.
      problem.value = state.value === "signed_out" ? linkProblem : undefined;
    },
    async signOut() {
      const answer = await api.call("DELETE", path);
      // Also where the master cannot be reached the page shows nothing more; but the cookie is as good as before, which somebody
      // who leaves a shared computer must know.
      const isOver = answer.ok || answer.status === 401;
      problem.value = isOver ? undefined : { kind: "not_signed_out", retryAfterS: undefined };
      state.value = "signed_out";
    },
    async stillSignedIn() {
      await ask();
      return state.value !== "signed_out";
    },
  };
}

function problemOf(answer: Exclude<ApiAnswer<unknown>, { ok: true }>): SignInProblem {
  const { status, retryAfterS } = answer;
  if (status === 429) return { kind: "too_many", retryAfterS };
  if (status === 401 || status === 403 || status === 422) return { kind: "wrong_token", retryAfterS: undefined };
  if (status === 0 || status === 502 || status === 503 || status === 504) return { kind: "unreachable", retryAfterS };
  return { kind: "other", retryAfterS: undefined };
}
