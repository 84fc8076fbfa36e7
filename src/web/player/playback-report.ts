// Tells the node how playback goes for its viewer: join time once, stalls since the last report. For the school's metrics.
import type { PlayerStats } from "./player.ts";

export interface PlaybackReporter {
  /** Sends what is left. */
  stop(): void;
}

export interface PlaybackReporterDeps {
  readonly stats: () => Pick<PlayerStats, "joinMs" | "stalls" | "stalledMs">;
  /** Of the present node, with the present token. */
  readonly reportUrl: () => string;
  readonly fetcher: typeof fetch;
  readonly monotonicMs: () => number;
}

const reportEveryMs = 10_000;
/** What a node takes as a time; a device that slept for longer has nothing to tell about it. */
const maxMs = 600_000;
const inBounds = (ms: number): number => Math.min(maxMs, Math.max(0, Math.round(ms)));

export function createPlaybackReporter({ stats, reportUrl, fetcher, monotonicMs }: PlaybackReporterDeps): PlaybackReporter {
  let sent = { stalls: 0, stalledMs: 0 };
  let sentMs = monotonicMs();
  let [joinSent, stopped] = [false, false];

  function report(): void {
    const now = stats();
    // Before the first picture there is nothing to tell.
    if (now.joinMs === undefined) return;
    const nowMs = monotonicMs();
    const body = {
      ...(joinSent ? {} : { join_ms: inBounds(now.joinMs) }),
      stalls: now.stalls - sent.stalls,
      stalled_ms: inBounds(now.stalledMs - sent.stalledMs),
      window_ms: inBounds(nowMs - sentMs),
    };
    [joinSent, sentMs, sent] = [true, nowMs, { stalls: now.stalls, stalledMs: now.stalledMs }];
    // Sent as text, which a browser may send to another host without asking it first (no CORS preflight).
    fetcher(reportUrl(), { method: "POST", body: JSON.stringify(body), keepalive: true, cache: "no-store" }).catch(() => {
      // A report is for statistics: losing one harms nobody, and a node that is in trouble must not get it twice.
    });
  }

  const timer = setInterval(report, reportEveryMs);
  // The last moment in which a page that is closed or put away may send.
  addEventListener("pagehide", report);
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      removeEventListener("pagehide", report);
      report();
    },
  };
}
