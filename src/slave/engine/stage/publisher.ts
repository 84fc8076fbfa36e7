// One publisher's stream from its first packet to its last: what its tracks are, and with what and when ffmpeg starts for them.
// Knows no sockets and no other stream.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { EndReason, EngineSink, IngestStats, OriginGrant, StreamPath, TimeAnchor } from "../engine.ts";
import { flvAudio, flvTag, flvVideo, readFlvPacket } from "../../../shared/rtmp/flv.ts";
import type { FlvPacket } from "../../../shared/rtmp/flv.ts";
import { createGopCache } from "../../../shared/rtmp/gop-cache.ts";
import { createFfmpegRuns } from "./ffmpeg-runs.ts";
import { startJob } from "./ffmpeg-start.ts";
import type { PresentTracks } from "./ffmpeg-start.ts";
import { createInputLosses } from "./input-losses.ts";
import { keyframesTooFarApart } from "./keyframe-meter.ts";
import type { KeyframeMode } from "./keyframe-meter.ts";
import type { StreamMetadata } from "../../../shared/rtmp/link-frame.ts";
import type { Ffmpeg } from "./locate-ffmpeg.ts";
import { createMediaTimeline } from "./media-timeline.ts";
import { createPublisherStats } from "./publisher-stats.ts";
import type { Rendition } from "./rendition-ladder.ts";
import { noRestarts, stepRestart } from "./restart-policy.ts";
import { createStreamCopies } from "./stream-copies.ts";
import type { CopyListener, CopyStart } from "./stream-copies.ts";
import { describeTrack, isReady } from "./track-set.ts";
import type { Track } from "./track-set.ts";

export interface PublisherConfig {
  readonly path: StreamPath;
  readonly remoteAddress: string;
  readonly renditions: readonly Rendition[];
  readonly segmentDurationS: number;
  readonly keyframes: KeyframeMode;
  readonly maxGopBytes: number;
  /** Both as the gate said. */
  readonly anchor?: TimeAnchor | undefined;
  readonly origin?: OriginGrant | undefined;
}

export interface PublisherDeps {
  readonly ffmpeg: Ffmpeg;
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The stream ended of itself (its media cannot be carried): the connection is to be closed. Comes after the sink's `ended`. */
  failed(why: EndReason): void;
  /** ffmpeg failed, and will be started again. */
  restarted(): void;
}

export interface Publisher {
  /** As `StreamCopies.begin`; undefined also when the stream is over. */
  copyTo(listener: CopyListener): CopyStart | undefined;
  metadata(metadata: StreamMetadata): void;
  /** A media message of RTMP type 8 or 9; the payload is copied. */
  packet(type: number, timestampMs: number, payload: Buffer): void;
  /** Looks whether ffmpeg hangs; call a few times per second. */
  tick(): void;
  stats(): IngestStats;
  /** Monotonic ms of the newest media message, or of the publisher's coming before the first. */
  readonly receivedAtMs: number;
  /** Lets ffmpeg hand out what it holds, for at most a second, then tells the sink. */
  finish(why: EndReason): Promise<void>;
  /** Tells the sink at once; resolves when the process is gone. */
  abort(why: EndReason): Promise<void>;
}

const audioOnlyCacheMs = 1_000;

