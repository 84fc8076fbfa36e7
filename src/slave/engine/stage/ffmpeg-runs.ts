// The runs of ffmpeg for one publisher: what comes out goes to the sink, once, and one that ends or hangs is followed by another for
// as long as the restart policy says. With what it starts, and when, the publisher decides.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import type { Mp4Track } from "../../media/init-segment.ts";
import type { EngineSink, OriginGrant, StreamPath } from "../engine.ts";
import { createDeliveryMark } from "./delivery-mark.ts";
import type { DeliveryMark } from "./delivery-mark.ts";
import { isEncoded, nominalBitrate } from "./ffmpeg-args.ts";
import type { FfmpegJob } from "./ffmpeg-args.ts";
import { openingTags } from "./ffmpeg-start.ts";
import type { PresentTracks, StartInput } from "./ffmpeg-start.ts";
import { noRestarts, stepRestart } from "./restart-policy.ts";
import { startTranscoder } from "./transcoder.ts";
import type { Transcoder } from "./transcoder.ts";

export interface FfmpegRunsConfig {
  readonly path: StreamPath;
  /** As the gate said. */
  readonly origin: OriginGrant | undefined;
  readonly program: string;
}

export interface FfmpegRunsDeps {
  readonly sink: EngineSink;
  /** Unix ms of media time 0. */
  readonly epochWallMs: () => number;
  /** Tracks of the rendition `source`, as ffmpeg wrote them. */
  readonly sourceTracks: (tracks: readonly Mp4Track[]) => void;
  /** It is gone; the next one begins with what is cached. */
  readonly gone: () => void;
  /** It failed, and `resume` follows soon. */
  readonly failed: () => void;
  /** To be started again, if the publisher is ready. */
  readonly resume: () => void;
  /** It failed again and again. */
  readonly gaveUp: () => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface FfmpegRuns {
  /** With which tracks it runs; undefined while it does not. */
  readonly running: PresentTracks | undefined;
  /** It failed, and is not to be started before `resume`. */
  readonly isResting: boolean;
  /** Whether the sink was told that the stream started. */
  readonly hasStarted: boolean;
  readonly delivered: Pick<DeliveryMark, "videoUntilMs" | "everythingUntilMs">;
  /** To be called while it does not run. */
  start(input: StartInput, job: FfmpegJob, frameRate: number | undefined): void;
  write(tag: Buffer): void;
  /** Ends it; what is inside is lost, and no failure. */
  stop(): void;
  /** What comes from now on does not go on where the media before ended. To be called while it does not run. */
  newTimeline(): void;
  /** Looks whether it hangs. */
  watch(): void;
  /** Takes no more, and hands out what is inside; resolves when it has ended, or is aborted, and after a second at the latest. */
  finish(): Promise<void>;
  /** Ends it for good; resolves when the process is gone. */
  abort(): Promise<void>;
}

const finishWithinMs = 1_000;

export function createFfmpegRuns({ path, origin, program }: FfmpegRunsConfig, deps: FfmpegRunsDeps): FfmpegRuns {
  const { sink, logger, clock } = deps;
  const delivered = createDeliveryMark();
  let current: { readonly transcoder: Transcoder; readonly present: PresentTracks } | undefined;
  let restarts = noRestarts;
  let restartTimer: NodeJS.Timeout | undefined;
  let timelineId = 0;
  let startedTimelineId: number | undefined;
  let finished: (() => void) | undefined;

  function start(input: StartInput, job: FfmpegJob, frameRate: number | undefined): void {
    let announced = false;
    const resuming = delivered.resume(new Set(job.renditions.filter((rendition) => isEncoded(job, rendition)).map(({ name }) => name)));
    const isCurrent = () => current?.transcoder === transcoder;
    const transcoder: Transcoder = startTranscoder(
      program,
      job,
      {
        init(rendition, bytes, tracks) {
          if (!isCurrent()) return;
          if (!announced) announce(job);
          announced = true;
          const described = job.renditions.find(({ name }) => name === rendition);
          if (described?.height === undefined) deps.sourceTracks(tracks);
          const bitrate = described && nominalBitrate(job, described);
          sink.init(path, rendition, { bytes, ...(bitrate !== undefined && { nominalBitrate: bitrate }) });
        },
        fragment(rendition, bytes, timing) {
          if (!isCurrent() || !resuming.isNew(rendition, timing)) return;
          delivered.add(timing);
          sink.fragment(path, rendition, { bytes });
        },
        exited(exit, complaint) {
          if (!isCurrent()) return;
          if (finished) return finished();
          fail(`it ended (${exit.signal ?? `code ${exit.code ?? "none"}`})`, complaint);
        },
      },
      () => clock.monotonicMs(),
    );
    current = { transcoder, present: input.present };
    const renditions = job.renditions.map(({ name }) => name);
    logger.info({ pid: transcoder.pid, renditions, reencoding: job.encodeSource !== undefined, ...input.present }, "ffmpeg started");
    for (const tag of openingTags(input, frameRate)) transcoder.write(tag);
  }

  function announce(job: FfmpegJob): void {
    const continues = startedTimelineId === timelineId;
    startedTimelineId = timelineId;
    sink.started(path, {
      renditions: job.renditions.map(({ name }) => name),
      epochWallMs: deps.epochWallMs(),
      skipUntilMs: Math.max(0, delivered.everythingUntilMs),
      continues,
      origin,
    });
  }

  function fail(what: string, complaint: string): void {
    stop();
    const decided = stepRestart(restarts, clock.monotonicMs());
    restarts = decided.state;
    const { effect } = decided;
    switch (effect.kind) {
      case "give_up":
        logger.error({ why: what, complaint }, "ffmpeg failed again and again; the publisher is disconnected");
        deps.gaveUp();
        break;
      case "restart":
        logger.warn({ why: what, complaint, delayMs: effect.delayMs }, "ffmpeg is started again");
        deps.failed();
        restartTimer = setTimeout(() => {
          restartTimer = undefined;
          deps.resume();
        }, effect.delayMs);
        break;
    }
  }

  function stop(): void {
    const old = current;
    current = undefined;
    deps.gone();
    void old?.transcoder.kill();
  }

  return {
    get running() {
      return current?.present;
    },
    get isResting() {
      return restartTimer !== undefined;
    },
    get hasStarted() {
      return startedTimelineId !== undefined;
    },
    delivered,
    start,
    write: (tag) => current?.transcoder.write(tag),
    stop,
    newTimeline() {
      timelineId += 1;
      delivered.reset();
    },
    watch() {
      const why = current?.transcoder.stuck(clock.monotonicMs());
      if (why !== undefined) fail(why, "");
    },
    async finish() {
      const last = current?.transcoder;
      if (!last) return;
      await new Promise<void>((resolve) => {
        finished = resolve;
        setTimeout(resolve, finishWithinMs).unref();
        last.finish();
      });
    },
    async abort() {
      const old = current;
      current = undefined;
      clearTimeout(restartTimer);
      finished?.();
      await old?.transcoder.kill();
    },
  };
}
