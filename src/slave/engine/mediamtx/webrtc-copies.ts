// Publishes a stream to MediaMTX once more as browsers can take it (webrtc-args.ts), while somebody reads it; a new reader
// makes it begin again. Knows no viewers.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import type { Child } from "../../../shared/process/child.ts";
import { flvAudio, flvTag, flvTagHeaderBytes } from "../../../shared/rtmp/flv.ts";
import type { CachedFrame } from "../../../shared/rtmp/gop-cache.ts";
import type { PublishSlots } from "../stage/publish-slots.ts";
import { loggableWords } from "./loggable-words.ts";
import { webrtcPathOf } from "./media-paths.ts";
import type { RunningMediaMtx } from "./running-mediamtx.ts";
import type { Passes } from "./passes.ts";
import { needsEncoding, webRtcArguments } from "./webrtc-args.ts";

export interface WebRtcCopies {
  /** Somebody waits for this stream; no effect when nobody publishes it here, or it is there already. */
  wanted(path: string): void;
  /** Of all streams, until they are wanted again. */
  end(): void;
  stop(): Promise<void>;
}

export interface WebRtcCopiesDeps {
  readonly slots: PublishSlots;
  /** Undefined while MediaMTX does not run. */
  readonly running: () => RunningMediaMtx | undefined;
  readonly passes: Passes;
  readonly ffmpegPath: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** MediaMTX lets readers wait for 8 s (mediamtx.yml). */
const tryForMs = 7_000;
const tryEveryMs = 100;
/** Without some, ffmpeg does not know what it is to encode, and begins nothing. */
const soundsForStart = 3;
const publishedPollMs = 30;
const soundWithinMs = 4_000;
/** Somebody who reloads the page finds it running. MediaMTX only ends the waiting for it, and not what is published. */
const keptMs = 20_000;
const readersPollMs = 5_000;
/** An ffmpeg that does not take its input in time holds up nothing else, but must not fill the memory. */
const maxQueuedBytes = 16 * 1024 * 1024;

export function createWebRtcCopies(deps: WebRtcCopiesDeps): WebRtcCopies {
  const { slots, passes, clock, logger } = deps;
  const copies = new Map<string, Child>();
  const trying = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  function wanted(path: string): void {
    if (stopped || copies.has(path) || trying.has(path) || !slots.isTaken(path)) return;
    attempt(path, clock.monotonicMs() + tryForMs);
  }

  function attempt(path: string, untilMs: number): void {
    trying.delete(path);
    if (stopped || begin(path) || clock.monotonicMs() > untilMs) return;
    trying.set(
      path,
      setTimeout(() => attempt(path, untilMs), tryEveryMs),
    );
  }

  function begin(path: string): boolean {
    const server = deps.running();
    if (!server) return false;
    let child: Child | undefined;
    let isOver = false;
    let isSilent = true;
    let soundsToStart = soundsForStart;
    const start = slots.copyTo(path, {
      tag(tag) {
        if (!isSilent || tag[0] !== flvAudio || (soundsToStart -= 1) >= 0) write(child, tag);
      },
      over() {
        isOver = true;
        child?.stdin?.end();
      },
    });
    if (!start) return false;
    const media = webrtcPathOf(path);
    const password = passes.issue({ action: "publish", media }, clock.monotonicMs());
    const encode = needsEncoding(start);
    const spanMs = (start.frames.at(-1)?.mediaMs ?? 0) - (start.frames[0]?.mediaMs ?? 0);
    child = startChild({
      command: deps.ffmpegPath(),
      args: webRtcArguments(start, { skipMs: spanMs, url: `rtsp://airclass:${password}@${server.addresses.rtsp}/${media}` }),
      stdio: ["pipe", "ignore", "pipe"],
      env: childEnvironment(),
    });
    copies.set(path, child);
    logger.info({ stream: path, pid: child.pid, encode }, "the stream is made ready for WebRTC");
    const opening = encode ? start.frames.map(({ tag }) => tag) : [...squeezed(start.frames), ...newestSounds(start.frames)];
    for (const tag of [...start.header, ...opening]) write(child, tag);
    soundsToStart -= opening.filter((tag) => tag[0] === flvAudio).length;
    if (isOver) child.stdin?.end();
    const { exited } = child;
    void watch(path, child, () => start.stop());
    void endWhenUnread(server, media, child);
    if (start.video === undefined) isSilent = false;
    else void untilPublished(server, media, exited).then(() => (isSilent = false));
    return true;
  }

  /**
   * Sound that piles up while ffmpeg starts would come to a browser at once, and keep it that much behind for many seconds: what
   * is heard begins when MediaMTX has the stream.
   */
  async function untilPublished({ api }: RunningMediaMtx, media: string, ended: Promise<unknown>): Promise<void> {
    let isRunning = true;
    void ended.then(() => (isRunning = false));
    const deadlineMs = clock.monotonicMs() + soundWithinMs;
    const goesOn = () => isRunning && !stopped && clock.monotonicMs() < deadlineMs;
    while (goesOn()) {
      try {
        if ((await api.path(media))?.available) return;
      } catch (error) {
        logger.debug({ err: error, media }, "MediaMTX could not be asked for a path");
      }
      await sleep(publishedPollMs);
    }
  }

  async function endWhenUnread({ api }: RunningMediaMtx, media: string, child: Child): Promise<void> {
    let isRunning = true;
    void child.exited.then(() => (isRunning = false));
    const goesOn = () => isRunning && !stopped;
    let readMs = clock.monotonicMs();
    while (goesOn()) {
      await sleep(readersPollMs, undefined, { ref: false });
      try {
        if (((await api.path(media))?.readers ?? 0) > 0) readMs = clock.monotonicMs();
      } catch (error) {
        // It stays until the readers are known.
        readMs = clock.monotonicMs();
        logger.debug({ err: error, media }, "MediaMTX could not be asked for a path");
      }
      if (clock.monotonicMs() - readMs >= keptMs) await child.stop(1_000);
    }
  }

  function write(child: Child | undefined, tag: Buffer): void {
    const input = child?.stdin;
    if (!child || !input?.writable) return;
    if (input.writableLength > maxQueuedBytes) return child.signal("SIGKILL");
    input.write(tag);
  }

  async function watch(path: string, child: Child, stop: () => void): Promise<void> {
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = loggableWords(complaint + text).slice(-500);
    });
    // A write after its end; `exited` tells of it.
    child.stdin?.on("error", () => undefined);
    const exit = await child.exited;
    stop();
    if (copies.get(path) === child) copies.delete(path);
    logger.info({ stream: path, exit, complaint: complaint.trim() }, "the stream for WebRTC ended");
  }

  return {
    wanted,
    end() {
      for (const child of copies.values()) void child.stop(0);
    },
    async stop() {
      stopped = true;
      for (const timer of trying.values()) clearTimeout(timer);
      trying.clear();
      await Promise.all([...copies.values()].map((child) => child.stop(0)));
    },
  };
}

/**
 * The frames since the keyframe, a millisecond apart and up to the newest: what has been shown elsewhere is run through at once,
 * and nobody sees the class seconds late.
 */
function squeezed(frames: readonly CachedFrame[]): Buffer[] {
  const video = frames.filter((frame) => frame.video);
  const newestMs = video.at(-1)?.mediaMs ?? 0;
  return video.map(({ tag }, index) => {
    const timestampMs = Math.max(0, newestMs - (video.length - 1 - index));
    return flvTag(tag.readUInt8(0), timestampMs, tag.subarray(flvTagHeaderBytes, tag.length - 4));
  });
}

function newestSounds(frames: readonly CachedFrame[]): Buffer[] {
  return frames
    .filter(({ video }) => !video)
    .slice(-soundsForStart)
    .map(({ tag }) => tag);
}