export function createPublisher(config: PublisherConfig, deps: PublisherDeps): Publisher {
  const { path, segmentDurationS } = config;
  const { clock, sink } = deps;
  const logger = deps.logger.child({ stream: path });
  const losses = createInputLosses();
  const gop = createGopCache({
    maxBytes: config.maxGopBytes,
    audioOnlyMs: audioOnlyCacheMs,
    evicted({ video, mediaMs }) {
      if (video) losses.evicted(mediaMs, ffmpeg.delivered.videoUntilMs, ffmpeg.running !== undefined);
    },
  });
  const timeline = createMediaTimeline(config.anchor);
  const stats = createPublisherStats({ ...config, startedAtMs: clock.wallMs() });
  const tracks: { video: Track | undefined; audio: Track | undefined } = { video: undefined, audio: undefined };

  let receivedAtMs = clock.monotonicMs();
  let metadata: StreamMetadata | undefined;
  let firstFrameAtMs: number | undefined;
  let reencoding = config.keyframes === "encode";
  let freshStarts = noRestarts;
  let ended = false;
  let finishing = false;
  const copies = createStreamCopies();
  const ffmpeg = createFfmpegRuns(
    { path, origin: config.origin, program: deps.ffmpeg.path },
    {
      sink,
      epochWallMs: () => timeline.epochWallMs,
      sourceTracks: (written) => stats.tracks(written),
      gone: () => losses.ffmpegGone(ffmpeg.delivered.videoUntilMs),
      failed() {
        stats.restarted();
        deps.restarted();
      },
      resume: () => startWhenReady(clock.monotonicMs()),
      gaveUp: () => fail("ffmpeg_failed"),
      logger,
      clock,
    },
  );

  function packet(type: number, timestampMs: number, payload: Buffer): void {
    if (ended || finishing) return;
    const now = clock.monotonicMs();
    receivedAtMs = now;
    stats.received(payload.length, now);
    const info = readFlvPacket(type, payload);
    if (!info || info.role === "ignored") return;
    const track = describeTrack(info, deps.ffmpeg);
    if (track.unsupported !== undefined) {
      logger.warn({ codec: info.name }, track.unsupported);
      fail("unsupported_codec");
      return;
    }
    const known = tracks[info.track];
    if (info.role === "config") return configure(track, payload);
    if (!known || known.codec !== track.codec) configure(track, undefined);
    if (ended) return;
    // Without its decoder configuration a frame is of no use to anybody.
    if (track.needsConfig && !tracks[info.track]?.config) return;
    frame(info, timestampMs, payload, now);
  }

  /** A decoder configuration, or the first frame of a codec that has none. Another one than before starts ffmpeg afresh. */
  function configure(track: Track, payload: Buffer | undefined): void {
    const known = tracks[track.kind];
    if (known && known.codec === track.codec && payload && known.config?.equals(payload)) return;
    tracks[track.kind] = { ...track, config: payload ? Buffer.from(payload) : undefined };
    stats.track(track);
    if (!known || !ffmpeg.running?.[track.kind]) return;
    logger.info({ codec: track.name }, `the publisher's ${track.kind} has other parameters now; ffmpeg starts afresh`);
    startAfresh();
  }

  function frame({ track, keyframe, compositionMs }: FlvPacket, timestampMs: number, payload: Buffer, now: number): void {
    const video = track === "video";
    const type = video ? flvVideo : flvAudio;
    const time = timeline.place(type, timestampMs, clock.wallMs());
    if (time.jumped) {
      logger.warn({ timestampMs }, "the publisher's timestamps jumped; ffmpeg starts afresh");
      startAfresh();
      ffmpeg.newTimeline();
      if (ended) return;
    }
    firstFrameAtMs ??= now;
    if (video) stats.frame(time.mediaMs, keyframe, now);
    const tag = flvTag(type, time.mediaMs, payload);
    gop.push({ tag, video, keyframe, mediaMs: time.mediaMs, compositionMs }, ffmpeg.delivered.everythingUntilMs);
    copies.frame(tag, compositionMs);
    // Pictures before their first keyframe are not kept: with those no ffmpeg could begin.
    if (ffmpeg.running?.[track] === false && (!video || gop.hasKeyframe)) {
      logger.info(`the publisher sends ${track} now; ffmpeg starts again with it`);
      copies.end();
      ffmpeg.stop();
    }
    if (!ffmpeg.running) return startWhenReady(now);
    ffmpeg.write(tag);
    if (video) watchKeyframes();
  }

  function watchKeyframes(): void {
    if (reencoding || config.keyframes !== "auto" || !config.renditions.some(({ height }) => height === undefined)) return;
    if (!keyframesTooFarApart(stats.sinceKeyframeMs, segmentDurationS)) return;
    reencoding = true;
    stats.reencoding();
    logger.warn(
      { sinceKeyframeS: stats.sinceKeyframeMs / 1000, segmentDurationS },
      "keyframes are too far apart for low latency: source is re-encoded. Set Keyframe Interval in OBS → Settings → Output",
    );
    ffmpeg.stop();
    startWhenReady(clock.monotonicMs());
  }

  function startWhenReady(now: number): void {
    if (ffmpeg.isResting || ended) return;
    const present = { video: gop.hasKeyframe && tracks.video !== undefined, audio: gop.hasAudio && tracks.audio !== undefined };
    const waitedMs = now - (firstFrameAtMs ?? now);
    if (isReady({ keyframe: present.video, audio: present.audio, metadata, waitedMs })) start(present);
  }

  function start(present: PresentTracks): void {
    const input = { present, tracks, frames: gop.frames };
    const job = startJob(input, {
      renditions: config.renditions,
      height: stats.height ?? metadata?.height,
      encodeSource: reencoding ? { deliveredMs: ffmpeg.delivered.videoUntilMs, everyS: segmentDurationS } : undefined,
      fpsMode: deps.ffmpeg.fpsMode,
    });
    ffmpeg.start(input, job, metadata?.frameRate);
  }

  /** What was seen so far says nothing about what comes: other codec, size or clock. */
  function startAfresh(): void {
    const decided = stepRestart(freshStarts, clock.monotonicMs());
    freshStarts = decided.state;
    if (decided.effect.kind === "give_up") {
      logger.warn("the publisher changes its parameters or its clock again and again; it is disconnected");
      fail("unsupported_codec");
      return;
    }
    losses.begunAnew(
      gop.frames.filter(({ video }) => video).map(({ mediaMs }) => mediaMs),
      ffmpeg.delivered.videoUntilMs,
    );
    ffmpeg.stop();
    copies.startAfresh();
    gop.clear();
    firstFrameAtMs = undefined;
  }

  function copyTo(listener: CopyListener): CopyStart | undefined {
    if (ended || finishing) return undefined;
    const { keyframeIntervalS } = stats.read(clock.monotonicMs());
    return copies.begin(listener, { tracks, frames: gop.frames, frameRate: metadata?.frameRate, keyframeIntervalS });
  }

  function fail(why: EndReason): void {
    void abort(why);
    deps.failed(why);
  }

  async function abort(why: EndReason): Promise<void> {
    const gone = ffmpeg.abort();
    copies.end();
    if (!ended) {
      ended = true;
      // Who never started has nothing to end, except that somebody may want to know why nothing came.
      if (ffmpeg.hasStarted || why === "unsupported_codec" || why === "ffmpeg_failed") sink.ended(path, why);
    }
    await gone;
  }

  return {
    packet,
    copyTo,
    metadata(given) {
      metadata = given;
      stats.metadata(given);
    },
    tick() {
      if (ended || finishing) return;
      if (ffmpeg.running) ffmpeg.watch();
      else if (firstFrameAtMs !== undefined) startWhenReady(clock.monotonicMs());
    },
    stats: () => ({ ...stats.read(clock.monotonicMs()), lostFrames: losses.frames }),
    get receivedAtMs() {
      return receivedAtMs;
    },
    async finish(why) {
      if (ended || finishing) return;
      finishing = true;
      copies.end();
      if (ffmpeg.running) await ffmpeg.finish();
      await abort(why);
    },
    abort,
  };
}
