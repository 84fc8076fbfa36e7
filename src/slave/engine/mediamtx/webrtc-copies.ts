// Publishes a stream to MediaMTX once more as browsers can take it (webrtc-args.ts), while somebody wants it. MediaMTX ends
// what nobody reads any more; a new reader makes it begin again. Knows no viewers.
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import type { Child } from "../../../shared/process/child.ts";
import { flvTag, flvTagHeaderBytes } from "../../../shared/rtmp/flv.ts";
import type { CachedFrame } from "../../../shared/rtmp/gop-cache.ts";
import type { PublishSlots } from "../stage/publish-slots.ts";
import { webrtcPathOf } from "./mediamtx-handle.ts";
import type { Passes } from "./passes.ts";
import { needsEncoding, webRtcArguments } from "./webrtc-args.ts";

export interface WebRtcCopies {
  /** Somebody waits for this stream; no effect when nobody publishes it here, or it is there already. */
  wanted(path: string): void;
  stop(): Promise<void>;
}

export interface WebRtcCopiesDeps {
  readonly slots: PublishSlots;
  /** `host:port` of RTSP; undefined while MediaMTX does not run. */
  readonly rtspAddress: () => string | undefined;
  readonly passes: Passes;
  readonly ffmpegPath: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** MediaMTX lets readers wait for 8 s (mediamtx.yml). */
const tryForMs = 7_000;
const tryEveryMs = 100;
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
    const address = deps.rtspAddress();
    if (address === undefined) return false;
    let child: Child | undefined;
    let isOver = false;
    const start = slots.copyTo(path, {
      tag: (tag) => write(child, tag),
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
      args: webRtcArguments(start, { skipMs: spanMs, url: `rtsp://airclass:${password}@${address}/${media}` }),
      stdio: ["pipe", "ignore", "pipe"],
      env: childEnvironment(),
    });
    copies.set(path, child);
    logger.info({ stream: path, pid: child.pid, encode }, "the stream is made ready for WebRTC");
    for (const tag of [...start.header, ...(encode ? start.frames.map((frame) => frame.tag) : squeezed(start.frames))]) write(child, tag);
    if (isOver) child.stdin?.end();
    void watch(path, child, () => start.stop());
    return true;
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
      complaint = (complaint + text).slice(-500);
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
