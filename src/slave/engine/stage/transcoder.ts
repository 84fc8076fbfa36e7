// One running ffmpeg: FLV tags in, init segments and timed fragments per rendition out. Knows neither publishers nor
// restarts; it tells when it is stuck and when it has ended.
import { createBoxSplitter } from "../../media/box-splitter.ts";
import { readInitSegment } from "../../media/init-segment.ts";
import type { Mp4Track } from "../../media/init-segment.ts";
import { isSync, readMovieFragment } from "../../media/movie-fragment.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import type { ChildExit } from "../../../shared/process/child.ts";
import { ffmpegArguments, firstOutputDescriptor } from "./ffmpeg-args.ts";
import type { FfmpegJob } from "./ffmpeg-args.ts";

export interface FragmentTiming {
  /** When its video and its audio end, ms of media time; undefined when it has none. */
  readonly videoEndMs: number | undefined;
  readonly audioEndMs: number | undefined;
  /** True when it starts with a keyframe, or has no video. */
  readonly independent: boolean;
}

export interface TranscoderEvents {
  init(rendition: string, bytes: Buffer, tracks: readonly Mp4Track[]): void;
  fragment(rendition: string, bytes: Buffer, timing: FragmentTiming): void;
  /** Once, after the last fragment. `complaint`: the last lines that ffmpeg printed. */
  exited(exit: ChildExit, complaint: string): void;
}

export interface Transcoder {
  readonly pid: number | undefined;
  write(tag: Buffer): void;
  /** Why it counts as hanging, or undefined: input went in and nothing comes out, or input is not taken. */
  stuck(nowMs: number): string | undefined;
  /** Ends the input; what is inside still comes out, then `exited`. */
  finish(): void;
  /** No more events; resolves when the process is gone. */
  kill(): Promise<void>;
}

const stuckAfterMs = 1_500;
/** Probing and the encoder's start take longer than a frame does later. */
const firstOutputWithinMs = 5_000;
const maxQueuedBytes = 32 * 1024 * 1024;
/** Each costs some hundred bytes more than its own; a restart begins with 10,000 at most. */
const maxQueuedTags = 50_000;
const maxBoxBytes = 64 * 1024 * 1024;
const maxComplaintChars = 1_000;

/** @param now monotonic ms. */
export function startTranscoder(ffmpegPath: string, job: FfmpegJob, events: TranscoderEvents, now: () => number): Transcoder {
  const child = startChild({
    command: ffmpegPath,
    args: ffmpegArguments(job),
    stdio: ["pipe", "ignore", "pipe", ...job.renditions.map(() => "pipe" as const)],
    env: childEnvironment(),
  });
  let silenced = false;
  let complaint = "";
  /** Since when written input is not yet answered by any output. */
  let unansweredSinceMs: number | undefined;
  let lastWriteMs = 0;
  let queuedTags = 0;
  let answered = false;

  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-maxComplaintChars);
  });
  // A write after ffmpeg's end; `exited` tells of it.
  child.stdin?.on("error", () => undefined);

  if (child.pid !== undefined) {
    job.renditions.forEach(({ name }, index) => readOutput(name, firstOutputDescriptor + index));
  }
  void tellEnd();

  async function tellEnd(): Promise<void> {
    const exit = await child.exited;
    if (silenced) return;
    silenced = true;
    events.exited(exit, exit.error?.message ?? complaint.trim());
  }

  function taken(): void {
    queuedTags -= 1;
  }

  function readOutput(rendition: string, descriptor: number): void {
    const splitter = createBoxSplitter(maxBoxBytes);
    let ftyp: Buffer | undefined;
    let moof: Buffer | undefined;
    let tracks: readonly Mp4Track[] = [];
    const output = child.pipe(descriptor);
    output.on("error", () => undefined);
    output.on("data", (chunk: Buffer) => {
      if (silenced) return;
      unansweredSinceMs = undefined;
      answered = true;
      try {
        for (const { type, bytes } of splitter.push(chunk)) {
          if (type === "ftyp") ftyp = bytes;
          else if (type === "moof") moof = bytes;
          else if (type === "moov" && ftyp) {
            const init = Buffer.concat([ftyp, bytes]);
            tracks = readInitSegment(init);
            events.init(rendition, init, tracks);
          } else if (type === "mdat" && moof) {
            const fragment = Buffer.concat([moof, bytes]);
            moof = undefined;
            events.fragment(rendition, fragment, fragmentTiming(fragment, tracks));
          }
        }
      } catch (error) {
        // Output that is no MP4 is a failure of this ffmpeg like any other: end it, `exited` leads to the next one.
        complaint = `unreadable output: ${error instanceof Error ? error.message : String(error)}`;
        child.signal("SIGKILL");
      }
    });
  }

  return {
    pid: child.pid,
    write(tag) {
      if (!child.stdin?.writable) return;
      lastWriteMs = now();
      unansweredSinceMs ??= lastWriteMs;
      queuedTags += 1;
      child.stdin.write(tag, taken);
    },
    stuck(nowMs) {
      if ((child.stdin?.writableLength ?? 0) > maxQueuedBytes || queuedTags > maxQueuedTags) return "it does not keep up with its input";
      if (unansweredSinceMs === undefined) return undefined;
      const boundMs = answered ? stuckAfterMs : firstOutputWithinMs;
      // When the publisher pauses, the last frame rightly stays inside until the next one comes.
      const fedMs = lastWriteMs - unansweredSinceMs;
      return nowMs - unansweredSinceMs > boundMs && fedMs > boundMs / 2 ? `nothing came out for ${boundMs / 1000} s` : undefined;
    },
    finish() {
      child.stdin?.end();
    },
    async kill() {
      silenced = true;
      await child.stop(0);
    },
  };
}

function fragmentTiming(fragment: Buffer, tracks: readonly Mp4Track[]): FragmentTiming {
  let videoEndMs: number | undefined;
  let audioEndMs: number | undefined;
  // A fragment of audio alone starts nothing when the stream has video.
  let independent = !tracks.some(({ kind }) => kind === "video");
  for (const sample of readMovieFragment(fragment, tracks)) {
    const track = tracks.find(({ id }) => id === sample.trackId);
    if (!track) continue;
    const endMs = ((sample.dtsTicks + sample.durationTicks) * 1000) / track.timescale;
    if (track.kind === "audio") audioEndMs = endMs;
    else {
      if (videoEndMs === undefined) independent = isSync(sample);
      videoEndMs = endMs;
    }
  }
  return { videoEndMs, audioEndMs, independent };
}
