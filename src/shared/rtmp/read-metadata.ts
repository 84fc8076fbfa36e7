// What `onMetaData` of RTMP and FLV says about a stream, as far as it is believed. Pure.
import type { StreamMetadata } from "./link-frame.ts";

export function readMetadata(given: Record<string, unknown>): StreamMetadata {
  const number = (field: string): number | undefined => {
    const value = given[field];
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const width = number("width");
  const height = number("height");
  const frameRate = number("framerate");
  return {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(frameRate !== undefined && { frameRate }),
    // Encoders name a codec for each track that they have; as a number or as text.
    hasVideo: given["videocodecid"] !== undefined || width !== undefined,
    hasAudio: given["audiocodecid"] !== undefined || given["audiosamplerate"] !== undefined,
  };
}
