// What two responses of one playlist, an earlier and a later one, show together. Pure.
import type { MediaPlaylist, Segment } from "./playlist.ts";
import type { Report } from "./report.ts";
import type { RuleId } from "./rules.ts";

export interface Position {
  readonly msn: number;
  /** Index of the last part of segment `msn`; -1 when the segment is complete without listed parts. */
  readonly part: number;
}

/** The last part (or, without parts, the last segment) of a playlist; undefined when it is empty. */
export function lastPosition({ segments }: MediaPlaylist): Position | undefined {
  const last = segments.at(-1);
  return last && { msn: last.msn, part: last.parts.length - 1 };
}

/** True when the playlist contains part `part` of segment `msn`, or something later (6.2.5.2). */
export function contains(playlist: MediaPlaylist, { msn, part }: Position): boolean {
  const last = playlist.segments.at(-1);
  if (!last) return false;
  if (last.msn !== msn) return last.msn > msn;
  return last.parts.length > part;
}

/** True when the playlist contains the complete segment `msn`, or a later one. */
export const containsSegment = ({ segments }: MediaPlaylist, msn: number): boolean =>
  segments.some((segment) => segment.uri !== undefined && segment.msn >= msn);

/** The position that a client asks for next: the part after the last one (RFC 8216bis 6.3.7). */
export function nextPosition(playlist: MediaPlaylist): Position {
  const last = playlist.segments.at(-1);
  if (!last) return { msn: playlist.mediaSequence, part: 0 };
  return last.uri === undefined ? { msn: last.msn, part: last.parts.length } : { msn: last.msn + 1, part: 0 };
}

/** Checks a full playlist against an earlier full playlist of the same URL. */
export function checkUpdate(report: Report, before: MediaPlaylist, after: MediaPlaylist, url: string): HintOutcome {
  const check = (rule: RuleId, holds: boolean, message: string): boolean => report.check(rule, holds, message, url);
  check(
    "target-constant",
    before.targetDurationS === after.targetDurationS,
    `TARGETDURATION ${before.targetDurationS} became ${after.targetDurationS}`,
  );
  check("target-constant", before.partTargetS === after.partTargetS, `PART-TARGET ${before.partTargetS} became ${after.partTargetS}`);
  check(
    "msn-forward",
    after.mediaSequence >= before.mediaSequence,
    `EXT-X-MEDIA-SEQUENCE ${before.mediaSequence} became ${after.mediaSequence}`,
  );
  check(
    "discontinuity-sequence",
    after.discontinuitySequence >= before.discontinuitySequence,
    `EXT-X-DISCONTINUITY-SEQUENCE ${before.discontinuitySequence} became ${after.discontinuitySequence}`,
  );
  if (after.mediaSequence > before.mediaSequence && !after.ended) {
    const leftS = after.segments.reduce((sum, { durationS = 0 }) => sum + durationS, 0);
    const leastS = 3 * (after.targetDurationS ?? 0);
    check("playlist-length", leftS >= leastS - 0.002, `after a removal ${leftS.toFixed(3)} s are left, less than ${leastS} s`);
  }
  const end = lastPosition(before);
  if (end) {
    const reached = after.segments.some((segment) => segment.msn > end.msn || (segment.msn === end.msn && isFurther(segment, end, before)));
    check("playlist-forward", reached, `ended with part ${end.msn}.${end.part}, then with ${positionText(lastPosition(after))}`);
  }
  const later = new Map(after.segments.map((segment) => [segment.msn, segment]));
  for (const segment of before.segments) {
    const now = later.get(segment.msn);
    if (now) checkSegment(report, segment, now, url);
  }
  return checkHint(report, before, after, url);
}

const positionText = (position: Position | undefined): string => (position ? `${position.msn}.${position.part}` : "nothing");

function isFurther(segment: Segment, end: Position, before: MediaPlaylist): boolean {
  const wasComplete = before.segments.at(-1)?.uri !== undefined;
  if (segment.uri !== undefined) return true;
  return !wasComplete && segment.parts.length - 1 >= end.part;
}

