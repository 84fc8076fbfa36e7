// Whether two nodes' lists of one rendition are parts of one log. Pure. Two origins that went on with the same MSNs on
// their own differ where the second began: in the date, the discontinuity, or the length of the segment before.
import type { PlaylistSegment } from "../media/media-playlist.ts";
import { sumUs } from "../../shared/hls/read-media-playlist.ts";

/** Where ours is not a beginning of theirs, a reason; undefined while they agree as far as both go. */
export function differenceOf(ours: readonly PlaylistSegment[], theirs: readonly PlaylistSegment[]): string | undefined {
  const first = theirs[0];
  if (!first) return undefined;
  for (const own of ours) {
    const other = theirs[own.msn - first.msn];
    const difference = other && segmentDifference(own, other);
    if (difference !== undefined) return `segment ${own.msn}: ${difference}`;
  }
  return undefined;
}

/** The same of one segment that both list. */
export function segmentDifference(own: PlaylistSegment, other: PlaylistSegment): string | undefined {
  if (own.programDateTimeMs !== other.programDateTimeMs) return "another date";
  if (own.initId !== other.initId) return "another init segment";
  if (own.discontinuity !== other.discontinuity || own.discontinuitySequence !== other.discontinuitySequence)
    return "other discontinuities";
  if (own.gap !== other.gap) return "a gap on one side";
  if (own.complete && other.complete && own.durationUs !== other.durationUs) return "another duration";
  if (!own.complete && other.complete && own.durationUs > other.durationUs) return "ended before what is here";
  if (own.complete && !other.complete && sumUs(other.parts) > own.durationUs) return "goes on after what ended here";
  // Parts that are no longer listed on one side cannot be compared; the sums above can.
  if (own.parts.length === 0 || other.parts.length === 0) return undefined;
  if (other.complete && own.parts.length > other.parts.length) return "fewer parts than here";
  if (own.complete && other.parts.length > own.parts.length) return "more parts than were here when it ended";
  for (const [index, part] of own.parts.entries()) {
    const counterpart = other.parts[index];
    if (!counterpart) break;
    if (part.durationUs !== counterpart.durationUs || part.independent !== counterpart.independent) return `part ${index} differs`;
  }
  return undefined;
}
