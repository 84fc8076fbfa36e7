// Tells the node how playback goes for its viewer, every few seconds and when the page goes.
import { createReportSeries, reportEveryMs, reportUrl } from "../../shared/viewing/report-series.ts";
import type { StreamAddress } from "../../shared/viewing/virtual-url.ts";
import type { PlaybackStats } from "./player.ts";

export interface PlaybackReporter {
  /** Sends what is left. */
  stop(): void;
}

export interface PlaybackReporterDeps {
  readonly stats: () => Pick<PlaybackStats, "joinMs" | "stalls" | "stalledMs" | "latencyS"> & { readonly isPlaying: boolean };
  /** Of the present node, with the present token. */
  readonly address: () => StreamAddress;
  readonly fetcher: typeof fetch;
  readonly monotonicMs: () => number;
}

export function createPlaybackReporter({ stats, address, fetcher, monotonicMs }: PlaybackReporterDeps): PlaybackReporter {
  const series = createReportSeries(monotonicMs());
  let stopped = false;

  function report(): void {
    const { isPlaying, latencyS, ...sums } = stats();
    // While nothing plays, or in a pause, the delay is nobody's figure.
    const delayMs = isPlaying && latencyS !== undefined ? latencyS * 1_000 : undefined;
    const body = series.next({ ...sums, delayMs }, monotonicMs());
    if (!body) return;
    // Sent as text, which a browser may send to another host without asking it first (no CORS preflight).
    fetcher(reportUrl(address()), { method: "POST", body: JSON.stringify(body), keepalive: true, cache: "no-store" }).catch(() => {
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
