// Numbers as people of each language write them. Pure; the language is an argument.
import type { Language } from "./choose-language.ts";

/** By language, style and digits: making one costs some 30 times more than using it, and pages show hundreds of figures. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(language: Language, style: "decimal" | "percent", digits: number): Intl.NumberFormat {
  const key = `${language} ${style} ${digits}`;
  const known =
    formats.get(key) ?? new Intl.NumberFormat(language, { style, minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(key, known);
  return known;
}

/** @param digits after the decimal sign, always so many: figures that change do not jump */
export function formatNumber(value: number, language: Language, digits = 0): string {
  return formatOf(language, "decimal", digits).format(value);
}

/** @param percent 0–100 */
export function formatPercent(percent: number, language: Language, digits = 0): string {
  return formatOf(language, "percent", digits).format(percent / 100);
}

/** Bits per second as kbit/s below a million, else as Mbit/s with one digit. */
export function formatBitrate(bitsPerSecond: number, language: Language): string {
  return bitsPerSecond < 1e6
    ? `${formatNumber(bitsPerSecond / 1e3, language)} kbit/s`
    : `${formatNumber(bitsPerSecond / 1e6, language, bitsPerSecond < 1e8 ? 1 : 0)} Mbit/s`;
}

/** With one digit and the unit: `2.4 s`, `2.4초`. */
export function formatSeconds(seconds: number, language: Language, digits = 1): string {
  return `${formatNumber(seconds, language, digits)}${language === "ko" ? "초" : " s"}`;
}
