// The media engine that npm installs: RTMP in a child process, one ffmpeg per stream. This file owns the publish slots:
// one publisher per path, and nothing from anybody else.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import { isStreamPath } from "../../../shared/protocol/names.ts";
import { publishRefusals } from "../../../shared/protocol/publish-refusals.ts";
import type { EndReason, EngineObserver, EngineSink, MediaEngine, PublishGate, PublishVerdict, StreamPath } from "../engine.ts";
import { locateFfmpeg } from "./locate-ffmpeg.ts";
import type { Ffmpeg } from "./locate-ffmpeg.ts";
import type { MediaFrame, RtmpLimits } from "../../../shared/rtmp/link-frame.ts";
import type { KeyframeMode } from "./keyframe-meter.ts";
import { createPublisher } from "./publisher.ts";
import type { Publisher } from "./publisher.ts";
import { parseLadder } from "./rendition-ladder.ts";
import { createRtmpWorkerHost } from "../../../shared/rtmp/rtmp-worker-host.ts";
import type { RtmpWorkerHost, WorkerMessage } from "../../../shared/rtmp/rtmp-worker-host.ts";

export interface EmbeddedEngineConfig {
  readonly bindHost: string;
  /** `0` turns ingest off; `"any"` takes a free port. */
  readonly rtmpPort: number | "any";
  /** Best first: `source` or heights such as `720p`. */
  readonly renditions: readonly string[];
  readonly segmentDurationS: number;
  readonly keyframes: KeyframeMode;
  /** FFMPEG_PATH; undefined: see locateFfmpeg. */
  readonly ffmpegPath?: string | undefined;
  readonly limits?: Partial<IngestLimits> | undefined;
}

export interface IngestLimits extends RtmpLimits {
  /** Frames kept per stream for a restart of ffmpeg. */
  readonly maxGopBytes: number;
}

