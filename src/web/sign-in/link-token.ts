// The token in the address that an administrator gives a teacher (`teach_url`: /teach#<token>). Behind the #, it is never sent
// to a server or written into a log.

/** What tokens are made of (SignInRequest has the bounds); anything else behind the # is none. */
const tokenPattern = /^#(?:token=)?(?<token>[\w.~+/=-]{16,512})$/;

/** @param hash location.hash */
export const tokenOfHash = (hash: string): string | undefined => tokenPattern.exec(hash)?.groups?.["token"];

/** @returns the token of the address, which is taken out of the address bar and of the history */
export function takeLinkToken({ location, history }: Pick<Window, "location" | "history">): string | undefined {
  const token = tokenOfHash(location.hash);
  if (token !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}
