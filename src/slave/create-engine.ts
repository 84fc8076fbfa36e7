// The media engine that MEDIA_ENGINE names, with its part of the configuration. No rule of the product lives here.
import type { SlaveConfig } from "../shared/config/variables.ts";
import { createEmbeddedEngine } from "./engine/embedded/embedded-engine.ts";
import type { MediaEngine } from "./engine/engine.ts";
import { createMediaMtxEngine } from "./engine/mediamtx/mediamtx-engine.ts";
import type { MediaMtxEngineDeps } from "./engine/mediamtx/mediamtx-engine.ts";
import type { MediaMtxHandle } from "./engine/mediamtx/mediamtx-handle.ts";

/** `mediaMtx` is there where WebRTC is. */
export type SlaveEngine = MediaEngine & { readonly mediaMtx?: MediaMtxHandle };

/** @throws UserError for a rendition that does not exist. */
export function createEngine(config: Readonly<SlaveConfig>, deps: MediaMtxEngineDeps): SlaveEngine {
  const common = {
    rtmpPort: config.RTMP_PORT,
    renditions: config.RENDITIONS,
    segmentDurationS: config.SEGMENT_DURATION,
    keyframes: config.KEYFRAMES,
    ffmpegPath: config.FFMPEG_PATH,
  };
  if (config.MEDIA_ENGINE === "embedded") return createEmbeddedEngine({ ...common, bindHost: config.BIND_HOST }, deps);
  const { TLS_CERT: cert, TLS_KEY: key } = config;
  return createMediaMtxEngine(
    {
      ...common,
      settings: {
        bindHost: config.BIND_HOST,
        srtPort: config.SRT_PORT,
        rtspPort: config.RTSP_PORT,
        rtmpsPort: config.RTMPS_PORT,
        webrtcPort: config.WEBRTC_PORT,
        webrtcHosts: config.WEBRTC_HOSTS ?? [],
        tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
      },
      mediaMtxPath: config.MEDIAMTX_PATH,
      attachTo: config.MEDIAMTX_API,
      hookPort: config.MEDIAMTX_HOOK_PORT,
    },
    deps,
  );
}