export interface EmbeddedEngineDeps {
  readonly gate: PublishGate;
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

const defaultLimits: IngestLimits = {
  maxConnections: 2_000,
  maxConnectionsPerAddress: 500,
  publishDeadlineMs: 10_000,
  idleTimeoutMs: 10_000,
  maxGopBytes: 32 * 1024 * 1024,
};
const tickMs = 250;

const maxRefusalLinesPerTick = 5;

/** A publisher that has sent nothing for so long may be replaced: OBS comes back no sooner. */
const silentAfterMs = 2_000;
const silencePollMs = 100;

type PublishMessage = Extract<WorkerMessage, { kind: "publish" }>;
type Allowed = Extract<PublishVerdict, { allowed: true }>;
type Refused = Extract<PublishVerdict, { allowed: false }>;

const present: Refused = { allowed: false, ...publishRefusals.publisherPresent };

interface Slot {
  readonly session: number;
  readonly path: StreamPath;
  readonly publisher: Publisher;
}

/** @throws UserError for a rendition that does not exist. */
export function createEmbeddedEngine(
  config: EmbeddedEngineConfig,
  { gate, sink, logger, clock, observer }: EmbeddedEngineDeps,
): MediaEngine {
  const limits = { ...defaultLimits, ...config.limits };
  const renditions = parseLadder(config.renditions);
  const byPath = new Map<StreamPath, Slot>();
  const bySession = new Map<number, Slot>();
  /** Sessions for which the gate is being asked; those that ended meanwhile are no longer in it. A new worker reuses numbers. */
  const asking = new Map<number, PublishMessage>();
  /** Publishers that are gone while their ffmpeg still hands out its last frames. */
  const finishing = new Map<StreamPath, Publisher>();
  const leaving = new Set<Promise<void>>();
  let ffmpeg: Ffmpeg | undefined;
  let worker: RtmpWorkerHost | undefined;
  let ticker: NodeJS.Timeout | undefined;
  let refusals = 0;
  let stopping: Promise<void> | undefined;

  function onMessage(message: WorkerMessage): void {
    switch (message.kind) {
      case "publish":
        void decide(message);
        break;
      case "misnamed":
        observer.publisherRefused("bad_name");
        break;
      case "media":
        handOver(message);
        break;
      case "metadata":
        bySession.get(message.session)?.publisher.metadata(message.metadata);
        break;
      case "end": {
        asking.delete(message.session);
        const slot = bySession.get(message.session);
        if (slot) release(slot, message.why);
        break;
      }
    }
  }

  function handOver({ session, type, timestampMs, payload }: MediaFrame): void {
    const slot = bySession.get(session);
    try {
      slot?.publisher.packet(type, timestampMs, payload);
    } catch (error) {
      // One stream's bug or a sink that throws must not reach the others.
      logger.error({ err: error, stream: slot?.path }, "a packet could not be handled; the publisher is disconnected");
      if (slot) drop(slot, "ffmpeg_failed");
    }
  }

  async function decide(request: PublishMessage): Promise<void> {
    const { session, path, key, token, relay, remoteAddress } = request;
    asking.set(session, request);
    const verdict = await askGate({ path, key, token, relay, remoteAddress });
    const hasPlace = verdict.allowed && (verdict.takesOver || (await placeIsFree(request)));
    // The publisher left, or the worker died, meanwhile.
    if (asking.get(session) !== request || stopping) return;
    asking.delete(session);
    if (!verdict.allowed) return refuse(request, verdict);
    if (!hasPlace) return refuse(request, present);
    take(request, verdict);
    verdict.taken?.();
    worker?.send({ kind: "allow", session });
  }

  function refuse({ session, path, remoteAddress }: PublishMessage, { code, reason }: Refused): void {
    refusals += 1;
    observer.publisherRefused(code);
    // Somebody who tries keys must not fill the disk with lines.
    logger[refusals > maxRefusalLinesPerTick ? "debug" : "info"]({ stream: path, remoteAddress, code, why: reason }, "publisher refused");
    worker?.send({ kind: "refuse", session, reason });
  }

  /** False as soon as who publishes there sends something; true when that one has been silent for long enough, or left. */
  async function placeIsFree(request: PublishMessage): Promise<boolean> {
    for (;;) {
      const held = byPath.get(request.path);
      if (!held) return true;
      const lastMs = held.publisher.receivedAtMs;
      if (clock.monotonicMs() - lastMs >= silentAfterMs) return true;
      await sleep(silencePollMs);
      if (asking.get(request.session) !== request || stopping) return false;
      if (byPath.get(request.path) === held && held.publisher.receivedAtMs > lastMs) return false;
    }
  }

  async function askGate(request: Parameters<PublishGate["mayPublish"]>[0]): Promise<PublishVerdict> {
    if (!isStreamPath(request.path)) return { allowed: false, ...publishRefusals.badName };
    try {
      return await gate.mayPublish(request);
    } catch (error) {
      logger.error({ err: error, stream: request.path }, "whether somebody may publish could not be decided; refused");
      return { allowed: false, ...publishRefusals.undecided };
    }
  }

  /** Gives the path's slot to a session that may publish; who holds it loses it, also when its peer is long gone. */
  function take({ session, path, remoteAddress }: PublishMessage, { anchor, origin }: Allowed): void {
    if (!ffmpeg) return;
    const held = byPath.get(path);
    if (held) {
      logger.info({ stream: path, remoteAddress }, "another connection takes the place of the present publisher");
      drop(held, "replaced");
    }
    const last = finishing.get(path);
    if (last) wait(last.abort("unpublished"));
    const slot: Slot = {
      session,
      path,
      publisher: createPublisher(
        {
          path,
          remoteAddress,
          renditions,
          segmentDurationS: config.segmentDurationS,
          keyframes: config.keyframes,
          maxGopBytes: limits.maxGopBytes,
          anchor,
          origin,
        },
        {
          ffmpeg,
          sink,
          logger,
          clock,
          restarted: () => observer.ffmpegRestarted(),
          failed() {
            forget(slot);
            worker?.send({ kind: "close", session });
          },
        },
      ),
    };
    byPath.set(path, slot);
    bySession.set(session, slot);
    logger.info({ stream: path, remoteAddress }, "publisher accepted");
  }

  function forget(slot: Slot): void {
    bySession.delete(slot.session);
    if (byPath.get(slot.path) === slot) byPath.delete(slot.path);
  }

  /** Ends at once. */
  function drop(slot: Slot, why: EndReason): void {
    forget(slot);
    worker?.send({ kind: "close", session: slot.session });
    wait(slot.publisher.abort(why));
  }

  /** Ends after the last frames. */
  function release(slot: Slot, why: EndReason): void {
    forget(slot);
    logger.info({ stream: slot.path, why }, "publisher left");
    wait(letFinish(slot, why));
  }

  async function letFinish({ path, publisher }: Slot, why: EndReason): Promise<void> {
    finishing.set(path, publisher);
    await publisher.finish(why);
    if (finishing.get(path) === publisher) finishing.delete(path);
  }

  function wait(leave: Promise<void>): void {
    const done = leave
      .catch((error: unknown) => logger.error({ err: error }, "a publisher could not be ended cleanly"))
      .finally(() => leaving.delete(done));
    leaving.add(done);
  }

  async function stop(): Promise<void> {
    clearInterval(ticker);
    for (const slot of byPath.values()) drop(slot, "engine_stopped");
    for (const publisher of finishing.values()) wait(publisher.abort("engine_stopped"));
    await worker?.stop();
    await Promise.all(leaving);
  }

  return {
    get rtmpPort() {
      return worker?.port ?? 0;
    },
    async start() {
      ffmpeg = await locateFfmpeg({ ffmpegPath: config.ffmpegPath });
      logger.info({ ffmpeg: ffmpeg.path, version: ffmpeg.version }, "ffmpeg found");
      if (config.rtmpPort === 0) return;
      worker = createRtmpWorkerHost(
        { host: config.bindHost, port: config.rtmpPort === "any" ? 0 : config.rtmpPort, limits },
        {
          logger,
          events: {
            message: onMessage,
            lost() {
              asking.clear();
              for (const slot of byPath.values()) release(slot, "connection_lost");
            },
          },
        },
      );
      await worker.start();
      ticker = setInterval(() => {
        refusals = 0;
        for (const { publisher } of byPath.values()) publisher.tick();
      }, tickMs);
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    publishers: () => [...byPath.values()].map(({ publisher }) => publisher.stats()),
    disconnect(path, why) {
      const slot = byPath.get(path);
      if (!slot) return false;
      logger.info({ stream: path, why }, "publisher disconnected");
      drop(slot, "unpublished");
      return true;
    },
  };
}
