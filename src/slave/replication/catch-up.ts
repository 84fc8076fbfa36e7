// Where a new copy begins, and what is asked for next. Pure.
import type { PlaylistSegment } from "../media/media-playlist.ts";
import type { ListedMedia, PartName } from "../../shared/hls/read-media-playlist.ts";

/** A player without low latency starts three target durations before the end (RFC 8216bis 6.3.3); what is older is of use to nobody new. */
const usefulTargets = 3;

/** MSN of the first segment that a copy without media takes. @param minMsn segments below were shown here with other media. */
export function firstUsefulMsn({ timing, segments }: ListedMedia, minMsn: number): number {
  let completeUs = 0;
  let msn = segments[0].msn;
  for (const segment of segments.toReversed()) {
    msn = segment.msn;
    if (segment.complete) completeUs += segment.durationUs;
    if (completeUs >= usefulTargets * timing.targetDurationS * 1e6) break;
  }
  return Math.max(minMsn, msn);
}

/** The part after the newest that is listed. */
export function nextPart({ segments }: ListedMedia): PartName {
  const last = segments.at(-1) ?? segments[0];
  return last.complete ? { msn: last.msn + 1, part: 0 } : { msn: last.msn, part: last.parts.length };
}

/** Listed parts beyond what is here; a segment whose parts are not listed counts as one. @param tail the newest segment here. */
export function missingParts(segments: readonly PlaylistSegment[], tail: PlaylistSegment | undefined, firstMsn: number): number {
  let missing = 0;
  for (const { msn, parts } of segments) {
    if (msn < (tail?.msn ?? firstMsn)) continue;
    if (tail?.msn !== msn) missing += Math.max(1, parts.length);
    else if (!tail.complete) missing += Math.max(0, parts.length - tail.parts.length);
  }
  return missing;
}
