// What MediaMTX and ffmpeg print, without the keys, tokens and passwords in it: they repeat addresses that they do not like. Pure.

const secrets: readonly (readonly [RegExp, string])[] = [
  // In a query.
  [/\b(key|jwt|relay|pass|token)(=|%3D)[^&\s',]+/gi, "$1=…"],
  // SRT's stream id has the key in several places; the reason stays.
  [/(stream ID ').*(': (?:stream ID must|unsupported mode|invalid value))/g, "$1…$2"],
  // User and password of an address.
  [/\/\/[^\s/]*@/g, "//…@"],
];

/** What is longer is cut: the patterns take the square of it for what somebody makes up. */
const maxChars = 8_000;

/** @param text a line, or several. */
export function loggableWords(text: string): string {
  return secrets.reduce((words, [pattern, instead]) => words.replaceAll(pattern, instead), text.slice(0, maxChars));
}
