// Which way of playing a class this browser has. Asks the browser only; needs no hls.js, which is large.

export type MediaSupport = "media_source" | "native" | "none";

/** H.264 and AAC in fMP4: what every teacher sends, and no browser that has Media Source lacks, but some builds of free ones do. */
const commonType = 'video/mp4; codecs="avc1.42E01E,mp4a.40.2"';
const hlsType = "application/vnd.apple.mpegurl";

export function mediaSupport(video: HTMLVideoElement): MediaSupport {
  // The one of iPhones (iOS 17.1 and newer) first, as hls.js does.
  const source = ["ManagedMediaSource", "MediaSource"].map((name): unknown => Reflect.get(globalThis, name)).find(isMediaSource);
  if (source?.isTypeSupported(commonType) === true) return "media_source";
  return video.canPlayType(hlsType) === "" ? "none" : "native";
}

const isMediaSource = (value: unknown): value is typeof MediaSource =>
  typeof value === "function" && typeof Reflect.get(value, "isTypeSupported") === "function";
