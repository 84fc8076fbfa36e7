// What a slave says of each stream that it holds, when it is asked. A stream that was let go of is not said any more.
import type { Sample } from "../../shared/metrics/metric-set.ts";
import type { PlayerTotals } from "../../shared/protocol/player-messages.ts";
import type { IngestStats } from "../engine/engine.ts";
import type { LiveStreamReader } from "../live/live-log.ts";
import type { CopyStatus } from "../replication/replication.ts";

/** A stream of the live log, as far as metrics need it. */
export type HeldStream = Pick<LiveStreamReader, "path" | "epoch" | "state"> & {
  /** Where its newest media ends on the cluster's wall clock, Unix ms. */
  readonly liveEdgeMs: number | undefined;
  readonly bytes: number;
};

/** Everything that is known of one stream at one moment. */
export interface StreamState {
  readonly stream: HeldStream;
  readonly viewers: number;
  /** Epoch under which this node is the origin. */
  readonly originEpoch: number | undefined;
  readonly copy: Pick<CopyStatus, "lagS" | "lagParts"> | undefined;
  readonly publisher: IngestStats | undefined;
  readonly players: PlayerTotals;
}

/** @param nowMs the cluster's wall clock. */
export function sampleStream(sample: Sample, state: StreamState, nowMs: number): void {
  const { stream, viewers, originEpoch, copy, publisher, players } = state;
  const of = { path: stream.path };
  sample("airclass_stream_viewers", viewers, of);
  sample("airclass_stream_is_origin", originEpoch === undefined ? 0 : 1, of);
  sample("airclass_stream_epoch", originEpoch ?? stream.epoch, of);
  if (stream.state === "live" && stream.liveEdgeMs !== undefined) {
    // Two nodes' clocks differ by some milliseconds.
    sample("airclass_stream_live_edge_age_seconds", Math.max(0, nowMs - stream.liveEdgeMs) / 1_000, of);
  }
  if (originEpoch === undefined && copy) {
    // A copy that never had anything has no lag yet.
    if (Number.isFinite(copy.lagS)) sample("airclass_stream_replication_lag_seconds", Math.max(0, copy.lagS), of);
    sample("airclass_stream_replication_lag_parts", Math.max(0, copy.lagParts), of);
  }
  if (publisher) samplePublisher(sample, publisher, of);
  sample("airclass_stream_player_joins_total", players.joins, of);
  sample("airclass_stream_player_stalls_total", players.stalls, of);
  sample("airclass_stream_player_stalled_seconds_total", players.stalled_ms / 1_000, of);
  sample("airclass_stream_player_watched_seconds_total", players.watched_ms / 1_000, of);
}

function samplePublisher(sample: Sample, publisher: IngestStats, of: { readonly path: string }): void {
  sample("airclass_stream_ingest_bytes_total", publisher.bytes, of);
  sample("airclass_stream_ingest_frames_per_second", publisher.fps, of);
  if (publisher.keyframeIntervalS !== undefined) sample("airclass_stream_keyframe_interval_seconds", publisher.keyframeIntervalS, of);
  sample("airclass_stream_publisher_dropped_frames_total", publisher.droppedFrames, of);
  sample("airclass_stream_dropped_input_frames_total", publisher.lostFrames, of);
  sample("airclass_stream_reencoded", publisher.reencoding ? 1 : 0, of);
  sample("airclass_stream_ffmpeg_restarts_total", publisher.ffmpegRestarts, of);
}
