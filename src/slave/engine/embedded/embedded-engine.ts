// The media engine that npm installs: RTMP in a child process, one ffmpeg per stream. Only joins the parts of the stage.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { RtmpLimits } from "../../../shared/rtmp/link-frame.ts";
import type { EngineObserver, EngineSink, MediaEngine, PublishGate } from "../engine.ts";
import { locateFfmpeg } from "../stage/locate-ffmpeg.ts";
import type { KeyframeMode } from "../stage/keyframe-meter.ts";
import { createPublishSlots } from "../stage/publish-slots.ts";
import type { PublishSlots } from "../stage/publish-slots.ts";
import { parseLadder } from "../stage/rendition-ladder.ts";
import { createRtmpIngest, defaultRtmpLimits } from "../stage/rtmp-ingest.ts";
import type { RtmpIngest } from "../stage/rtmp-ingest.ts";

export interface EmbeddedEngineConfig {
  readonly bindHost: string;
  /** `0` turns ingest off; `"any"` takes a free port. */
  readonly rtmpPort: number | "any";
  /** Best first: `source` or heights such as `720p`. */
  readonly renditions: readonly string[];
  readonly segmentDurationS: number;
  readonly keyframes: KeyframeMode;
  /** FFMPEG_PATH; undefined: see locateFfmpeg. */
  readonly ffmpegPath?: string | undefined;
  readonly limits?: Partial<IngestLimits> | undefined;
}

export interface IngestLimits extends RtmpLimits {
  /** Frames kept per stream for a restart of ffmpeg. */
  readonly maxGopBytes: number;
}

export interface EmbeddedEngineDeps {
  readonly gate: PublishGate;
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

const defaultMaxGopBytes = 32 * 1024 * 1024;
const tickMs = 250;

/** @throws UserError for a rendition that does not exist. */
export function createEmbeddedEngine(config: EmbeddedEngineConfig, deps: EmbeddedEngineDeps): MediaEngine {
  const { logger, observer } = deps;
  const { maxGopBytes, ...limits } = { ...defaultRtmpLimits, maxGopBytes: defaultMaxGopBytes, ...config.limits };
  const renditions = parseLadder(config.renditions);
  let slots: PublishSlots | undefined;
  let rtmp: RtmpIngest | undefined;
  let ticker: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(ticker);
    const ended = slots?.stop();
    await rtmp?.stop();
    await ended;
  }

  return {
    get rtmpPort() {
      return rtmp?.port ?? 0;
    },
    async start() {
      const ffmpeg = await locateFfmpeg({ ffmpegPath: config.ffmpegPath });
      logger.info({ ffmpeg: ffmpeg.path, version: ffmpeg.version }, "ffmpeg found");
      const { segmentDurationS, keyframes } = config;
      const created = createPublishSlots({ renditions, segmentDurationS, keyframes, maxGopBytes }, { ...deps, ffmpeg });
      slots = created;
      rtmp = createRtmpIngest({ host: config.bindHost, port: config.rtmpPort, limits }, { slots: created, observer, logger });
      await rtmp.start();
      ticker = setInterval(() => created.tick(), tickMs);
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    publishers: () => slots?.publishers() ?? [],
    disconnect: (path, why) => slots?.disconnect(path, why) ?? false,
  };
}
