// Reads back what multivariant-playlist.ts writes. What another node sends is not trusted: all that does not fit is refused.
import type { RenditionDescription } from "./playlist-model.ts";
import { PlaylistError } from "./playlist-error.ts";

export interface ListedVariant {
  readonly name: string;
  readonly description: RenditionDescription;
}

/** A ladder has half a dozen at most; each costs two blocked requests at the upstream. */
const maxVariants = 12;
const maxBitrate = 10e9;
const maxPixels = 32_768;
const attribute = /([A-Z-]{1,32})=("[^"]{0,200}"|[^",]{1,64})(?:,|$)/y;

/** In ladder order, not empty. @throws PlaylistError. @param text bounded by the caller. */
export function readMultivariantPlaylist(text: string): readonly ListedVariant[] {
  const lines = text.split("\n");
  if (lines[0] !== "#EXTM3U") throw new PlaylistError("no #EXTM3U");
  const variants: ListedVariant[] = [];
  let description: RenditionDescription | undefined;
  for (const line of lines) {
    if (line.startsWith("#EXT-X-STREAM-INF:")) {
      description = readDescription(line.slice("#EXT-X-STREAM-INF:".length));
    } else if (line !== "" && !line.startsWith("#")) {
      const name = /^([a-z0-9]{1,16})\/stream\.m3u8$/.exec(line)?.[1];
      if (name === undefined || !description || variants.some((other) => other.name === name))
        throw new PlaylistError(`${JSON.stringify(line.slice(0, 60))} is no variant here`);
      if (variants.length >= maxVariants) throw new PlaylistError("too many variants");
      variants.push({ name, description });
      description = undefined;
    }
  }
  if (variants.length === 0) throw new PlaylistError("no variant");
  return variants;
}

function readDescription(text: string): RenditionDescription {
  const attributes = new Map<string, string>();
  attribute.lastIndex = 0;
  for (let match = attribute.exec(text); match; match = attribute.exec(text)) {
    attributes.set(match[1] ?? "", match[2] ?? "");
    if (attribute.lastIndex === text.length) break;
  }
  const codecs = /^"([A-Za-z0-9.,-]{1,200})"$/.exec(attributes.get("CODECS") ?? "")?.[1];
  const nominalBitrate = readNumber(attributes.get("BANDWIDTH"), maxBitrate);
  if (codecs === undefined || nominalBitrate === undefined) throw new PlaylistError("a variant without codecs or bandwidth");
  const size = /^(\d{1,5})x(\d{1,5})$/.exec(attributes.get("RESOLUTION") ?? "");
  return {
    codecs,
    width: readNumber(size?.[1], maxPixels),
    height: readNumber(size?.[2], maxPixels),
    frameRate: readNumber(attributes.get("FRAME-RATE"), 1_000),
    nominalBitrate,
  };
}

function readNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,12}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= max)) throw new PlaylistError(`${JSON.stringify(text.slice(0, 60))} is no usable number`);
  return value;
}
