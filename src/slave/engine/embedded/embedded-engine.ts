// The media engine that npm installs: RTMP in a child process, one ffmpeg per stream. Only joins the parts of the stage.
import type { MediaEngine } from "../engine.ts";
import { locateFfmpeg } from "../stage/locate-ffmpeg.ts";
import { createPublishSlots } from "../stage/publish-slots.ts";
import type { PublishSlots } from "../stage/publish-slots.ts";
import { createRefusalLog } from "../stage/refusal-log.ts";
import { parseLadder } from "../stage/rendition-ladder.ts";
import { createRtmpIngest } from "../stage/rtmp-ingest.ts";
import type { RtmpIngest } from "../stage/rtmp-ingest.ts";
import { defaultIngestLimits, tickMs } from "../stage/stage-settings.ts";
import type { StageDeps, StageSettings } from "../stage/stage-settings.ts";

export interface EmbeddedEngineConfig extends StageSettings {
  readonly bindHost: string;
}

/** @throws UserError for a rendition that does not exist. */
export function createEmbeddedEngine(config: EmbeddedEngineConfig, deps: StageDeps): MediaEngine {
  const { logger, observer } = deps;
  const { maxGopBytes, ...limits } = { ...defaultIngestLimits, ...config.limits };
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
      const refusals = createRefusalLog(deps);
      const created = createPublishSlots({ renditions, segmentDurationS, keyframes, maxGopBytes }, { ...deps, refusals, ffmpeg });
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
