// Reads `Authorization: Bearer <token>` (RFC 6750 §2.1). Knows nothing of what the token says.

/** The token of the header's value; undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || !/^bearer /i.test(header)) return undefined;
  return header.slice("bearer ".length).trim() || undefined;
}
