// How far a media playlist reaches: enough to tell which of two nodes is ahead. Pure.

/** The newest media that a playlist lists: segment `msn` with `parts` parts (0: the segment before it is whole). */
export interface Reach {
  readonly msn: number;
  readonly parts: number;
}

/** @returns undefined when it is no media playlist, or lists nothing. */
export function reachOf(playlist: string): Reach | undefined {
  let msn: number | undefined;
  let [parts, segments] = [0, 0];
  for (const line of playlist.split("\n")) {
    if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:")) msn = Number.parseInt(line.slice("#EXT-X-MEDIA-SEQUENCE:".length), 10);
    else if (line.startsWith("#EXT-X-SKIP:")) segments += Number(/SKIPPED-SEGMENTS=(\d+)/.exec(line)?.[1] ?? 0);
    else if (line.startsWith("#EXT-X-PART:")) parts += 1;
    else if (line.startsWith("#EXTINF:")) [segments, parts] = [segments + 1, 0];
  }
  if (msn === undefined || Number.isNaN(msn) || segments + parts === 0) return undefined;
  return { msn: msn + segments, parts };
}

/** Whether `one` has media that `other` has not. */
export function isAhead(one: Reach | undefined, other: Reach | undefined): boolean {
  if (one === undefined) return false;
  return other === undefined || one.msn > other.msn || (one.msn === other.msn && one.parts > other.parts);
}

/** Whether `playlist` has what a blocking reload of `url` asked for (RFC 8216bis §6.2.5.2). True for all that is no such reload. */
export function hasAsked(playlist: string, url: string): boolean {
  const { searchParams } = new URL(url);
  const msn = Number.parseInt(searchParams.get("_HLS_msn") ?? "", 10);
  const reach = reachOf(playlist);
  if (Number.isNaN(msn) || reach === undefined) return true;
  // Without a part the whole segment is meant.
  const part = Number.parseInt(searchParams.get("_HLS_part") ?? "", 10);
  return reach.msn > msn || (reach.msn === msn && reach.parts > part);
}

/** Whether a media playlist lists parts and no whole segment yet: that of a stream's first seconds. */
export const hasPartsAlone = (playlist: string): boolean => playlist.includes("\n#EXT-X-PART:") && !/^#EXT(INF|-X-SKIP):/m.test(playlist);

/** URI of the first rendition of a multivariant playlist, resolved against `url`. */
export function firstRendition(multivariant: string, url: string): string | undefined {
  const uri = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  return uri === undefined ? undefined : new URL(uri.trim(), url).href;
}
