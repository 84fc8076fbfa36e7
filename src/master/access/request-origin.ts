// Whether a request that changes something comes from our own page (Fetch standard, `Origin`). Pure.

/**
 * @param origin the header; undefined when none was sent, which is what programs do.
 * @param hosts our own, as in a Host header: by which we were reached, and that of PUBLIC_URL. Their scheme does not count: a proxy
 * that ends TLS and is not trusted would make it look like another one.
 */
export function isOwnOrigin(origin: string | undefined, hosts: readonly string[]): boolean {
  if (origin === undefined) return true;
  // `null` (sandboxed frames, files) is nobody's.
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  return (protocol === "http:" || protocol === "https:") && hosts.some((own) => hostUnder(protocol, own) === host);
}

/** As a URL of this scheme writes it: without its default port, in small letters. */
function hostUnder(protocol: string, host: string): string | undefined {
  // A path or a user before an @ is no part of it.
  if (!/^[A-Za-z0-9.:[\]-]+$/.test(host)) return undefined;
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
