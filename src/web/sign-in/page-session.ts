// The session of the page that runs here: signs in with the token of the address, where there is one. Call once.
import { takeLinkToken } from "./link-token.ts";
import { createSession, type Session } from "./session.ts";

export function startPageSession(): Session {
  const session = createSession({ fetcher: (...request) => fetch(...request) });
  void session.start(takeLinkToken(window));
  // A link that is opened where the page is open already loads nothing.
  window.addEventListener("hashchange", () => {
    const token = takeLinkToken(window);
    if (token !== undefined) void session.signIn(token);
  });
  return session;
}
