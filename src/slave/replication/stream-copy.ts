// One stream that is followed: runs what follower-state.ts decides, keeps its timer, and says how the copy stands.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { maxLineage } from "../../shared/protocol/log-header.ts";
import type { LogStatus } from "../../shared/protocol/log-header.ts";
import type { LiveStream } from "../live/live-stream.ts";
import type { LiveStreams } from "../live/live-streams.ts";
import { createCopySession, maxMultivariantBytes, multivariantFile } from "./copy-session.ts";
import type { CopySession } from "./copy-session.ts";
import { initialFollowerState, stepFollower } from "./follower-state.ts";
import type { FollowerEffect, FollowerEvent } from "./follower-state.ts";
import { readMultivariantPlaylist } from "../../shared/hls/read-multivariant-playlist.ts";
import type { ListedVariant } from "../../shared/hls/read-multivariant-playlist.ts";
import { LogDiverged } from "./rendition-copy.ts";
import type { CopyStatus } from "./replication.ts";
import { OldEpoch, UpstreamError } from "./upstream-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import type { Source } from "./who-to-follow.ts";

export interface StreamCopyDeps {
  readonly path: string;
  /** Of this slave. */
  readonly nodeId: string;
  readonly streams: LiveStreams;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly connect: (source: Source) => UpstreamClient;
  /** An upstream with a lower one has the stream from an origin that was replaced. */
  readonly lowestEpoch: () => number;
  /** This node has become the origin. */
  readonly isOrigin: () => boolean;
  /** An upstream has said this of the stream. */
  readonly heard: (log: LogStatus) => void;
  /** Media or status have changed. */
  readonly changed: () => void;
  /** No upstream can be followed now: the master may know another. */
  readonly stranded: () => void;
}

export interface StreamCopy {
  setSources(sources: readonly Source[]): void;
  /** Undefined before the first upstream was found. */
  readonly status: CopyStatus | undefined;
  /** True while an upstream is read. */
  readonly connected: boolean;
  /** True when the upstream has no more to give, or is lost. */
  readonly ended: boolean;
  /** To be called a few times a second. */
  tick(): void;
  /** Nothing is written any more; idempotent. */
  stop(): void;
}

/** A change of parents takes less; viewers need not hear of it. */
const lostIsWaitingMs = 1_000;

