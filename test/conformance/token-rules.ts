// The token of a playlist URL (`?jwt=`): carried into every URI, asked for everywhere.
import { shortUrl, withoutQuery, type Client } from "./client.ts";
import type { MediaPlaylist, MultivariantPlaylist } from "./playlist.ts";
import type { Report } from "./report.ts";

const parameter = "jwt";
const tokenOf = (url: string): string | null => new URL(url).searchParams.get(parameter);

/** Every URI that a playlist lists, in order. */
function listUris(playlist: MediaPlaylist | MultivariantPlaylist): string[] {
  if (playlist.kind === "multivariant")
    return [...playlist.variants.map(({ uri }) => uri), ...playlist.media.flatMap((media) => media.get("URI") ?? [])];
  const segments = playlist.segments.flatMap(({ uri, mapUri, parts }) => [mapUri, ...parts.map((part) => part.uri), uri]);
  return [...segments, ...playlist.hints.map(({ uri }) => uri), ...playlist.reports.map(({ uri }) => uri)].flatMap((uri) => uri ?? []);
}

export function checkTokenCarried(report: Report, playlist: MediaPlaylist | MultivariantPlaylist, url: string): void {
  const token = tokenOf(url);
  if (token === null) return;
  for (const uri of listUris(playlist)) {
    report.check("token-carried", tokenOf(new URL(uri, url).href) === token, `${shortUrl(uri)} does not carry the token`, shortUrl(url));
  }
}

/** One of each kind of resource, asked for without the token. */
export async function checkTokenNeeded(report: Report, client: Client, playlist: MediaPlaylist, url: string): Promise<void> {
  if (tokenOf(url) === null) return;
  const newest = playlist.segments.findLast(({ uri }) => uri !== undefined);
  const uris = { playlist: url, init: newest?.mapUri, segment: newest?.uri, part: newest?.parts[0]?.uri };
  for (const [what, uri] of Object.entries(uris)) {
    if (uri === undefined) continue;
    const target = withoutQuery(new URL(uri, url).href, parameter);
    const { status } = await client.get(target, "probe");
    report.check("token-needed", status === 401, `${what} without a token gets ${status}`, shortUrl(target));
  }
}
