// The port between a media engine and the rest of the slave. Whatever an engine is, what crosses it is
// timed fMP4; an engine does not know the live log, and nothing behind the port knows RTMP or ffmpeg.
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";

/** Stream path as users know it, `live/<name>`; validated before it reaches an engine's sink. */
export type StreamPath = string;

/** What an engine asks before it lets a publisher in. Must answer from memory in the usual case. */
export interface PublishGate {
  mayPublish(request: PublishRequest): Promise<PublishVerdict>;
}

/** For engines that must answer at once: whoever they ask stands still meanwhile. */
export interface PromptPublishGate extends PublishGate {
  /**
   * What speaks against a publisher as far as this node knows now, without asking anybody; undefined when nothing does, and
   * `mayPublish` is to decide. A refusal for what is not known here makes the gate ask for news, so that the next try finds it.
   */
  refusalFromMemory(request: PublishRequest): { readonly code: PublishRefusal; readonly reason: string } | undefined;
}

export interface PublishRequest {
  readonly path: StreamPath;
  /** The stream key (`?key=`), or undefined when none was given. */
  readonly key: string | undefined;
  /** A token (`?jwt=`), or undefined when none was given. */
  readonly token: string | undefined;
  /** A gateway's credential (`?relay=`), or undefined when none was given. */
  readonly relay: string | undefined;
  /** IP address of the publisher, without port. */
  readonly remoteAddress: string;
}

export type PublishVerdict =
  | {
      readonly allowed: true;
      /** True for a gateway, which has decided who publishes: it takes the place of whoever publishes here. Others wait until that one is silent. */
      readonly takesOver: boolean;
      /** The frame with this RTMP timestamp was received (by the gateway) at this wall clock, Unix ms; undefined: frames come as they happen. */
      readonly anchor: { readonly timestampMs: number; readonly wallMs: number } | undefined;
      /** Handed back with `started`; the engine does not look into it. */
      readonly origin?: OriginGrant | undefined;
      /** Called once when the publisher has got the path's place. One that is refused after all (publisher_present) leaves no trace. */
      readonly taken?: (() => void) | undefined;
    }
  /** `reason` is one sentence that the teacher may see in OBS or its log. */
  | { readonly allowed: false; readonly code: PublishRefusal; readonly reason: string };

/** As what this node carries a publisher's stream. */
export interface OriginGrant {
  readonly epoch: number;
  /** Node id of the origin before, whose last media is to come first; undefined when it is dead or there was none. */
  readonly handoverFrom: string | undefined;
}

/** Where a frame of a publisher lies on the wall clock. */
export type TimeAnchor = NonNullable<Extract<PublishVerdict, { allowed: true }>["anchor"]>;

export interface RenditionInit {
  /** `ftyp` + `moov`, exactly as players get it. */
  readonly bytes: Buffer;
  /** Nominal bits per second for the multivariant playlist, where the engine knows them (encoded renditions). */
  readonly nominalBitrate?: number;
}

/**
 * A `moof` + `mdat` pair of one or more frames. Engines hand over small ones (a frame or a few);
 * joining them into parts and segments is the packager's work.
 */
export interface MediaFragment {
  readonly bytes: Buffer;
}

/** What an engine produces; the composition root plugs it into the packager. Calls for one stream come in order. */
export interface EngineSink {
  /**
   * A publisher's media begins, or begins anew with other parameters (reconnect, restart of ffmpeg, re-encoding):
   * every rendition of `renditions` gets an `init` after it, and the timeline of its fragments is a new one.
   */
  started(path: StreamPath, start: SessionStart): void;
  init(path: StreamPath, rendition: string, init: RenditionInit): void;
  fragment(path: StreamPath, rendition: string, fragment: MediaFragment): void;
  /** No more media until the next `started`. */
  ended(path: StreamPath, why: EndReason): void;
}

export interface SessionStart {
  /** Names in the order of the ladder, best first, for example `["source", "720p"]`. */
  readonly renditions: readonly string[];
  /**
   * Wall clock (Unix ms) at which the frame with media time 0 of the fragments' timeline was received,
   * the base of EXT-X-PROGRAM-DATE-TIME.
   */
  readonly epochWallMs: number;
  /** Fragments that end at or before this media time (ms) are already in the log (frames replayed to a restarted ffmpeg). */
  readonly skipUntilMs: number;
  /**
   * True when the timeline is that of the session before (ffmpeg restarted): an `init` with the same bytes then continues
   * the media without a discontinuity, and the first fragment may start in the middle of a group of pictures.
   */
  readonly continues?: boolean;
  /** What the gate's verdict about this publisher said. */
  readonly origin?: OriginGrant | undefined;
}

export type EndReason =
  | "unpublished"
  | "replaced"
  | "connection_lost"
  | "timed_out"
  | "ffmpeg_failed"
  | "unsupported_codec"
  | "engine_stopped";

/** What is measured of a running publisher, for heartbeats, /api/streams and metrics. */
export interface IngestStats {
  readonly path: StreamPath;
  readonly remoteAddress: string;
  /** Unix ms. */
  readonly startedAtMs: number;
  /** Media that was received. */
  readonly bytes: number;
  /** Bits per second over the last seconds. */
  readonly bitrate: number;
  readonly fps: number;
  /** Seconds between the last keyframes; undefined until two were seen. */
  readonly keyframeIntervalS: number | undefined;
  readonly video: { readonly codec: string; readonly width: number | undefined; readonly height: number | undefined } | undefined;
  readonly audio: { readonly codec: string } | undefined;
  /** True when `source` is re-encoded because keyframes are too far apart (KEYFRAMES=auto) or always (encode). */
  readonly reencoding: boolean;
  /** One sentence for the teacher when something should be changed in OBS; undefined when all is well. */
  readonly advice: string | undefined;
  readonly ffmpegRestarts: number;
  /** Video frames that the publisher left out since it began, by the holes between the times of those that came. */
  readonly droppedFrames: number;
  /** Video frames that were received and can reach no viewer any more. */
  readonly lostFrames: number;
  /** Renditions that are encoded, not copied: what the stream costs. */
  readonly encodedRenditions: number;
}

/** What an engine tells of as it happens: those whom it concerns may be gone when somebody asks. */
export interface EngineObserver {
  publisherRefused(code: PublishRefusal): void;
  /** ffmpeg failed under a running stream, and is started again. */
  ffmpegRestarted(): void;
}

export interface MediaEngine {
  /** Resolves when publishers are accepted. @throws UserError when a port is taken or a program is missing. */
  start(): Promise<void>;
  /** Idempotent; resolves when no process of the engine is left. */
  stop(): Promise<void>;
  /** Port on which publishers connect; 0 when turned off. */
  readonly rtmpPort: number;
  publishers(): readonly IngestStats[];
  /** Cuts a publisher off (key rotated, class deleted); false when nobody publishes there. */
  disconnect(path: StreamPath, why: string): boolean;
}
