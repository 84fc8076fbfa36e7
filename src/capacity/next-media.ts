// Which media of a playlist a low-latency player loads next, and where it begins. Pure.
import type { ListedMedia } from "../shared/hls/read-media-playlist.ts";
import type { PlaylistSegment } from "../shared/hls/playlist-model.ts";

export interface MediaItem {
  readonly msn: number;
  /** `whole` where the parts are not listed any more. */
  readonly part: number | "whole";
  /** Relative to the media playlist, without query. */
  readonly uri: string;
  readonly initUri: string;
  readonly durationMs: number;
  /** End of it, program date-time in Unix ms. */
  readonly endsAtMs: number;
  /** Only needed to decode what follows: it lies before the picture that the player begins with. */
  readonly isLead: boolean;
  readonly independent: boolean;
}

/** What was taken: everything before segment `msn`, and so many parts of it. */
export interface Position {
  readonly msn: number;
  readonly parts: number;
}

/** What a player that has nothing yet loads: from the keyframe before the place that is PART-HOLD-BACK behind the end. */
export function firstMedia(listed: ListedMedia): readonly MediaItem[] {
  const all = listed.segments.flatMap((segment) => itemsOf(segment));
  const endMs = all.at(-1)?.endsAtMs ?? 0;
  const beginMs = endMs - holdBackMs(listed);
  const begin = all.findLastIndex(({ endsAtMs, durationMs, independent }) => independent && endsAtMs - durationMs <= beginMs);
  return all.slice(Math.max(0, begin)).map((item) => ({ ...item, isLead: item.endsAtMs <= beginMs }));
}

/** What is new since `position`. */
export function newMedia({ segments }: ListedMedia, { msn, parts }: Position): readonly MediaItem[] {
  return segments
    .filter((segment) => segment.msn >= msn)
    .flatMap((segment) => itemsOf(segment))
    .filter((item) => item.msn > msn || (item.part === "whole" ? parts === 0 : item.part >= parts));
}

export function positionAfter({ msn, part }: MediaItem): Position {
  return part === "whole" ? { msn: msn + 1, parts: 0 } : { msn, parts: part + 1 };
}

/** PART-HOLD-BACK as our playlists have it: three parts (RFC 8216bis 4.4.3.8). */
export const holdBackMs = ({ timing }: ListedMedia): number => (timing.partTargetUs * 3) / 1_000;

function itemsOf(segment: PlaylistSegment): MediaItem[] {
  const { msn, initId, parts, gap, complete, durationUs, programDateTimeMs } = segment;
  const initUri = `init-${initId}.mp4`;
  if (gap) return [];
  if (parts.length === 0) {
    const durationMs = durationUs / 1_000;
    const whole = { msn, part: "whole", uri: `seg-${msn}.m4s`, initUri, durationMs, isLead: false, independent: true } as const;
    return complete ? [{ ...whole, endsAtMs: programDateTimeMs + durationMs }] : [];
  }
  let endsAtMs = programDateTimeMs;
  return parts.map(({ durationUs: partUs, independent }, part) => {
    const durationMs = partUs / 1_000;
    endsAtMs += durationMs;
    return { msn, part, uri: `part-${msn}.${part}.m4s`, initUri, durationMs, endsAtMs, isLead: false, independent };
  });
}
