// What one playlist shows by itself. Pure: text in, checks out; no HTTP, no history.
import type { MediaPlaylist, MultivariantPlaylist, Part, Segment } from "./playlist.ts";
import type { Report } from "./report.ts";
import { ruleIds, type RuleId } from "./rules.ts";

/** Rounding of decimal seconds in playlists (three digits or more). */
const roundingS = 0.002;
const syntaxRules: readonly RuleId[] = ["basic-format", "attribute-list", "tag-mix"];
const mediaSyntaxRules: readonly RuleId[] = [...syntaxRules, "tag-once", "tag-order", "extinf-required"];

function checkSyntax(report: Report, playlist: MediaPlaylist | MultivariantPlaylist, always: readonly RuleId[], url: string): void {
  for (const rule of ruleIds) {
    const problems = playlist.problems.filter((problem) => problem.rule === rule);
    if (problems.length === 0 && always.includes(rule)) report.check(rule, true, "", url);
    for (const { message } of problems) report.check(rule, false, message, url);
  }
}

export function checkMultivariant(report: Report, playlist: MultivariantPlaylist, url: string): void {
  checkSyntax(report, playlist, syntaxRules, url);
  report.check("mv-variant", playlist.variants.length > 0, "no variant", url);
  for (const { uri, attributes } of playlist.variants) {
    report.check("mv-codecs", attributes.has("CODECS"), `variant ${uri} has no CODECS`, url);
    for (const type of ["AUDIO", "VIDEO", "SUBTITLES"]) {
      const group = attributes.get(type);
      if (group === undefined) continue;
      const exists = playlist.media.some((media) => media.get("TYPE") === type && media.get("GROUP-ID") === group);
      report.check("mv-variant", exists, `variant ${uri} names the ${type} group ${group}, which does not exist`, url);
    }
    const bandwidth = Number(attributes.get("BANDWIDTH"));
    report.check("mv-variant", bandwidth > 0, `variant ${uri} has BANDWIDTH ${bandwidth}`, url);
  }
}

export interface MediaContext {
  readonly url: string;
  /** The request had `_HLS_skip`. */
  readonly askedSkip: boolean;
  /** Other media playlists of the same presentation. */
  readonly otherRenditions: number;
}

export function checkMediaPlaylist(report: Report, playlist: MediaPlaylist, { url, askedSkip, otherRenditions }: MediaContext): void {
  checkSyntax(report, playlist, mediaSyntaxRules, url);
  const { targetDurationS = Number.NaN, segments } = playlist;
  const check = (rule: RuleId, holds: boolean, message: string | (() => string)): boolean => report.check(rule, holds, message, url);

  check("target-duration", targetDurationS >= 1, `TARGETDURATION is ${targetDurationS}`);
  for (const { msn, durationS } of segments) {
    if (durationS === undefined) continue;
    check(
      "target-duration",
      Math.round(durationS) <= targetDurationS,
      `segment ${msn} lasts ${durationS} s, target is ${targetDurationS} s`,
    );
  }
  const needed = neededVersion(playlist);
  check("version", (playlist.version ?? 1) >= needed, `EXT-X-VERSION is ${playlist.version ?? "missing"}, the tags need ${needed}`);
  if (!playlist.ended) check("playlist-type", playlist.playlistType === undefined, `EXT-X-PLAYLIST-TYPE is ${playlist.playlistType}`);
  for (const { msn, mapUri } of segments)
    check("map-present", mapUri !== undefined || playlist.skipped !== undefined, `segment ${msn} has no EXT-X-MAP`);
  if (playlist.skipped !== undefined) {
    check("skip-tag", askedSkip, "EXT-X-SKIP although nobody asked for it");
    check("skip-tag", playlist.control.has("CAN-SKIP-UNTIL"), "EXT-X-SKIP without CAN-SKIP-UNTIL");
  } else check("skip-tag", true, "");
  checkDates(report, segments, url);
  checkControl(report, playlist, url);
  checkParts(report, playlist, url);
  if (playlist.partTargetS !== undefined && otherRenditions > 0) {
    check(
      "report-present",
      playlist.reports.length >= otherRenditions,
      `${playlist.reports.length} reports on ${otherRenditions} other renditions`,
    );
  }
}

function neededVersion(playlist: MediaPlaylist): number {
  if (playlist.skipped !== undefined) return 9;
  if (playlist.segments.some(({ mapUri }) => mapUri !== undefined)) return 6;
  return playlist.segments.some(({ durationS = 0 }) => !Number.isInteger(durationS)) ? 3 : 1;
}

