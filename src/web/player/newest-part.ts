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

/** URI of the first rendition of a multivariant playlist, resolved against `url`. */
export function firstRendition(multivariant: string, url: string): string | undefined {
  const uri = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  return uri === undefined ? undefined : new URL(uri.trim(), url).href;
}
