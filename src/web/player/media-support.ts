// Which ways of playing a class this browser has. Asks the browser only; needs no hls.js, which is large.

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

/**
 * Whether H.264 can come by WebRTC, which is what a node sends. Firefox gets it from elsewhere (OpenH264) some time after it was
 * installed; where that is not let through, never. A browser that does not say is tried.
 */
export function webrtcSupport(): boolean {
  if (typeof RTCPeerConnection === "undefined") return false;
  const receiver: unknown = Reflect.get(globalThis, "RTCRtpReceiver");
  const ask: unknown = typeof receiver === "function" ? Reflect.get(receiver, "getCapabilities") : undefined;
  if (typeof ask !== "function") return true;
  const capabilities = (ask as typeof RTCRtpReceiver.getCapabilities).call(receiver, "video");
  return capabilities === null || capabilities.codecs.some(({ mimeType }) => mimeType.toLowerCase() === "video/h264");
}

const isMediaSource = (value: unknown): value is typeof MediaSource =>
  typeof value === "function" && typeof Reflect.get(value, "isTypeSupported") === "function";
