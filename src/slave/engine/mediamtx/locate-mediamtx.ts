// Finds the mediamtx to start and makes sure that it is new enough.
import { UserError } from "../../../shared/kernel/user-error.ts";
import { runProgram } from "../../../shared/process/run-program.ts";

const oldest = [1, 20] as const;

const howToGetMediaMtx =
  "get it from https://github.com/bluenviron/mediamtx/releases, or from the container image bluenviron/mediamtx:1, and set MEDIAMTX_PATH to the program";

export interface MediaMtxProgram {
  readonly path: string;
  /** As it says itself: `v1.20.1`. */
  readonly version: string;
}

/**
 * The program of MEDIAMTX_PATH, else `mediamtx` in PATH.
 * @throws UserError when there is none or it is older than 1.20.
 */
export async function locateMediaMtx(mediaMtxPath: string | undefined): Promise<MediaMtxProgram> {
  const path = mediaMtxPath ?? "mediamtx";
  const what = mediaMtxPath === undefined ? "mediamtx in PATH" : `MEDIAMTX_PATH=${mediaMtxPath}`;
  const ran = await runProgram(path, ["--version"], { timeoutMs: 15_000, maxOutputBytes: 64 * 1024 });
  if (ran.error || ran.code !== 0) {
    const why = ran.error ? ((ran.error as NodeJS.ErrnoException).code ?? ran.error.message) : (ran.signal ?? `exit code ${ran.code}`);
    throw new UserError(`MEDIA_ENGINE=mediamtx, but ${what} cannot be run (${why}): ${howToGetMediaMtx}`);
  }
  const version = ran.stdout.trim().split("\n").at(-1)?.trim() ?? "";
  requireVersion(version, what);
  return { path, version };
}

/** @throws UserError for a version before 1.20. One without a number is from the development branch. */
export function requireVersion(version: string, what: string): void {
  const match = /^v?(\d{1,4})\.(\d{1,4})/.exec(version);
  if (!match) return;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new UserError(`${what} is MediaMTX ${version.slice(0, 40)}, and ${oldest.join(".")} or newer is needed: ${howToGetMediaMtx}`);
}