function checkDates(report: Report, segments: readonly Segment[], url: string): void {
  let previous: Segment | undefined;
  for (const segment of segments) {
    report.check("program-date-time", segment.dateMs !== undefined, `segment ${segment.msn} has no program date`, url);
    if (previous?.dateMs !== undefined && previous.durationS !== undefined && segment.dateMs !== undefined) {
      const gapS = (segment.dateMs - previous.dateMs) / 1000 - previous.durationS;
      // Sub-second overlaps are allowed (6.2.1); within one timeline dates follow durations.
      const fits = segment.discontinuity ? gapS > -1 : Math.abs(gapS) <= 0.1;
      report.check(
        "program-date-consistent",
        fits,
        `segment ${segment.msn} is dated ${gapS.toFixed(3)} s off the end of the one before`,
        url,
      );
    }
    previous = segment;
  }
}

function checkControl(report: Report, { control, targetDurationS = 0, partTargetS, ended }: MediaPlaylist, url: string): void {
  const atLeast = (rule: RuleId, name: string, leastS: number): void => {
    const value = control.get(name);
    if (value === undefined) return;
    report.check(rule, Number(value) >= leastS - 1e-6, `${name} is ${value}, less than ${leastS.toFixed(3)}`, url);
  };
  atLeast("hold-back", "HOLD-BACK", 3 * targetDurationS);
  atLeast("can-skip-until", "CAN-SKIP-UNTIL", 6 * targetDurationS);
  if (partTargetS === undefined) return;
  report.check("part-hold-back", control.has("PART-HOLD-BACK"), "PART-HOLD-BACK is missing", url);
  atLeast("part-hold-back", "PART-HOLD-BACK", 2 * partTargetS);
  atLeast("part-hold-back-3", "PART-HOLD-BACK", 3 * partTargetS);
  if (!ended) report.check("can-block-reload", control.get("CAN-BLOCK-RELOAD") === "YES", "CAN-BLOCK-RELOAD=YES is missing", url);
}

function checkParts(report: Report, playlist: MediaPlaylist, url: string): void {
  const { partTargetS, segments, targetDurationS = 0 } = playlist;
  const check = (rule: RuleId, holds: boolean, message: string): boolean => report.check(rule, holds, message, url);
  const hints = playlist.hints.filter(({ type }) => type === "PART");
  if (playlist.ended) check("preload-hint", playlist.hints.length === 0, "an ended playlist hints");
  else if (partTargetS !== undefined) check("preload-hint", hints.length === 1, `${hints.length} preload hints for parts`);
  if (segments.some(({ parts }) => parts.length > 0)) check("part-inf", (partTargetS ?? 0) > 0, "EXT-X-PART without EXT-X-PART-INF");
  if (partTargetS === undefined) return;

  let behindS = 0;
  for (const segment of segments.toReversed()) {
    // A segment may begin to lose its parts once its own end is beyond three target durations.
    if (segment.parts.length > 0) {
      check(
        "part-window",
        behindS <= 3 * targetDurationS + roundingS,
        `segment ${segment.msn} still lists parts ${behindS.toFixed(1)} s from the end`,
      );
    }
    behindS += segment.durationS ?? segment.parts.reduce((sum, part) => sum + part.durationS, 0);
    checkPartDurations(report, segment, partTargetS, url);
  }
}

function checkPartDurations(report: Report, { msn, parts, durationS }: Segment, partTargetS: number, url: string): void {
  parts.forEach((part, index) => {
    const name = `part ${msn}.${index}`;
    report.check("part-max", part.durationS <= partTargetS + 1e-6, `${name} lasts ${part.durationS} s, target is ${partTargetS} s`, url);
    if (isExempt(parts, index)) return;
    const leastS = 0.85 * partTargetS;
    report.check("part-min", part.durationS >= leastS - 1e-6, `${name} lasts ${part.durationS} s, less than ${leastS.toFixed(3)} s`, url);
  });
  if (durationS === undefined || parts.length === 0) return;
  const sumS = parts.reduce((sum, part) => sum + part.durationS, 0);
  report.check(
    "part-sum",
    Math.abs(sumS - durationS) <= 0.01 + roundingS * parts.length,
    `parts of ${msn} last ${sumS.toFixed(3)} s, EXTINF says ${durationS} s`,
    url,
  );
}

/** The last part of a segment, an independent one, a gap and the one before a gap may be short (4.4.4.9); so may the newest of an open segment. */
function isExempt(parts: readonly Part[], index: number): boolean {
  const part = parts[index];
  return index === parts.length - 1 || part?.independent === true || part?.gap === true || parts[index + 1]?.gap === true;
}
