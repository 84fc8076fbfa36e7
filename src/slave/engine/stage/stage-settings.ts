// What every engine is told and given, whatever it lets publishers in by: the ladder, ffmpeg, the slave's own RTMP door.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { RtmpLimits } from "../../../shared/rtmp/link-frame.ts";
import type { EngineObserver, EngineSink, PublishGate } from "../engine.ts";
import type { KeyframeMode } from "./keyframe-meter.ts";

export interface StageSettings {
  /** `0` turns RTMP off; `"any"` takes a free port. */
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

export interface StageDeps {
  readonly gate: PublishGate;
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

export const defaultIngestLimits: IngestLimits = {
  maxConnections: 2_000,
  maxConnectionsPerAddress: 500,
  publishDeadlineMs: 10_000,
  idleTimeoutMs: 10_000,
  maxGopBytes: 32 * 1024 * 1024,
};

/** How often an engine looks after its streams. */
export const tickMs = 250;
