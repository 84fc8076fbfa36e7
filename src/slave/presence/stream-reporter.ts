// What this slave tells about itself in a heartbeat and at /api/streams: its streams, viewers and load.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { NodeStats, PlayersReport, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { CopyStatus } from "../replication/replication.ts";
import type { MachineLoad } from "./load-sampler.ts";

/** The live log, as far as reports need it. */
export interface StreamPositions {
  list(): readonly { path: string; epoch: number; state: "live" | "waiting" | "closed"; msn: number; part: number }[];
}

/** What is measured of a publisher, in the engine's words. */
export interface PublisherFigures {
  readonly path: string;
  readonly startedAtMs: number;
  readonly bitrate: number;
  readonly fps: number;
  readonly keyframeIntervalS: number | undefined;
  readonly droppedFrames: number;
  readonly video: { readonly codec: string; readonly width: number | undefined; readonly height: number | undefined } | undefined;
  readonly audio: { readonly codec: string } | undefined;
  readonly reencoding: boolean;
  readonly ffmpegRestarts: number;
  readonly encodedRenditions: number;
}

/** Who publishes, as far as reports need it. */
export interface PublisherList {
  publishers(): readonly PublisherFigures[];
}

/** Where the streams come from, as far as reports need it. */
export interface StreamSources {
  /** Epoch under which this node is the origin. */
  originEpochOf(path: string): number | undefined;
  copyOf(path: string): CopyStatus | undefined;
  /** Asked for by viewers and not followed yet. */
  wanted(): readonly string[];
  /** Asked for by publishers, and not begun yet. */
  claims(): readonly string[];
}

/** Who watches, as far as reports need it. */
export interface ViewerCounts {
  count(nowMs: number): number;
  countByPath(nowMs: number): ReadonlyMap<string, number>;
  teachersByPath(nowMs: number): ReadonlyMap<string, number>;
  activated(): readonly string[];
  acknowledge(reported: readonly string[]): void;
}

export interface StreamReporter {
  streams(): StreamReport[];
  /** @param bytesSent counter of media bytes since the start; its growth between calls gives the bandwidth. */
  heartbeat(load: MachineLoad, bytesSent: number): { stats: NodeStats; acknowledged: () => void };
}

/** Bounds of the message. */
const maxWanted = 200;
const maxClaims = 200;
const maxEncoded = 32;
const maxCodecLength = 64;

export function createStreamReporter(deps: {
  streams: StreamPositions;
  engine: PublisherList;
  viewers: ViewerCounts;
  sources: StreamSources;
  /** What players of a stream have told since the last call. */
  takePlayersOf: (path: string) => PlayersReport | undefined;
  /** This node was asked to stop. */
  leaving: () => boolean;
  clock: Clock;
}): StreamReporter {
  const { streams, engine, viewers, sources, takePlayersOf, leaving, clock } = deps;
  let before = { atMs: clock.monotonicMs(), bytesSent: 0 };

  function report(nowMs: number): StreamReport[] {
    const counts = viewers.countByPath(nowMs);
    const teacherCounts = viewers.teachersByPath(nowMs);
    const publishers = new Map(engine.publishers().map((publisher) => [publisher.path, publisher]));
    return streams.list().flatMap(({ path, epoch, state, msn, part }): StreamReport[] => {
      if (state === "closed") return [];
      const teachers = teacherCounts.get(path);
      const common = { path, msn, part, viewers: counts.get(path) ?? 0, ...(teachers === undefined ? {} : { teachers }) };
      const originEpoch = sources.originEpochOf(path);
      if (originEpoch === undefined) return [{ ...common, ...replica(sources.copyOf(path), epoch, state) }];
      const publisher = publishers.get(path);
      return [{ ...common, role: "origin", epoch: originEpoch, state, ...(publisher ? published(publisher) : {}) }];
    });
  }

  return {
    streams: () => report(clock.monotonicMs()),
    heartbeat(load, bytesSent) {
      const nowMs = clock.monotonicMs();
      const elapsedMs = nowMs - before.atMs;
      const megabits = ((bytesSent - before.bytesSent) * 8) / 1e6;
      before = { atMs: nowMs, bytesSent };
      const activated = viewers.activated();
      const wanted = sources.wanted().slice(0, maxWanted);
      const claims = sources.claims().slice(0, maxClaims);
      return {
        stats: {
          connections: viewers.count(nowMs),
          cpu: load.cpu,
          memory: load.memory,
          bandwidth_mbps: elapsedMs > 0 ? megabits / (elapsedMs / 1000) : 0,
          streams: report(nowMs).map((stream) => {
            const players = takePlayersOf(stream.path);
            return players ? { ...stream, players } : stream;
          }),
          activated: [...activated],
          ...(wanted.length === 0 ? {} : { wanted }),
          ...(claims.length === 0 ? {} : { claims: [...claims] }),
          ...(leaving() ? { leaving: true } : {}),
        },
        acknowledged: () => viewers.acknowledge(activated),
      };
    },
  };
}

/** What is said of a stream that is published here. */
function published(publisher: PublisherFigures): Pick<StreamReport, "bitrate" | "encoded" | "ingest"> {
  const { bitrate, fps, keyframeIntervalS, video, audio } = publisher;
  return {
    bitrate,
    encoded: Math.min(publisher.encodedRenditions, maxEncoded),
    ingest: {
      started_at: new Date(publisher.startedAtMs).toISOString(),
      bitrate,
      fps,
      keyframe_interval_s: keyframeIntervalS === undefined ? null : Math.round(keyframeIntervalS * 1_000) / 1_000,
      dropped_frames: publisher.droppedFrames,
      video: video
        ? { codec: video.codec.slice(0, maxCodecLength), width: wholeOrNull(video.width), height: wholeOrNull(video.height) }
        : null,
      audio: audio ? { codec: audio.codec.slice(0, maxCodecLength) } : null,
      reencoding: publisher.reencoding,
      ffmpeg_restarts: publisher.ffmpegRestarts,
    },
  };
}

/** Metadata are a stranger's: a width may be any number, or missing. */
const wholeOrNull = (value: number | undefined): number | null => (Number.isSafeInteger(value) ? (value ?? null) : null);

/** What is said of a stream whose origin is elsewhere. Without an upstream it is what was left of one. */
function replica(
  copy: CopyStatus | undefined,
  epoch: number,
  state: "live" | "waiting",
): Omit<StreamReport, "path" | "msn" | "part" | "viewers"> {
  if (!copy) return { role: "replica", epoch, state: "waiting" };
  const { upstream, lineage, lagParts, lagS } = copy;
  return {
    role: "replica",
    epoch: Math.max(1, copy.epoch),
    state: state === "live" && copy.state === "live" ? "live" : "waiting",
    // One that was lost is nobody's upstream: its former origin may read this copy.
    ...(lineage.length === 0 ? {} : { upstream }),
    lag_parts: Math.max(0, lagParts),
    // JSON has no infinity: a copy that never had anything says nothing.
    ...(Number.isFinite(lagS) ? { lag_s: Math.round(Math.max(0, lagS) * 1_000) / 1_000 } : {}),
  };
}