export function createStreamCopy(deps: StreamCopyDeps): StreamCopy {
  const { path, nodeId, streams, clock, logger } = deps;
  let state = initialFollowerState;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let attempt: { readonly client: UpstreamClient } | undefined;
  let accepted: { readonly client: UpstreamClient; readonly variants: readonly ListedVariant[]; readonly log: LogStatus } | undefined;
  let session: CopySession | undefined;
  let upstream: Source | undefined;
  let log: LogStatus | undefined;
  let lostAtMs: number | undefined;
  let behindSinceMs: number | undefined = clock.monotonicMs();
  let advancedAtMs = -Infinity;
  let lastFailure = "";

  function tell(event: FollowerEvent): void {
    if (stopped) return;
    const step = stepFollower(state, event, clock.monotonicMs(), Math.random());
    state = step.state;
    clearTimeout(timer);
    if (state.dueAtMs !== undefined) timer = setTimeout(() => tell({ kind: "due" }), Math.max(1, state.dueAtMs - clock.monotonicMs()));
    for (const effect of step.effects) run(effect);
    if (!state.followed && !state.trying) deps.stranded();
    deps.changed();
  }

  function run(effect: FollowerEffect): void {
    switch (effect.kind) {
      case "try":
        return void tryOut(effect.source);
      case "stop_trying":
        attempt?.client.close();
        attempt = undefined;
        return;
      case "follow":
        return follow(effect.source);
      case "release":
        return release();
    }
  }

  /** @throws UpstreamError for one that must not be followed; the lineage is a path vector, as BGP's. */
  function accept(source: Source, status: LogStatus | undefined): LogStatus {
    if (deps.isOrigin()) throw new UpstreamError("is not needed: this node is the origin");
    if (!status) throw new UpstreamError("does not say where it has the stream from");
    if (status.lineage[0] !== source.nodeId) throw new UpstreamError("is another node than it was said to be");
    if (status.lineage.includes(nodeId)) throw new UpstreamError("has the stream from here");
    if (status.lineage.length >= maxLineage) throw new UpstreamError("is too far from the origin");
    if (status.epoch < deps.lowestEpoch()) throw new OldEpoch("has an origin that was replaced");
    deps.heard(status);
    if (stopped) throw new UpstreamError("no longer followed");
    return status;
  }

  async function tryOut(source: Source): Promise<void> {
    let current: { readonly client: UpstreamClient } | undefined;
    try {
      current = { client: deps.connect(source) };
      attempt = current;
      const answer = await current.client.get(multivariantFile, { maxBytes: maxMultivariantBytes });
      if (attempt !== current) return;
      if (answer.status !== 200) throw new UpstreamError(`answers ${answer.status}`);
      const status = accept(source, answer.log);
      const variants = readMultivariantPlaylist(answer.body.toString("latin1"));
      attempt = undefined;
      accepted = { client: current.client, variants, log: status };
      tell({ kind: "accepted" });
    } catch (error) {
      current?.client.close();
      if (current && attempt !== current) return;
      attempt = undefined;
      noteFailure(source, error, "stream cannot be followed there");
      tell({ kind: "failed" });
    }
  }

  function noteFailure(source: Source, error: unknown, what: string): void {
    const why = (error as Error).message;
    const failure = `${source.nodeId} ${what}: ${why}`;
    // Said once, not at each of many tries.
    if (failure !== lastFailure) logger.warn({ stream: path, peer: source.nodeId, why }, what);
    lastFailure = failure;
  }

  /** The log to write to; promoted to the upstream's epoch. */
  function openLog(epoch: number): LiveStream | undefined {
    const stream = streams.get(path) ?? streams.open(path, epoch);
    if (stream && stream.epoch < epoch) stream.promote(epoch);
    if (stream && stream.position().msn < 0) stream.catchUp();
    return stream;
  }

  function follow(source: Source): void {
    session?.stop();
    session = undefined;
    const start = accepted;
    accepted = undefined;
    const stream = start && openLog(start.log.epoch);
    if (!start || !stream) {
      start?.client.close();
      logger.warn({ stream: path }, "too many streams: this one is not followed");
      setImmediate(() => tell({ kind: "lost" }));
      return;
    }
    upstream = source;
    ({ log } = start);
    lostAtMs = undefined;
    const current = createCopySession({
      client: start.client,
      stream,
      first: start,
      clock,
      accept: (status) => (log = accept(source, status)),
      appended(now) {
        // What is fetched of a stream that nobody publishes now is no sign of a publisher.
        if (now.state === "live") advancedAtMs = clock.monotonicMs();
        deps.changed();
      },
      changed() {
        if (session !== current) return;
        if (current.leadCaughtUp) stream.caughtUp();
        noteLag(current);
        deps.changed();
      },
      failed(error) {
        if (session !== current) return;
        noteFailure(source, error, "stream is not followed there any more");
        if (error instanceof LogDiverged && streams.get(path) === stream) {
          logger.info({ stream: path, why: error.message }, "the copy begins anew");
          streams.replace(path, Math.max(stream.epoch, deps.lowestEpoch()));
        }
        tell({ kind: "lost" });
      },
    });
    session = current;
    logger.info({ stream: path, peer: source.nodeId, epoch: start.log.epoch }, "stream is followed");
    current.start();
  }

  function noteLag(current: CopySession): void {
    if (!current.caughtUp) {
      behindSinceMs ??= clock.monotonicMs();
      return;
    }
    behindSinceMs = undefined;
    lastFailure = "";
    if (state.avoided.some((one) => one.nodeId === upstream?.nodeId)) tell({ kind: "settled" });
  }

  function release(): void {
    session?.stop();
    session = undefined;
    lostAtMs = clock.monotonicMs();
    behindSinceMs ??= lostAtMs;
  }

  return {
    setSources(sources) {
      if (JSON.stringify(sources) !== JSON.stringify(state.sources)) tell({ kind: "sources", sources });
    },
    get status() {
      if (!upstream || !log) return undefined;
      const nowMs = clock.monotonicMs();
      const isLost = lostAtMs !== undefined && nowMs - lostAtMs >= lostIsWaitingMs;
      const ownLagS = behindSinceMs === undefined ? 0 : (nowMs - behindSinceMs) / 1_000;
      return {
        upstream: upstream.nodeId,
        epoch: log.epoch,
        state: isLost ? "waiting" : log.state,
        lagParts: session?.lagParts ?? 0,
        lagS: ownLagS + log.lagS,
        // What has lost its upstream comes from nobody any more: its former origin may read back its own log from here.
        lineage: isLost ? [] : log.lineage,
        advancedAtMs,
      };
    },
    get connected() {
      return session !== undefined;
    },
    get ended() {
      return session?.ended ?? true;
    },
    tick() {
      if (stopped) return;
      const nowMs = clock.monotonicMs();
      session?.tick(nowMs);
      if (lostAtMs !== undefined && nowMs - lostAtMs >= lostIsWaitingMs) streams.get(path)?.writer.setState("waiting");
    },
    stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      attempt?.client.close();
      attempt = undefined;
      session?.stop();
      session = undefined;
    },
  };
}
