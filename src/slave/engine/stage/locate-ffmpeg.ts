// Finds the ffmpeg to use and makes sure that it can do what the engine needs.
import { UserError } from "../../../shared/kernel/user-error.ts";
import { runProgram } from "../../../shared/process/run-program.ts";

export interface Ffmpeg {
  readonly path: string;
  /** As it says itself, for example `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Reads HEVC and AV1 from RTMP (Enhanced RTMP, since 6.1). */
  readonly enhancedVideo: boolean;
  /** Reads Opus and others from RTMP (since 7.1). */
  readonly enhancedAudio: boolean;
  /** Knows `-fps_mode`, which replaced `-vsync` in 5.1. */
  readonly fpsMode: boolean;
}

/** Older ones were not tried; Ubuntu 22.04 has 4.4, Debian 12 has 5.1. */
const oldest = [4, 4] as const;
const runTimeoutMs = 15_000;
const maxOutputBytes = 1024 * 1024;

/**
 * The program of `ffmpegPath` (FFMPEG_PATH), else that of the optional package ffmpeg-static, else `ffmpeg` in PATH.
 * @throws UserError when there is none, when it is too old, or when it lacks libx264, AAC, FLV or MP4.
 */
export async function locateFfmpeg({ ffmpegPath }: { readonly ffmpegPath?: string | undefined } = {}): Promise<Ffmpeg> {
  if (ffmpegPath) return inspect(ffmpegPath, `FFMPEG_PATH=${ffmpegPath}`);
  const packaged = await packagedPath();
  if (packaged !== undefined) {
    try {
      return await inspect(packaged, `ffmpeg-static (${packaged})`);
    } catch (error) {
      // Its download may have failed at installation; the system's own is as good.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return inspect("ffmpeg", "ffmpeg in PATH");
}

async function packagedPath(): Promise<string | undefined> {
  const name = "ffmpeg-static";
  try {
    const module = (await import(name)) as { default?: unknown };
    return typeof module.default === "string" ? module.default : undefined;
  } catch {
    // An optional dependency: not installed is one of its normal states.
    return undefined;
  }
}

async function inspect(path: string, what: string): Promise<Ffmpeg> {
  const ran = await runProgram(path, ["-hide_banner", "-version"], { timeoutMs: runTimeoutMs, maxOutputBytes });
  if (ran.error || ran.code !== 0) {
    const why = ran.error ? ((ran.error as NodeJS.ErrnoException).code ?? ran.error.message) : (ran.signal ?? `exit code ${ran.code}`);
    throw new UserError(
      `${what} cannot be run (${why}): install ffmpeg ${oldest.join(".")} or newer, for example with "apt install ffmpeg", or set FFMPEG_PATH to it`,
    );
  }
  const version = /^ffmpeg version (\S+)/m.exec(ran.stdout)?.[1] ?? "unknown";
  const release = readRelease(version);
  if (release && !atLeast(release, oldest)) {
    throw new UserError(
      `${what} is version ${version}, and ${oldest.join(".")} or newer is needed: update it, or set FFMPEG_PATH to another one`,
    );
  }
  await requireParts(path, what);
  return {
    path,
    version,
    // A build without a release number is from the development branch.
    enhancedVideo: release === undefined || atLeast(release, [6, 1]),
    enhancedAudio: release === undefined || atLeast(release, [7, 1]),
    fpsMode: release === undefined || atLeast(release, [5, 1]),
  };
}

/** `5.1.9-0+deb12u1`, `n9.0.2-17-g2a571b6068`; undefined for builds named by date or revision. */
export function readRelease(version: string): readonly [number, number] | undefined {
  const match = /^n?(\d{1,2})\.(\d{1,3})(?:[.\-+~]|$)/.exec(version);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function atLeast([major, minor]: readonly [number, number], [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

async function requireParts(path: string, what: string): Promise<void> {
  const parts = [
    { list: "-encoders", pattern: /^ V\S* libx264 /m, name: "the libx264 encoder" },
    { list: "-encoders", pattern: /^ A\S* aac /m, name: "the aac encoder" },
    { list: "-demuxers", pattern: /^ D\S*\s+flv /m, name: "the flv demuxer" },
    { list: "-muxers", pattern: /^ +E\S*\s+mp4 /m, name: "the mp4 muxer" },
  ];
  const lists = new Map<string, string>();
  for (const { list, pattern, name } of parts) {
    const output = lists.get(list) ?? (await runProgram(path, ["-hide_banner", list], { timeoutMs: runTimeoutMs, maxOutputBytes })).stdout;
    lists.set(list, output);
    if (!pattern.test(output)) throw new UserError(`${what} lacks ${name}: install a full build, or set FFMPEG_PATH to another one`);
  }
}
