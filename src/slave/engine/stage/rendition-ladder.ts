// What a rendition's name means: `source`, or a height such as `720p` with the bitrate that suits it. Pure.
import { UserError } from "../../../shared/kernel/user-error.ts";

export interface Rendition {
  readonly name: string;
  /** Lines of video; undefined for `source`, which keeps its size. */
  readonly height: number | undefined;
}

const heightPattern = /^(\d{3,4})p$/;
const maxRenditions = 6;

/** @throws UserError for a name that is neither `source` nor a height, for duplicates and for too many. */
export function parseLadder(names: readonly string[]): Rendition[] {
  const wrong = (why: string) => new UserError(`RENDITIONS=${names.join(",")}: ${why}. Example: source,720p,480p`, { exitCode: 2 });
  if (names.length === 0 || names.length > maxRenditions) throw wrong(`1 to ${maxRenditions} renditions are possible`);
  if (new Set(names).size !== names.length) throw wrong("a rendition is named twice");
  return names.map((name) => {
    if (name === "source") return { name, height: undefined };
    const height = Number(heightPattern.exec(name)?.[1]);
    if (!(height >= 144 && height <= 2160)) throw wrong(`${name} is neither "source" nor a height from 144p to 2160p`);
    return { name, height };
  });
}

/** Peak bits per second of video at a height, for classes: slides, faces, and text that must stay sharp. */
const ladder: readonly (readonly [height: number, bitsPerSecond: number])[] = [
  [240, 400_000],
  [360, 800_000],
  [480, 1_400_000],
  [720, 2_800_000],
  [1080, 5_000_000],
  [1440, 9_000_000],
];

export function videoBitrate(height: number | undefined): number {
  const wanted = height ?? 1080;
  return ladder.find(([upTo]) => wanted <= upTo)?.[1] ?? 14_000_000;
}
