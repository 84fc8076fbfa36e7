// The two addresses of a stream: the virtual one that hls.js knows for ever, and that of the node that serves it now.
// hls.js takes another host or path for another stream, so a move between nodes must not change what it sees. Pure.

/** What a grant says about where a stream is. */
export interface StreamAddress {
  /** Multivariant playlist, with the token as `?jwt=`. */
  readonly hlsUrl: string;
  readonly token: string;
}

const tokenParameter = "jwt";

/** Folder of the stream, without query: `http://host:8888/live/math/` of its multivariant playlist. */
export function baseOf(hlsUrl: string): string {
  const { origin, pathname } = new URL(hlsUrl);
  return origin + pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

/**
 * The URL to ask the node of `address` for what hls.js calls `url`: other base, other token; file and delivery
 * directives stay.
 * @returns undefined for a URL that is not below `virtualBase`: our token is nobody else's business.
 */
export function urlAtNode(url: string, virtualBase: string, address: StreamAddress): string | undefined {
  const parsed = new URL(url);
  const place = parsed.origin + parsed.pathname;
  if (!place.startsWith(virtualBase)) return undefined;
  parsed.searchParams.set(tokenParameter, address.token);
  return baseOf(address.hlsUrl) + place.slice(virtualBase.length) + parsed.search;
}

/** `url` without `_HLS_…` (RFC 8216bis §6.2.5): the playlist as it is now, which a node that is well answers at once. */
export function withoutDirectives(url: string): string {
  const parsed = new URL(url);
  const directives = [...parsed.searchParams.keys()].filter((name) => name.startsWith("_HLS_"));
  for (const name of directives) parsed.searchParams.delete(name);
  return parsed.href;
}

/** `url` of a playlist, answered as soon as that part is listed (RFC 8216bis §6.2.5.2). */
export function blockingUrl(url: string, { msn, part }: { readonly msn: number; readonly part: number }): string {
  const parsed = new URL(url);
  parsed.searchParams.set("_HLS_msn", String(msn));
  parsed.searchParams.set("_HLS_part", String(part));
  return parsed.href;
}

/** Whether a playlist request waits at the node for what does not exist yet. */
export const isBlocking = (url: string): boolean => new URL(url).searchParams.has("_HLS_msn");