function checkSegment(report: Report, was: Segment, now: Segment, url: string): void {
  const same = (rule: RuleId, what: string, a: unknown, b: unknown): void => {
    report.check(rule, a === b, `${what} of segment ${was.msn} was ${String(a)}, is ${String(b)}`, url);
  };
  if (was.uri !== undefined) {
    same("segment-stable", "URI", was.uri, now.uri);
    same("segment-stable", "duration", was.durationS, now.durationS);
  }
  same("segment-stable", "program date", was.dateMs, now.dateMs);
  same("segment-stable", "init section", was.mapUri, now.mapUri);
  same("discontinuity-sequence", "discontinuity sequence number", was.discontinuitySequence, now.discontinuitySequence);
  if (now.parts.length === 0) return; // parts leave old segments (6.2.2)
  was.parts.forEach((part, index) => {
    same("part-stable", `URI of part ${index}`, part.uri, now.parts[index]?.uri);
    same("part-stable", `duration of part ${index}`, part.durationS, now.parts[index]?.durationS);
  });
}

/** What became of a hint; "given_up" when its segment ended earlier than planned, which 6.2.6 allows. */
export type HintOutcome = "kept" | "given_up" | "broken" | "unknown";

/** The first part that appears after the last one of `before` is the one that `before` hinted (4.4.5.3). */
function checkHint(report: Report, before: MediaPlaylist, after: MediaPlaylist, url: string): HintOutcome {
  const hint = before.hints.find(({ type }) => type === "PART");
  const end = lastPosition(before);
  if (!hint || !end) return "unknown";
  const known = new Set(before.segments.flatMap(({ parts }) => parts.map(({ uri }) => uri)));
  const appeared = after.segments
    .filter(({ msn }) => msn >= end.msn)
    .flatMap(({ msn, parts }) => parts.map(({ uri }) => ({ msn, uri })))
    .find(({ uri }) => !known.has(uri));
  if (!appeared) return "unknown";
  const kept = appeared.uri === hint.uri;
  const isNextSegment = appeared.msn > end.msn;
  report.check("hint-kept", kept || isNextSegment, `hinted ${hint.uri}, but ${appeared.uri} appeared`, url);
  if (kept) return "kept";
  return isNextSegment ? "given_up" : "broken";
}

/** Checks a response to `_HLS_skip=YES` against a full playlist that is as new or newer (6.2.5.1). */
export function checkDelta(report: Report, delta: MediaPlaylist, full: MediaPlaylist, url: string): void {
  const check = (holds: boolean, message: string): boolean => report.check("delta-update", holds, message, url);
  const canSkipS = Number(full.control.get("CAN-SKIP-UNTIL"));
  const skipped = delta.skipped ?? 0;
  const complete = delta.segments.filter(({ uri }) => uri !== undefined);
  const listedS = complete.reduce((sum, { durationS = 0 }) => sum + durationS, 0);
  // Everything further from the end of the last segment than the boundary is skipped, and nothing else.
  if (skipped > 0) check(listedS >= canSkipS - 0.01, `skips into the last ${canSkipS} s: only ${listedS.toFixed(3)} s are listed`);
  const firstS = complete[0]?.durationS ?? 0;
  check(listedS - firstS <= canSkipS + 0.01, `lists ${listedS.toFixed(3)} s, although what is beyond ${canSkipS} s is to be skipped`);
  check(
    delta.targetDurationS === full.targetDurationS && delta.partTargetS === full.partTargetS,
    "other target durations than the full playlist",
  );
  const byMsn = new Map(full.segments.map((segment) => [segment.msn, segment]));
  for (const segment of complete) {
    const same = byMsn.get(segment.msn);
    if (segment.msn < full.mediaSequence) continue; // left between the two requests
    check(
      same?.uri === segment.uri && same?.durationS === segment.durationS && same?.dateMs === segment.dateMs,
      `segment ${segment.msn} differs from the full playlist: ${segment.uri} and ${same?.uri}`,
    );
    if (skipped === 0) continue;
    // Replacing segments by EXT-X-SKIP does not change EXT-X-DISCONTINUITY-SEQUENCE (4.4.5.2), so only tags that are listed count.
    check(segment.discontinuity === same?.discontinuity, `EXT-X-DISCONTINUITY of segment ${segment.msn} differs from the full playlist`);
  }
  if (delta.mediaSequence === full.mediaSequence) {
    check(delta.discontinuitySequence === full.discontinuitySequence, "another EXT-X-DISCONTINUITY-SEQUENCE than the full playlist");
  }
}
