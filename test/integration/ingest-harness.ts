// Runs a real engine (the embedded one by default) with a sink that records, and real ffmpeg processes as publishers.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { Child } from "../../src/shared/process/child.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { createEmbeddedEngine } from "../../src/slave/engine/embedded/embedded-engine.ts";
import type { EmbeddedEngineConfig } from "../../src/slave/engine/embedded/embedded-engine.ts";
import { locateFfmpeg } from "../../src/slave/engine/stage/locate-ffmpeg.ts";
import type { StageDeps } from "../../src/slave/engine/stage/stage-settings.ts";
import type { EngineSink, MediaEngine, PublishRequest, PublishVerdict, SessionStart } from "../../src/slave/engine/engine.ts";
import { readInitSegment } from "../../src/slave/media/init-segment.ts";
import type { Mp4Track } from "../../src/slave/media/init-segment.ts";
import { isSync, readMovieFragment } from "../../src/slave/media/movie-fragment.ts";
import { testFfprobe } from "../support/make-fmp4.ts";

export type SinkEvent =
  | { readonly kind: "started"; readonly path: string; readonly start: SessionStart; readonly atMs: number }
  | { readonly kind: "init"; readonly path: string; readonly rendition: string; readonly bytes: Buffer; readonly atMs: number }
  | { readonly kind: "fragment"; readonly path: string; readonly rendition: string; readonly bytes: Buffer; readonly atMs: number }
  | { readonly kind: "ended"; readonly path: string; readonly why: string; readonly atMs: number };

export interface Sample {
  readonly kind: "video" | "audio";
  /** ms of media time. */
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly endMs: number;
  readonly keyframe: boolean;
  readonly size: number;
  /** When its fragment reached the sink, monotonic ms. */
  readonly atMs: number;
}

export interface Rig<Engine extends MediaEngine = MediaEngine> extends AsyncDisposable {
  readonly engine: Engine;
  readonly events: SinkEvent[];
  readonly requests: PublishRequest[];
  /** Codes, as the engine told its observer. */
  readonly refused: string[];
  readonly url: (streamName: string) => string;
  /** Waits until a check of the events holds. @throws after `timeoutMs` with what was seen. */
  until(what: string, check: () => boolean, timeoutMs?: number): Promise<void>;
  count(kind: SinkEvent["kind"], path: string): number;
  /** Samples since the last (or `session`th) `started` of a path, as their init segments describe them. */
  samples(path: string, rendition: string, session?: number): Sample[];
  tracks(path: string, rendition: string): Mp4Track[];
  /** Publishes a test picture and tone with ffmpeg until stopped. */
  publish(streamName: string, options?: PublishOptions): Child;
  /** All ffmpeg and worker processes that the engine started and that run. */
  children(): Promise<number[]>;
  ffprobe(path: string, rendition: string, args: readonly string[]): Promise<string>;
}

/** Makes the engine of a rig. */
export type EngineMaker<Engine extends MediaEngine> = (config: EmbeddedEngineConfig, deps: StageDeps) => Engine;

export interface PublishOptions {
  /** Everything after the encoders, instead of RTMP to the engine. */
  readonly output?: readonly string[];
  /** ffmpeg's input arguments; default a test picture of 320x180 at 30 fps and a tone. */
  readonly video?: string | false;
  readonly audio?: boolean;
  /** Frames between keyframes. */
  readonly gop?: number;
  readonly encode?: readonly string[];
  readonly audioEncode?: readonly string[];
}

export const goodKey = "s3cret+key";

/** Says yes to the one key, at once. */
async function keyGate(request: PublishRequest): Promise<PublishVerdict> {
  if (request.key === goodKey) return { allowed: true, takesOver: false, anchor: undefined };
  return { allowed: false, code: "wrong_key", reason: "The stream key is wrong." };
}

export async function startRig(
  config: Partial<EmbeddedEngineConfig> = {},
  mayPublish: (request: PublishRequest) => Promise<PublishVerdict> = keyGate,
): Promise<Rig> {
  return startRigWith(createEmbeddedEngine, config, mayPublish);
}

