// How hls.js plays a class: close to live, for hours, and never giving up by itself.
import type { HlsConfig, LoaderResponse, RetryConfig } from "hls.js";
import { catchUpRate } from "../../shared/viewing/playback-habits.ts";

/** While the stream exists but cannot be had: server errors, time-outs and lost connections are tried again, for ever. */
function retryForEver(random: number): RetryConfig {
  return {
    maxNumRetry: Number.MAX_SAFE_INTEGER,
    // Not the same for all players, so that a class does not come back as one flood.
    retryDelayMs: 250 + 250 * random,
    maxRetryDelayMs: 1_000 + 500 * random,
    backoff: "exponential",
    shouldRetry: (_config: RetryConfig | null | undefined, _count: number, isTimeout: boolean, response: LoaderResponse | undefined) =>
      isTimeout || isWorthRepeating(response?.code),
  };
}

/** Status 0 is a lost connection. 4xx answers go to the player, which asks the master. */
const isWorthRepeating = (status: number | undefined): boolean => status === undefined || status === 0 || status >= 500;

/** @param random in [0, 1), one draw for the life of the player. */
export function hlsConfig(random: number): Partial<HlsConfig> {
  const errorRetry = retryForEver(random);
  const playlist = { maxTimeToFirstByteMs: 12_000, maxLoadTimeMs: 20_000, timeoutRetry: errorRetry, errorRetry };
  return {
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: catchUpRate,
    // The browser drops the oldest media itself when its quota is full (Chromium: 150 MB, some 12 minutes). When hls.js 1.7
    // removes media between two parts of a segment, it loses track of that segment and stands still for seconds.
    backBufferLength: Infinity,
    liveDurationInfinity: true,
    // After a stall the player keeps a little further from the edge; a whole second more would stay for the rest of the class.
    liveSyncOnStallIncrease: 0.4,
    // Our media goes to the browser as it is: a worker would only cost a blob: script, which the CSP forbids.
    enableWorker: false,
    // The player waits for the teacher by itself, and tells the viewer; so the first playlist is tried once. A node that has to
    // fetch the stream first keeps the request for 3 s; one that says nothing for longer is gone.
    manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 6_000, maxLoadTimeMs: 15_000, timeoutRetry: null, errorRetry: null } },
    playlistLoadPolicy: { default: playlist },
    fragLoadPolicy: { default: { maxTimeToFirstByteMs: 8_000, maxLoadTimeMs: 30_000, timeoutRetry: errorRetry, errorRetry } },
  };
}
