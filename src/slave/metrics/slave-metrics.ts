// The metrics of a slave: what its parts are given to tell of events, and what is read from them when Prometheus asks.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import type { PlayerReport, PlayerTotals } from "../../shared/protocol/player-messages.ts";
import { publishRefusalCodes } from "../../shared/protocol/publish-refusals.ts";
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";
import type { ResponseObserver } from "../api/response-observer.ts";
import type { EngineObserver, IngestStats } from "../engine/engine.ts";
import type { MachineLoad } from "../presence/load-sampler.ts";
import type { CopyStatus } from "../replication/replication.ts";
import { endedWhys } from "../whep/whep-sessions.ts";
import type { EndedWhy } from "../whep/whep-sessions.ts";
import { createResponseMetrics } from "./response-metrics.ts";
import { sampleStream } from "./stream-metrics.ts";
import type { HeldStream } from "./stream-metrics.ts";

/** Read at each scrape. */
export interface SlaveSources {
  readonly version: string;
  readonly maxViewers: number;
  readonly viewers: () => number;
  readonly viewersByPath: () => ReadonlyMap<string, number>;
  /** At the viewers' port. */
  readonly connections: () => number;
  readonly load: () => MachineLoad;
  readonly isRegistered: () => boolean;
  readonly publishers: () => readonly IngestStats[];
  readonly streams: () => Iterable<HeldStream>;
  readonly originEpochOf: (path: string) => number | undefined;
  readonly copyOf: (path: string) => Pick<CopyStatus, "lagS" | "lagParts"> | undefined;
  readonly playersOf: (path: string) => PlayerTotals;
  /** Zero on a node without WebRTC. */
  readonly webrtc: () => { readonly sessions: number; readonly pulls: number };
  /** The cluster's wall clock. */
  readonly nowMs: () => number;
}

export interface SlaveMetrics {
  /** To be told as it happens. */
  readonly responses: ResponseObserver;
  readonly engine: EngineObserver;
  heartbeatSent(succeeded: boolean): void;
  playerReported(report: PlayerReport): void;
  webrtcEnded(why: EndedWhy): void;
  /** From now on these are read at each scrape. */
  readFrom(sources: SlaveSources): void;
}

export function createSlaveMetrics(metrics: MetricSet, clock: Pick<Clock, "monotonicMs">): SlaveMetrics {
  const heartbeats = {
    ok: metrics.counter("airclass_heartbeats_total", { result: "ok" }),
    failed: metrics.counter("airclass_heartbeats_total", { result: "failed" }),
  };
  const refusals = new Map<PublishRefusal, () => void>(
    publishRefusalCodes.map((reason) => [reason, metrics.counter("airclass_publishers_refused_total", { reason })]),
  );
  const restarted = metrics.counter("airclass_ffmpeg_restarts_total");
  const webrtcEnds = new Map<EndedWhy, () => void>(
    endedWhys.map((why) => [why, metrics.counter("airclass_webrtc_sessions_ended_total", { why })]),
  );
  const joined = metrics.histogram("airclass_player_join_seconds");

  return {
    responses: createResponseMetrics(metrics, clock),
    engine: {
      publisherRefused: (code) => refusals.get(code)?.(),
      ffmpegRestarted: () => restarted(),
    },
    heartbeatSent: (succeeded) => heartbeats[succeeded ? "ok" : "failed"](),
    playerReported({ join_ms: joinMs }) {
      if (joinMs !== undefined) joined(joinMs / 1_000);
    },
    webrtcEnded: (why) => webrtcEnds.get(why)?.(),
    readFrom(sources) {
      metrics.sampled((sample) => {
        const { cpu, memory } = sources.load();
        const publishers = new Map(sources.publishers().map((publisher) => [publisher.path, publisher]));
        sample("airclass_build_info", 1, { version: sources.version });
        sample("airclass_viewers", sources.viewers());
        sample("airclass_max_viewers", sources.maxViewers);
        const { sessions, pulls } = sources.webrtc();
        sample("airclass_webrtc_viewers", sessions);
        sample("airclass_webrtc_pulls", pulls);
        sample("airclass_connections", sources.connections());
        sample("airclass_cpu_ratio", cpu / 100);
        sample("airclass_memory_ratio", memory / 100);
        sample("airclass_registered", sources.isRegistered() ? 1 : 0);
        sample("airclass_publishers", publishers.size);

        const viewers = sources.viewersByPath();
        const nowMs = sources.nowMs();
        let logBytes = 0;
        for (const stream of sources.streams()) {
          const { path } = stream;
          logBytes += stream.bytes;
          if (stream.state === "closed") continue;
          const state = {
            stream,
            viewers: viewers.get(path) ?? 0,
            originEpoch: sources.originEpochOf(path),
            copy: sources.copyOf(path),
            publisher: publishers.get(path),
            players: sources.playersOf(path),
          };
          sampleStream(sample, state, nowMs);
        }
        sample("airclass_live_log_bytes", logBytes);
      });
    },
  };
}
