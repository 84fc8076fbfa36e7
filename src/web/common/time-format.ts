// Times and durations as people of each language say them. Pure: now and the language are arguments.
import type { Language } from "./choose-language.ts";
import { formatNumber } from "./number-format.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** "just now", "3 minutes ago", "2시간 전". A time that lies ahead (a clock that is wrong) is now. */
export function formatAgo(thenMs: number, nowMs: number, language: Language): string {
  const agoMs = nowMs - thenMs;
  if (agoMs < 10_000) return language === "ko" ? "방금" : "just now";
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  if (agoMs < minuteMs) return relative.format(-Math.floor(agoMs / 1_000), "second");
  if (agoMs < hourMs) return relative.format(-Math.floor(agoMs / minuteMs), "minute");
  if (agoMs < dayMs) return relative.format(-Math.floor(agoMs / hourMs), "hour");
  return relative.format(-Math.floor(agoMs / dayMs), "day");
}

/** How long something has lasted, in its two largest units: `45 s`, `12 min`, `1 h 5 min`, `1시간 5분`. */
export function formatDuration(durationMs: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  const [s, min, h, d] = language === "ko" ? ["초", "분", "시간", "일"] : [" s", " min", " h", " d"];
  const part = (value: number, unit: string | undefined): string => `${formatNumber(value, language)}${unit}`;
  const two = (major: string, minor: number, unit: string | undefined): string => (minor === 0 ? major : `${major} ${part(minor, unit)}`);
  if (seconds < 60) return part(seconds, s);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return part(minutes, min);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(part(hours, h), minutes % 60, min);
  return two(part(Math.floor(hours / 24), d), hours % 24, h);
}

/** Of the day, on a clock of 24 hours: `14:05`, with seconds `14:05:09`. @param timeZone of the browser where it is left out */
export function formatTime(
  timeMs: number,
  language: Language,
  { seconds = false, timeZone }: { seconds?: boolean; timeZone?: string } = {},
): string {
  return new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(timeMs);
}
