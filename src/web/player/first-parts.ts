// The first seconds of a class, when its playlist lists parts and no whole segment yet. hls.js 1.7 takes such a playlist for an
// empty one, and would begin a segment later. Pure.

export interface PartNumber {
  readonly msn: number;
  readonly part: number;
}

interface Listed {
  readonly lines: readonly string[];
  /** Of the segment that the parts belong to. */
  readonly msn: number;
  readonly partsS: readonly number[];
  readonly targetDurationS: number;
  readonly partTargetS: number;
  readonly partHoldBackS: number;
}

const sequenceTag = "#EXT-X-MEDIA-SEQUENCE:";
const ofSegment = /^#EXT-X-(DISCONTINUITY$|MAP:|PROGRAM-DATE-TIME:|PART:)/;

/** @returns undefined for what does not say all that a playlist of ours says. */
function listedIn(playlist: string): Listed | undefined {
  const numberAt = (pattern: RegExp): number => Number(pattern.exec(playlist)?.[1]);
  const [msn, targetDurationS] = [numberAt(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m), numberAt(/^#EXT-X-TARGETDURATION:(\d+)/m)];
  const [partTargetS, partHoldBackS] = [numberAt(/PART-TARGET=([\d.]+)/), numberAt(/PART-HOLD-BACK=([\d.]+)/)];
  if (!(msn > 0 && targetDurationS > 0 && partTargetS > 0 && partHoldBackS > 0)) return undefined;
  const partsS = [...playlist.matchAll(/^#EXT-X-PART:DURATION=([\d.]+)/gm)].map(([, seconds]) => Number(seconds));
  return { lines: playlist.split("\n"), msn, partsS, targetDurationS, partTargetS, partHoldBackS };
}

/**
 * Who began with the first part alone would play closer to the end of what there is than PART-HOLD-BACK allows, and stand at
 * each part that is a little late, all class long (RFC 8216bis §4.4.3.8).
 * @returns the part that must be there to begin, undefined when it is
 */
export function partToBeginWith(playlist: string): PartNumber | undefined {
  const listed = listedIn(playlist);
  if (listed === undefined) return undefined;
  const { msn, partsS, targetDurationS, partTargetS, partHoldBackS } = listed;
  // Where parts are large a whole segment is there before.
  const needed = Math.min(Math.round(partHoldBackS / partTargetS), Math.ceil(targetDurationS / partTargetS));
  return partsS.length < needed ? { msn, part: needed - 1 } : undefined;
}

/**
 * Puts a segment that is missing (EXT-X-GAP) in front of the parts, and says where behind it to begin. The missing one has
 * parts of its own, since hls.js loads parts by themselves only behind the first part that is listed. It goes when the first
 * segment is whole, which looks as if it had left the window.
 * @param knownMsn the first segment that hls.js has been shown, if any
 * @returns undefined where it would contradict that
 */
export function withMissingSegment(playlist: string, knownMsn: number | undefined): string | undefined {
  const listed = listedIn(playlist);
  if (listed === undefined || (knownMsn !== undefined && knownMsn !== listed.msn - 1)) return undefined;
  const { lines, partsS, targetDurationS, partHoldBackS } = listed;
  const msn = listed.msn - 1;
  const bodyAt = lines.findIndex((line) => ofSegment.test(line));
  const listedS = partsS.reduce((sum, seconds) => sum + seconds, 0);
  const beginS = targetDurationS + Math.max(0, listedS - partHoldBackS);
  return [
    ...lines.slice(0, bodyAt).map((line) => (line.startsWith(sequenceTag) ? `${sequenceTag}${msn}` : line)),
    `#EXT-X-START:TIME-OFFSET=${beginS.toFixed(3)}`,
    "#EXT-X-GAP",
    ...[0, 1].map((part) => `#EXT-X-PART:DURATION=${targetDurationS / 2},URI="part-${msn}.${part}.m4s",GAP=YES`),
    `#EXTINF:${targetDurationS},`,
    `seg-${msn}.m4s`,
    ...lines.slice(bodyAt),
  ].join("\n");
}
