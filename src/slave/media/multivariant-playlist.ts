// The text of a multivariant playlist (RFC 8216bis 4.4.6). Pure.
import { queryHole } from "./playlist-template.ts";

export interface Variant {
  readonly name: string;
  /** Bits per second. */
  readonly peakBandwidth: number;
  readonly averageBandwidth: number | undefined;
  readonly codecs: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly frameRate: number | undefined;
}

/** Variants in ladder order; the first is what a player tries first. */
export function multivariantPlaylistText(variants: readonly Variant[]): string {
  let text = "#EXTM3U\n#EXT-X-VERSION:9\n";
  for (const variant of variants) {
    text += `#EXT-X-STREAM-INF:BANDWIDTH=${Math.ceil(variant.peakBandwidth)}`;
    if (variant.averageBandwidth !== undefined) text += `,AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBandwidth)}`;
    text += `,CODECS="${variant.codecs}"`;
    if (variant.width !== undefined && variant.height !== undefined) text += `,RESOLUTION=${variant.width}x${variant.height}`;
    if (variant.frameRate !== undefined) text += `,FRAME-RATE=${variant.frameRate.toFixed(3)}`;
    text += `\n${variant.name}/stream.m3u8${queryHole}\n`;
  }
  return text;
}
