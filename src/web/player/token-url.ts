// The token in media URLs. Pure.

const parameter = "jwt";

/** `url` with the current token instead of the one that it was listed with; other query parameters stay as they are. */
export function withToken(url: string, token: string): string {
  const parsed = new URL(url);
  parsed.searchParams.set(parameter, token);
  return parsed.href;
}

/** Whether two playlist URLs are the same but for their query (token, delivery directives). */
export function isSamePlaylist(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  return a.origin === b.origin && a.pathname === b.pathname;
}
