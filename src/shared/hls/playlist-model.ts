// What our media playlists say, as values: between those who write their text and those who read it. No text in here.

/** Fixed when the first media of a stream is seen; a player may rely on both for the life of the playlist (RFC 8216bis 4.4.3.1, 4.4.3.7). */
export interface StreamTiming {
  /** EXT-X-TARGETDURATION, whole seconds ≥ 1. */
  readonly targetDurationS: number;
  /** PART-TARGET in µs; no part is longer. */
  readonly partTargetUs: number;
}

/** What the multivariant playlist says about a rendition. */
export interface RenditionDescription {
  /** RFC 6381, video first, comma-separated. */
  readonly codecs: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Frames per second, when video is there and the rate is known. */
  readonly frameRate: number | undefined;
  /** Bits per second to announce until the log has measured its own. */
  readonly nominalBitrate: number | undefined;
}

interface PlaylistPart {
  readonly durationUs: number;
  readonly independent: boolean;
}

export interface PlaylistSegment {
  readonly msn: number;
  readonly initId: number;
  readonly programDateTimeMs: number;
  readonly discontinuity: boolean;
  readonly discontinuitySequence: number;
  readonly gap: boolean;
  /** False for the segment that still grows; it is the last one. */
  readonly complete: boolean;
  readonly durationUs: number;
  readonly parts: readonly PlaylistPart[];
}
