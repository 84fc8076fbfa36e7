// A simulated student tells its node how playback goes, as the player does: so that the school's dashboards show a load test.
import type { PlayerReport } from "../shared/protocol/player-messages.ts";
import type { StreamRoute } from "../shared/viewing/stream-route.ts";
import { baseOf } from "../shared/viewing/virtual-url.ts";
import type { PlaybackFigures } from "./playback-model.ts";

export interface ReportPlaybackDeps {
  readonly route: StreamRoute;
  readonly fetcher: typeof fetch;
  readonly figures: () => PlaybackFigures | undefined;
  readonly joinMs: () => number | undefined;
  readonly monotonicMs: () => number;
}

const reportEveryMs = 10_000;
const maxMs = 600_000;

/** @returns what ends it. */
export function reportPlayback({ route, fetcher, figures, joinMs, monotonicMs }: ReportPlaybackDeps): () => void {
  let sent = { stalls: 0, stalledMs: 0 };
  let sentMs = monotonicMs();
  let isJoinSent = false;

  function report(): void {
    const [now, joinedMs] = [figures(), joinMs()];
    if (!now || joinedMs === undefined) return;
    const inBounds = (ms: number): number => Math.min(maxMs, Math.max(0, Math.round(ms)));
    const body: PlayerReport = {
      ...(isJoinSent ? {} : { join_ms: inBounds(joinedMs) }),
      stalls: now.stalls - sent.stalls,
      stalled_ms: inBounds(now.stalledMs - sent.stalledMs),
      window_ms: inBounds(monotonicMs() - sentMs),
    };
    [isJoinSent, sentMs, sent] = [true, monotonicMs(), now];
    const { hlsUrl, token } = route.grant();
    const url = `${baseOf(hlsUrl)}report?jwt=${encodeURIComponent(token)}`;
    fetcher(url, { method: "POST", body: JSON.stringify(body) }).then(
      (response) => response.arrayBuffer(),
      () => undefined, // For statistics: losing one harms nobody.
    );
  }
  const timer = setInterval(report, reportEveryMs);
  return () => clearInterval(timer);
}