export async function startRigWith<Engine extends MediaEngine>(
  make: EngineMaker<Engine>,
  config: Partial<EmbeddedEngineConfig> = {},
  mayPublish: (request: PublishRequest) => Promise<PublishVerdict> = keyGate,
): Promise<Rig<Engine>> {
  const events: SinkEvent[] = [];
  const requests: PublishRequest[] = [];
  const refused: string[] = [];
  const publishers: Child[] = [];
  const { path: ffmpegPath } = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  const now = () => systemClock.monotonicMs();
  const sink: EngineSink = {
    started: (path, start) => void events.push({ kind: "started", path, start, atMs: now() }),
    init: (path, rendition, { bytes }) => void events.push({ kind: "init", path, rendition, bytes, atMs: now() }),
    fragment: (path, rendition, { bytes }) => void events.push({ kind: "fragment", path, rendition, bytes, atMs: now() }),
    ended: (path, why) => void events.push({ kind: "ended", path, why, atMs: now() }),
  };
  const gate = {
    mayPublish(request: PublishRequest) {
      requests.push(request);
      return mayPublish(request);
    },
  };
  const level = process.env["TEST_LOG"] === undefined ? "silent" : "debug";
  const engine = make(
    { bindHost: "127.0.0.1", rtmpPort: "any", renditions: ["source"], segmentDurationS: 2, keyframes: "auto", ffmpegPath, ...config },
    {
      gate,
      sink,
      logger: createLogger(level, {}, process.stderr),
      clock: systemClock,
      observer: { publisherRefused: (code) => void refused.push(code), ffmpegRestarted() {} },
    },
  );
  try {
    await engine.start();
  } catch (error) {
    await engine.stop();
    throw error;
  }

  function sessionEvents(path: string, session?: number): SinkEvent[] {
    const own = events.filter((event) => event.path === path);
    const starts = own.flatMap((event, index) => (event.kind === "started" ? [index] : []));
    const at = session ?? starts.length - 1;
    const from = starts[at];
    return from === undefined ? [] : own.slice(from, starts[at + 1] ?? own.length);
  }

  function media(path: string, rendition: string, session?: number) {
    let tracks: Mp4Track[] = [];
    let init: Buffer = Buffer.alloc(0);
    const fragments: { bytes: Buffer; atMs: number }[] = [];
    for (const event of sessionEvents(path, session)) {
      if (event.kind === "init" && event.rendition === rendition) {
        init = event.bytes;
        tracks = readInitSegment(event.bytes);
      }
      if (event.kind === "fragment" && event.rendition === rendition) fragments.push(event);
    }
    return { init, tracks, fragments };
  }

  return {
    engine,
    events,
    requests,
    refused,
    url: (streamName) => `rtmp://127.0.0.1:${engine.rtmpPort}/live/${streamName}`,
    async until(what, check, timeoutMs = 15_000) {
      const deadline = now() + timeoutMs;
      while (!check()) {
        if (now() > deadline) {
          const seen = events.filter(({ kind }) => kind !== "fragment").map((event) => `${event.kind} ${event.path}`);
          throw new Error(`Not within ${timeoutMs} ms: ${what}. Seen: ${seen.join(", ")}; ${events.length} events`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    count: (kind, path) => events.filter((event) => event.kind === kind && event.path === path).length,
    samples(path, rendition, session) {
      const { tracks, fragments } = media(path, rendition, session);
      return fragments.flatMap(({ bytes, atMs }) =>
        readMovieFragment(bytes, tracks).map((sample) => {
          const track = tracks.find(({ id }) => id === sample.trackId);
          const ms = (ticks: number) => (ticks * 1000) / (track?.timescale ?? 1);
          return {
            kind: track?.kind ?? "video",
            dtsMs: ms(sample.dtsTicks),
            ptsMs: ms(sample.dtsTicks + sample.ctsOffsetTicks),
            endMs: ms(sample.dtsTicks + sample.durationTicks),
            keyframe: isSync(sample),
            size: sample.data.length,
            atMs,
          };
        }),
      );
    },
    tracks: (path, rendition) => media(path, rendition).tracks,
    publish(streamName, options = {}) {
      const child = startChild({
        command: ffmpegPath,
        args: publishArguments(`rtmp://127.0.0.1:${engine.rtmpPort}/live/${streamName}`, options),
        stdio: ["ignore", "ignore", "pipe"],
        env: childEnvironment(),
      });
      child.stderr?.resume();
      publishers.push(child);
      return child;
    },
    async children() {
      const { stdout } = await runProgram("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], {
        timeoutMs: 5_000,
        maxOutputBytes: 1_000_000,
      });
      const mine = new Set(publishers.map(({ pid }) => pid));
      return stdout
        .split("\n")
        .filter((line) => line.includes("pipe:3") || line.includes("rtmp-worker"))
        .map((line) => Number.parseInt(line, 10))
        .filter((pid) => !mine.has(pid));
    },
    async ffprobe(path, rendition, args) {
      const { init, fragments } = media(path, rendition);
      const folder = await mkdtemp(join(tmpdir(), "airclass-test-"));
      try {
        const file = join(folder, "media.mp4");
        await writeFile(file, Buffer.concat([init, ...fragments.map(({ bytes }) => bytes)]));
        const result = await runProgram(testFfprobe, ["-v", "error", ...args, file], { timeoutMs: 20_000, maxOutputBytes: 4_000_000 });
        return result.stdout + result.stderr;
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(publishers.map((child) => child.stop(0)));
      await engine.stop();
    },
  };
}

function publishArguments(url: string, options: PublishOptions): string[] {
  const { video = "testsrc2=size=320x180:rate=30", audio = true, gop = 30 } = options;
  const encode = options.encode ?? ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"];
  const picture = ["-re", "-f", "lavfi", "-i", String(video)];
  const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"];
  const keyframes = ["-g", String(gop), "-keyint_min", String(gop), "-sc_threshold", "0"];
  return [
    "-hide_banner -loglevel error -nostdin".split(" "),
    video === false ? [] : picture,
    audio ? tone : [],
    video === false ? [] : [...encode, ...keyframes],
    audio ? (options.audioEncode ?? ["-c:a", "aac", "-b:a", "64k"]) : [],
    options.output ?? ["-f", "flv", url],
  ].flat();
}
