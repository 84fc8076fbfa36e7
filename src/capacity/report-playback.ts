// A simulated student tells its node how playback goes, as the player does: so that the school's dashboards show a load test.
import { createReportSeries, reportEveryMs, reportUrl } from "../shared/viewing/report-series.ts";
import type { PlaybackSums } from "../shared/viewing/report-series.ts";
import type { StreamRoute } from "../shared/viewing/stream-route.ts";

export interface ReportPlaybackDeps {
  readonly route: StreamRoute;
  readonly fetcher: typeof fetch;
  readonly sums: () => PlaybackSums;
  readonly monotonicMs: () => number;
}

/** @returns what ends it. */
export function reportPlayback({ route, fetcher, sums, monotonicMs }: ReportPlaybackDeps): () => void {
  const series = createReportSeries(monotonicMs());

  function report(): void {
    const body = series.next(sums(), monotonicMs());
    if (!body) return;
    fetcher(reportUrl(route.grant()), { method: "POST", body: JSON.stringify(body) }).then(
      (response) => response.arrayBuffer(),
      () => undefined, // For statistics: losing one harms nobody.
    );
  }
  const timer = setInterval(report, reportEveryMs);
  return () => clearInterval(timer);
}
