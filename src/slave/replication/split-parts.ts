// Cuts the rest of a whole segment into the parts that it was made of: one `moof` and what follows it each. Pure.
import { createBoxSplitter } from "../media/box-splitter.ts";
import type { PartData } from "../media/stream-writer.ts";

/**
 * @param here the beginning of the segment, as it is here already.
 * @param durationUs of the rest. How long each part was is no longer told, and nobody will list it: they share it evenly.
 * Undefined when `here` is no beginning of it. @throws RangeError for bytes that are no boxes.
 */
export function splitParts(whole: Buffer, here: readonly Buffer[], durationUs: number): readonly PartData[] | undefined {
  let at = 0;
  for (const chunk of here) {
    if (!whole.subarray(at, at + chunk.length).equals(chunk)) return undefined;
    at += chunk.length;
  }
  const starts: number[] = [];
  for (const { type, bytes } of createBoxSplitter(whole.length).push(whole.subarray(at))) {
    if (type === "moof") starts.push(at);
    at += bytes.length;
  }
  if ((starts.length === 0) !== (durationUs === 0) || durationUs < starts.length) return undefined;
  const shareUs = Math.floor(durationUs / Math.max(1, starts.length));
  return starts.map((start, index) => {
    const isLast = index === starts.length - 1;
    const bytes = Buffer.from(whole.subarray(start, starts[index + 1] ?? whole.length));
    return { durationUs: isLast ? durationUs - shareUs * index : shareUs, independent: false, bytes };
  });
}
