// Makes playlists of different nodes one playlist for hls.js: without tokens, and without segments older than what it has
// seen. A node that holds more of the past than the one before would give hls.js times before its zero, and it then
// loses its place for seconds; and delta updates (EXT-X-SKIP) that skip what it never had. And with something behind the
// last segment at any time. Pure.
import { reachOf } from "../../shared/viewing/newest-part.ts";

export interface SteadyPlaylist {
  readonly text: string;
  /** First media sequence number that is listed; undefined for a multivariant playlist. */
  readonly firstMsn: number | undefined;
}

const sequenceTag = "#EXT-X-MEDIA-SEQUENCE:";
const discontinuitySequenceTag = "#EXT-X-DISCONTINUITY-SEQUENCE:";
const skipTag = "#EXT-X-SKIP:";
const ofSegment = /^#(EXTINF:|EXT-X-(DISCONTINUITY$|MAP:|PROGRAM-DATE-TIME:|GAP$|PART:))/;
const token = /\?jwt=[^"&\s]*(?=["\s]|$)/g;

/** @param floorMsn the highest `firstMsn` of this playlist so far: what was removed before stays removed. */
export function steadyPlaylist(playlist: string, floorMsn: number): SteadyPlaylist {
  const text = withHint(playlist.replaceAll(token, ""));
  const lines = text.split("\n");
  const firstMsn = numberOf(lines, sequenceTag);
  if (firstMsn === undefined || firstMsn >= floorMsn) return { text, firstMsn };
  return withoutOldest(lines, firstMsn, floorMsn - firstMsn) ?? { text, firstMsn };
}

/**
 * While the teacher is away nothing is hinted. hls.js 1.7 then takes the last segment for the open one as well, and the
 * next playlist, if it goes on behind a discontinuity, for a wrong one, which ends it. It never loads what is hinted.
 */
function withHint(playlist: string): string {
  const lastLine = playlist.trimEnd().split("\n").at(-1) ?? "";
  if (lastLine.startsWith("#") || !playlist.includes("\n#EXT-X-PART:")) return playlist;
  const next = reachOf(playlist)?.msn;
  return next === undefined ? playlist : `${playlist.trimEnd()}\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${next}.0.m4s"\n`;
}

/** @returns undefined when not enough segments are listed: such a node is too far behind to be steadied. */
function withoutOldest(lines: readonly string[], firstMsn: number, count: number): SteadyPlaylist | undefined {
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(lines.find((line) => line.startsWith(skipTag)) ?? "")?.[1] ?? 0);
  const bodyAt = lines.findIndex((line) => ofSegment.test(line) || line.startsWith(skipTag));
  if (bodyAt === -1) return undefined;
  const body = lines.slice(bodyAt).filter((line) => !line.startsWith(skipTag));
  const [lostSkips, lostSegments] = [Math.min(skipped, count), Math.max(0, count - skipped)];
  let [at, discontinuities] = [0, 0];
  let map: string | undefined;
  for (let lost = 0; lost < lostSegments; at += 1) {
    const line = body[at];
    if (line === undefined) return undefined;
    if (line === "#EXT-X-DISCONTINUITY") discontinuities += 1;
    else if (line.startsWith("#EXT-X-MAP:")) map = line;
    else if (line !== "" && !line.startsWith("#")) lost += 1;
  }
  const rest = body.slice(at);
  const nextUri = rest.findIndex((line) => line !== "" && !line.startsWith("#"));
  const hasMap = rest.slice(0, nextUri === -1 ? rest.length : nextUri).some((line) => line.startsWith("#EXT-X-MAP:"));
  const header = lines.slice(0, bodyAt).filter((line) => !line.startsWith(discontinuitySequenceTag));
  const sequence = header.map((line) => (line.startsWith(sequenceTag) ? `${sequenceTag}${firstMsn + count}` : line));
  const removed = (numberOf(lines, discontinuitySequenceTag) ?? 0) + discontinuities;
  const text = [
    ...sequence,
    ...(removed > 0 ? [`${discontinuitySequenceTag}${removed}`] : []),
    ...(skipped > lostSkips ? [`${skipTag}SKIPPED-SEGMENTS=${skipped - lostSkips}`] : []),
    ...(map === undefined || hasMap ? [] : [map]),
    ...rest,
  ].join("\n");
  return { text, firstMsn: firstMsn + count };
}

function numberOf(lines: readonly string[], tag: string): number | undefined {
  const found = Number.parseInt(lines.find((line) => line.startsWith(tag))?.slice(tag.length) ?? "", 10);
  return Number.isNaN(found) ? undefined : found;
}
