// One publisher's stream from its first packet to its last: decides when ffmpeg starts, with what, and when it must
// start again. Knows no sockets and no other stream.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { EndReason, EngineSink, IngestStats, OriginGrant, StreamPath, TimeAnchor } from "../engine.ts";
import { createDeliveryMark } from "./delivery-mark.ts";
import { nominalBitrate, isEncoded } from "./ffmpeg-args.ts";
import type { FfmpegJob } from "./ffmpeg-args.ts";
import { flvAudio, flvTag, flvVideo, readFlvPacket } from "../../../shared/rtmp/flv.ts";
import type { FlvPacket } from "../../../shared/rtmp/flv.ts";
import { createGopCache } from "../../../shared/rtmp/gop-cache.ts";
import { openingTags, startJob } from "./ffmpeg-start.ts";
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
import { startTranscoder } from "./transcoder.ts";
import type { Transcoder } from "./transcoder.ts";
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

const finishWithinMs = 1_000;
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
      if (video) losses.evicted(mediaMs, delivered.videoUntilMs, transcoder !== undefined);
    },
  });
  const timeline = createMediaTimeline(config.anchor);
  const stats = createPublisherStats({ ...config, startedAtMs: clock.wallMs() });
  const tracks: { video: Track | undefined; audio: Track | undefined } = { video: undefined, audio: undefined };

  let receivedAtMs = clock.monotonicMs();
  let metadata: StreamMetadata | undefined;
  let firstFrameAtMs: number | undefined;
  let transcoder: Transcoder | undefined;
  let running: PresentTracks | undefined;
  let reencoding = config.keyframes === "encode";
  let restarts = noRestarts;
  let freshStarts = noRestarts;
  let restartTimer: NodeJS.Timeout | undefined;
  const delivered = createDeliveryMark();
  let timelineId = 0;
  let startedTimelineId: number | undefined;
  let started = false;
  let ended = false;
  let finished: (() => void) | undefined;
  const copies = createStreamCopies();

  function packet(type: number, timestampMs: number, payload: Buffer): void {
    if (ended || finished) return;
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
    if (!known || !running?.[track.kind]) return;
    logger.info({ codec: track.name }, `the publisher's ${track.kind} has other parameters now; ffmpeg starts afresh`);
    startAfresh();
  }

  function frame({ track, keyframe, compositionMs }: FlvPacket, timestampMs: number, payload: Buffer, now: number): void {
    const video = track === "video";
    const type = video ? flvVideo : flvAudio;
    const time = timeline.place(type, timestampMs, clock.wallMs());
    if (time.jumped) {
      logger.warn({ timestampMs }, "the publisher's timestamps jumped; ffmpeg starts afresh");
      timelineId += 1;
      startAfresh();
      delivered.reset();
      if (ended) return;
    }
    firstFrameAtMs ??= now;
    if (video) stats.frame(time.mediaMs, keyframe, now);
    const tag = flvTag(type, time.mediaMs, payload);
    gop.push({ tag, video, keyframe, mediaMs: time.mediaMs, compositionMs }, delivered.everythingUntilMs);
    copies.frame(tag, compositionMs);
    // Pictures before their first keyframe are not kept: with those no ffmpeg could begin.
    if (transcoder && running?.[track] === false && (!video || gop.hasKeyframe)) {
      logger.info(`the publisher sends ${track} now; ffmpeg starts again with it`);
      copies.end();
      stopTranscoder();
    }
    if (!transcoder) return startWhenReady(now);
    transcoder.write(tag);
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
    stopTranscoder();
    startWhenReady(clock.monotonicMs());
  }

  function startWhenReady(now: number): void {
    if (restartTimer || ended) return;
    const present = { video: gop.hasKeyframe && tracks.video !== undefined, audio: gop.hasAudio && tracks.audio !== undefined };
    const waitedMs = now - (firstFrameAtMs ?? now);
    if (isReady({ keyframe: present.video, audio: present.audio, metadata, waitedMs })) start(present);
  }

  function start(present: PresentTracks): void {
    const input = { present, tracks, frames: gop.frames };
    const job = startJob(input, {
      renditions: config.renditions,
      height: stats.height ?? metadata?.height,
      encodeSource: reencoding ? { deliveredMs: delivered.videoUntilMs, everyS: segmentDurationS } : undefined,
      fpsMode: deps.ffmpeg.fpsMode,
    });
    running = present;
    let mine: Transcoder | undefined;
    const waiting = new Set<string>();
    const resuming = delivered.resume(new Set(job.renditions.filter((rendition) => isEncoded(job, rendition)).map(({ name }) => name)));
    mine = startTranscoder(
      deps.ffmpeg.path,
      job,
      {
        init(rendition, bytes, initTracks) {
          if (mine !== transcoder) return;
          if (waiting.size === 0) announce(job);
          waiting.add(rendition);
          const described = job.renditions.find(({ name }) => name === rendition);
          if (described?.height === undefined) stats.tracks(initTracks);
          const bitrate = described && nominalBitrate(job, described);
          sink.init(path, rendition, { bytes, ...(bitrate !== undefined && { nominalBitrate: bitrate }) });
        },
        fragment(rendition, bytes, timing) {
          if (mine !== transcoder || !resuming.isNew(rendition, timing)) return;
          delivered.add(timing);
          sink.fragment(path, rendition, { bytes });
        },
        exited(exit, complaint) {
          if (mine !== transcoder) return;
          if (finished) return finished();
          failedFfmpeg(`it ended (${exit.signal ?? `code ${exit.code ?? "none"}`})`, complaint);
        },
      },
      () => clock.monotonicMs(),
    );
    transcoder = mine;
    logger.info({ pid: mine.pid, renditions: job.renditions.map(({ name }) => name), reencoding, ...present }, "ffmpeg started");
    for (const tag of openingTags(input, metadata?.frameRate)) mine.write(tag);
  }

  function announce(job: FfmpegJob): void {
    const continues = startedTimelineId === timelineId;
    started = true;
    startedTimelineId = timelineId;
    sink.started(path, {
      renditions: job.renditions.map(({ name }) => name),
      epochWallMs: timeline.epochWallMs,
      skipUntilMs: Math.max(0, delivered.everythingUntilMs),
      continues,
      origin: config.origin,
    });
  }

  function failedFfmpeg(what: string, complaint: string): void {
    stopTranscoder();
    const decided = stepRestart(restarts, clock.monotonicMs());
    restarts = decided.state;
    const { effect } = decided;
    switch (effect.kind) {
      case "give_up":
        logger.error({ why: what, complaint }, "ffmpeg failed again and again; the publisher is disconnected");
        fail("ffmpeg_failed");
        break;
      case "restart":
        logger.warn({ why: what, complaint, delayMs: effect.delayMs }, "ffmpeg is started again");
        stats.restarted();
        deps.restarted();
        restartTimer = setTimeout(() => {
          restartTimer = undefined;
          startWhenReady(clock.monotonicMs());
        }, effect.delayMs);
        break;
    }
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
      delivered.videoUntilMs,
    );
    stopTranscoder();
    copies.startAfresh();
    gop.clear();
    firstFrameAtMs = undefined;
  }

  function copyTo(listener: CopyListener): CopyStart | undefined {
    if (ended || finished) return undefined;
    const { keyframeIntervalS } = stats.read(clock.monotonicMs());
    return copies.begin(listener, { tracks, frames: gop.frames, frameRate: metadata?.frameRate, keyframeIntervalS });
  }

  function stopTranscoder(): void {
    const old = transcoder;
    transcoder = undefined;
    running = undefined;
    losses.ffmpegGone(delivered.videoUntilMs);
    void old?.kill();
  }

  function fail(why: EndReason): void {
    void abort(why);
    deps.failed(why);
  }

  async function abort(why: EndReason): Promise<void> {
    const old = transcoder;
    clearTimeout(restartTimer);
    transcoder = undefined;
    copies.end();
    if (!ended) {
      ended = true;
      // Who never started has nothing to end, except that somebody may want to know why nothing came.
      if (started || why === "unsupported_codec" || why === "ffmpeg_failed") sink.ended(path, why);
    }
    finished?.();
    await old?.kill();
  }

  return {
    packet,
    copyTo,
    metadata(given) {
      metadata = given;
      stats.metadata(given);
    },
    tick() {
      if (ended || finished) return;
      const why = transcoder?.stuck(clock.monotonicMs());
      if (why !== undefined) failedFfmpeg(why, "");
      else if (!transcoder && firstFrameAtMs !== undefined) startWhenReady(clock.monotonicMs());
    },
    stats: () => ({ ...stats.read(clock.monotonicMs()), lostFrames: losses.frames }),
    get receivedAtMs() {
      return receivedAtMs;
    },
    async finish(why) {
      if (ended || finished) return;
      copies.end();
      if (transcoder) {
        const current = transcoder;
        await new Promise<void>((resolve) => {
          finished = resolve;
          setTimeout(resolve, finishWithinMs).unref();
          current.finish();
        });
      }
      await abort(why);
    },
    abort,
  };
}
