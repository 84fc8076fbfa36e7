// The text of a media playlist (RFC 8216bis 4.4). Pure: what is listed, and for how long, the log decides.
import type { PlaylistSegment, StreamTiming } from "../../shared/hls/playlist-model.ts";
import { queryHole, secondsText } from "./playlist-template.ts";

export type { PlaylistSegment };

export interface RenditionReport {
  readonly name: string;
  readonly lastMsn: number;
  /** -1 when that segment has no parts. */
  readonly lastPart: number;
}

export interface MediaPlaylist {
  readonly timing: StreamTiming;
  /** Oldest first; not empty. */
  readonly segments: readonly PlaylistSegment[];
  /** False while the publisher is away: then no next part is promised. */
  readonly live: boolean;
  readonly reports: readonly RenditionReport[];
}

/** SKIP needs 9, GAP 8, MAP 6 (RFC 8216bis 7). */
const version = 9;
/** Smallest CAN-SKIP-UNTIL in target durations (RFC 8216bis 4.4.3.8). */
const skipBoundaryTargets = 6;
/** Older parts are of no use to a player and are left out (RFC 8216bis 6.2.2). */
const partListTargets = 3;

/** @param skip whether old segments may be replaced by EXT-X-SKIP (a delta update, RFC 8216bis 6.2.5.1). */
export function mediaPlaylistText(playlist: MediaPlaylist, skip: boolean): string {
  const { timing, segments, reports } = playlist;
  const targetUs = timing.targetDurationS * 1e6;
  const first = segments[0];
  const partHoldBackUs = timing.partTargetUs * 3;
  let text =
    `#EXTM3U\n#EXT-X-VERSION:${version}\n#EXT-X-TARGETDURATION:${timing.targetDurationS}\n` +
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${secondsText(partHoldBackUs)},CAN-SKIP-UNTIL=${skipBoundaryTargets * timing.targetDurationS}\n` +
    `#EXT-X-PART-INF:PART-TARGET=${secondsText(timing.partTargetUs)}\n` +
    `#EXT-X-MEDIA-SEQUENCE:${first?.msn ?? 0}\n`;
  // The tag counts what was removed, and a tag before the first segment is still there (RFC 8216bis 4.4.3.3).
  const removedDiscontinuities = first ? first.discontinuitySequence - (first.discontinuity ? 1 : 0) : 0;
  if (removedDiscontinuities > 0) text += `#EXT-X-DISCONTINUITY-SEQUENCE:${removedDiscontinuities}\n`;

  let leftUs = 0;
  for (const segment of segments) leftUs += segment.durationUs;
  let skipped = 0;
  if (skip) {
    const last = segments.at(-1);
    const openUs = last && !last.complete ? last.durationUs : 0;
    for (const segment of segments) {
      if (leftUs - openUs - segment.durationUs < skipBoundaryTargets * targetUs) break;
      leftUs -= segment.durationUs;
      skipped += 1;
    }
    if (skipped > 0) text += `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}\n`;
  }
  let initId: number | undefined;
  for (let index = skipped; index < segments.length; index += 1) {
    const segment = segments[index];
    if (!segment) break;
    leftUs -= segment.durationUs;
    text += segmentText(segment, segment.initId !== initId, leftUs < partListTargets * targetUs);
    ({ initId } = segment);
  }
  if (playlist.live) text += preloadHint(segments.at(-1));
  for (const { name, lastMsn, lastPart } of reports) {
    const part = lastPart < 0 ? "" : `,LAST-PART=${lastPart}`;
    text += `#EXT-X-RENDITION-REPORT:URI="../${name}/stream.m3u8${queryHole}",LAST-MSN=${lastMsn}${part}\n`;
  }
  return text;
}

function segmentText(segment: PlaylistSegment, withMap: boolean, withParts: boolean): string {
  const { msn } = segment;
  let text = segment.discontinuity ? "#EXT-X-DISCONTINUITY\n" : "";
  if (withMap) text += `#EXT-X-MAP:URI="init-${segment.initId}.mp4${queryHole}"\n`;
  text += `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTimeMs).toISOString()}\n`;
  if (segment.gap) text += "#EXT-X-GAP\n";
  if (withParts || !segment.complete) {
    for (const [index, part] of segment.parts.entries()) {
      const independent = part.independent ? ",INDEPENDENT=YES" : "";
      text += `#EXT-X-PART:DURATION=${secondsText(part.durationUs)},URI="part-${msn}.${index}.m4s${queryHole}"${independent}\n`;
    }
  }
  if (segment.complete) text += `#EXTINF:${secondsText(segment.durationUs)},\nseg-${msn}.m4s${queryHole}\n`;
  return text;
}

function preloadHint(last: PlaylistSegment | undefined): string {
  if (!last) return "";
  const [msn, part] = last.complete ? [last.msn + 1, 0] : [last.msn, last.parts.length];
  return `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${msn}.${part}.m4s${queryHole}"\n`;
}
