// What the quality menu offers, in words for people. Pure.
import type { Quality } from "../player/playback.ts";

export interface QualityOption {
  readonly id: string;
  /** `720p`; of a picture whose size is not known, its id. */
  readonly label: string;
}

/** @param qualities best first. Two of the same height are told apart by their bit rates. */
export function qualityOptions(qualities: readonly Quality[]): readonly QualityOption[] {
  const heights = qualities.map(({ height }) => height);
  return qualities.map(({ id, height, bitrate }) => {
    if (height === 0) return { id, label: id };
    const isOnly = heights.filter((other) => other === height).length === 1;
    return { id, label: isOnly ? `${height}p` : `${height}p · ${(bitrate / 1e6).toFixed(1)} Mbit/s` };
  });
}

/** What is chosen of what there is: a quality that is not offered (any more) is as good as "auto". */
export const offeredChoice = (options: readonly QualityOption[], chosen: string): string =>
  options.some(({ id }) => id === chosen) ? chosen : "auto";

export const labelOf = (options: readonly QualityOption[], id: string | undefined): string | undefined =>
  options.find((option) => option.id === id)?.label;
