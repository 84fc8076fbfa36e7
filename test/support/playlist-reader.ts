// What tests read from a stream over HTTP: its playlists, and the addresses that they list. Knows no expectation.
import { parsePlaylist } from "../conformance/playlist.ts";
import type { MediaPlaylist } from "../conformance/playlist.ts";

export interface StreamAddresses {
  readonly multivariant: string;
  readonly playlist: string;
  readonly init: string;
  readonly segment: string;
  readonly part: string;
  /** The part that will appear next. */
  readonly hint: string;
}

/** The media playlist behind a multivariant one (its first variant unless named) or at `url` itself. @throws for any status but 200. */
export async function readMediaPlaylist(url: string, variant = 0): Promise<{ url: string; playlist: MediaPlaylist }> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${new URL(url).pathname}: ${response.status} ${text}`);
  const playlist = parsePlaylist(text);
  if (playlist.kind === "media") return { url, playlist };
  const uri = playlist.variants[variant]?.uri;
  if (uri === undefined) throw new Error(`no variant ${variant} in ${text}`);
  return readMediaPlaylist(new URL(uri, url).href);
}

/** One address of each kind, of a stream that has at least one complete segment with parts. */
export async function addressesOf(multivariant: string): Promise<StreamAddresses> {
  const { url, playlist } = await readMediaPlaylist(multivariant);
  const segment = playlist.segments.findLast(({ uri, parts }) => uri !== undefined && parts.length > 0);
  const addresses = {
    playlist: url,
    init: segment?.mapUri,
    segment: segment?.uri,
    part: segment?.parts[0]?.uri,
    hint: playlist.hints[0]?.uri,
  };
  const found = Object.entries(addresses).map(([name, uri]) => {
    if (uri === undefined) throw new Error(`the playlist names no ${name}`);
    return [name, new URL(uri, url).href] as const;
  });
  return { multivariant, ...(Object.fromEntries(found) as Omit<StreamAddresses, "multivariant">) };
}

/** The same address with another token, or with none. */
export function withToken(url: string, token: string | undefined): string {
  const changed = new URL(url);
  if (token === undefined) changed.searchParams.delete("jwt");
  else changed.searchParams.set("jwt", token);
  return changed.href;
}

/** Query parameters added, for delivery directives. */
export function withQuery(url: string, parameters: Record<string, string | number>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, String(value));
  return changed.href;
}
