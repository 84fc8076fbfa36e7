// Who publishes which stream: one publisher per path, and nothing from anybody else. Wherever a publisher comes from, it is
// let in, replaced and ended here. Knows no protocol and no socket.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../shared/kernel/clock.ts";
import type { Logger } from "../../../shared/logging/logger.ts";
import { isStreamPath } from "../../../shared/protocol/names.ts";
import { publishRefusals } from "../../../shared/protocol/publish-refusals.ts";
import type { StreamMetadata } from "../../../shared/rtmp/link-frame.ts";
import type {
  EndReason,
  EngineObserver,
  EngineSink,
  IngestStats,
  PublishGate,
  PublishRequest,
  PublishVerdict,
  StreamPath,
} from "../engine.ts";
import type { KeyframeMode } from "./keyframe-meter.ts";
import type { Ffmpeg } from "./locate-ffmpeg.ts";
import { createPublisher } from "./publisher.ts";
import type { Publisher } from "./publisher.ts";
import type { Refusal, RefusalLog } from "./refusal-log.ts";
import type { Rendition } from "./rendition-ladder.ts";
import type { CopyListener, CopyStart } from "./stream-copies.ts";

/** One connection of somebody who wants to publish. It is told apart by its identity. */
export interface PublishSource {
  readonly request: PublishRequest;
  /** It has got the place: media may come. */
  allow(): void;
  refuse(reason: string): void;
  /** Cuts it off at once, also when its peer is long gone. */
  close(): void;
}

export interface PublishSlots {
  /** Asks the gate, and then allows or refuses. */
  decide(source: PublishSource): Promise<void>;
  packet(source: PublishSource, type: number, timestampMs: number, payload: Buffer): void;
  metadata(source: PublishSource, metadata: StreamMetadata): void;
  /** The connection is gone; its last frames still come out. */
  left(source: PublishSource, why: EndReason): void;
  /** Its media cannot be carried. */
  failed(source: PublishSource, why: EndReason): void;
  /** Whether somebody publishes there and is not silent, from memory. */
  isTaken(path: StreamPath): boolean;
  /** As `Publisher.copyTo`; undefined when nobody publishes there. */
  copyTo(path: StreamPath, listener: CopyListener): CopyStart | undefined;
  publishers(): readonly IngestStats[];
  disconnect(path: StreamPath, why: string): boolean;
  /** Looks after running streams; call a few times per second. */
  tick(): void;
  /** Idempotent; resolves when no ffmpeg of a publisher is left. */
  stop(): Promise<void>;
}

export interface PublishSlotsConfig {
  /** Best first. */
  readonly renditions: readonly Rendition[];
  readonly segmentDurationS: number;
  readonly keyframes: KeyframeMode;
  /** Frames kept per stream for a restart of ffmpeg. */
  readonly maxGopBytes: number;
}

export interface PublishSlotsDeps {
  readonly gate: PublishGate;
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly refusals: RefusalLog;
  readonly ffmpeg: Ffmpeg;
}

/** A publisher that has sent nothing for so long may be replaced: OBS comes back no sooner. */
const silentAfterMs = 2_000;
const silencePollMs = 100;

type Allowed = Extract<PublishVerdict, { allowed: true }>;

interface Slot {
  readonly source: PublishSource;
  readonly path: StreamPath;
  readonly publisher: Publisher;
}

export function createPublishSlots(config: PublishSlotsConfig, deps: PublishSlotsDeps): PublishSlots {
  const { gate, sink, logger, clock, observer, refusals } = deps;
  const byPath = new Map<StreamPath, Slot>();
  const bySource = new Map<PublishSource, Slot>();
  /** Sources for which the gate is being asked; those that ended meanwhile are no longer in it. */
  const asking = new Set<PublishSource>();
  /** Publishers that are gone while their ffmpeg still hands out its last frames. */
  const finishing = new Map<StreamPath, Publisher>();
  const leaving = new Set<Promise<void>>();
  let stopping: Promise<void> | undefined;

  async function decide(source: PublishSource): Promise<void> {
    asking.add(source);
    const verdict = await askGate(source.request);
    const hasPlace = verdict.allowed && (verdict.takesOver || (await placeIsFree(source)));
    // The publisher left, or what it is connected to died, meanwhile.
    if (!asking.delete(source) || stopping) return;
    if (!verdict.allowed) return refuse(source, verdict);
    if (!hasPlace) return refuse(source, publishRefusals.publisherPresent);
    take(source, verdict);
    verdict.taken?.();
    source.allow();
  }

  function refuse(source: PublishSource, refusal: Refusal): void {
    refusals.tell(source.request, refusal);
    source.refuse(refusal.reason);
  }

  /** False as soon as who publishes there sends something; true when that one has been silent for long enough, or left. */
  async function placeIsFree(source: PublishSource): Promise<boolean> {
    const { path } = source.request;
    for (;;) {
      const held = byPath.get(path);
      if (!held) return true;
      const lastMs = held.publisher.receivedAtMs;
      if (clock.monotonicMs() - lastMs >= silentAfterMs) return true;
      await sleep(silencePollMs);
      if (!asking.has(source) || stopping) return false;
      if (byPath.get(path) === held && held.publisher.receivedAtMs > lastMs) return false;
    }
  }

  async function askGate(request: PublishRequest): Promise<PublishVerdict> {
    if (!isStreamPath(request.path)) return { allowed: false, ...publishRefusals.badName };
    try {
      return await gate.mayPublish(request);
    } catch (error) {
      logger.error({ err: error, stream: request.path }, "whether somebody may publish could not be decided; refused");
      return { allowed: false, ...publishRefusals.undecided };
    }
  }

  /** Gives the path's slot to a source that may publish; who holds it loses it, also when its peer is long gone. */
  function take(source: PublishSource, { anchor, origin }: Allowed): void {
    const { path, remoteAddress } = source.request;
    const held = byPath.get(path);
    if (held) {
      logger.info({ stream: path, remoteAddress }, "another connection takes the place of the present publisher");
      drop(held, "replaced");
    }
    const last = finishing.get(path);
    if (last) wait(last.abort("unpublished"));
    const { ffmpeg } = deps;
    const slot: Slot = {
      source,
      path,
      publisher: createPublisher(
        { path, remoteAddress, ...config, anchor, origin },
        {
          ffmpeg,
          sink,
          logger,
          clock,
          restarted: () => observer.ffmpegRestarted(),
          failed() {
            forget(slot);
            source.close();
          },
        },
      ),
    };
    byPath.set(path, slot);
    bySource.set(source, slot);
    logger.info({ stream: path, remoteAddress }, "publisher accepted");
  }

  function forget(slot: Slot): void {
    bySource.delete(slot.source);
    if (byPath.get(slot.path) === slot) byPath.delete(slot.path);
  }

  /** Ends at once. */
  function drop(slot: Slot, why: EndReason): void {
    forget(slot);
    slot.source.close();
    wait(slot.publisher.abort(why));
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
    for (const slot of byPath.values()) drop(slot, "engine_stopped");
    for (const publisher of finishing.values()) wait(publisher.abort("engine_stopped"));
    await Promise.all(leaving);
  }

  return {
    decide,
    packet(source, type, timestampMs, payload) {
      const slot = bySource.get(source);
      if (!slot) return;
      try {
        slot.publisher.packet(type, timestampMs, payload);
      } catch (error) {
        // One stream's bug or a sink that throws must not reach the others.
        logger.error({ err: error, stream: slot.path }, "a packet could not be handled; the publisher is disconnected");
        drop(slot, "ffmpeg_failed");
      }
    },
    metadata(source, metadata) {
      bySource.get(source)?.publisher.metadata(metadata);
    },
    left(source, why) {
      asking.delete(source);
      const slot = bySource.get(source);
      if (!slot) return;
      forget(slot);
      logger.info({ stream: slot.path, why }, "publisher left");
      wait(letFinish(slot, why));
    },
    failed(source, why) {
      const slot = bySource.get(source);
      if (slot) drop(slot, why);
    },
    isTaken(path) {
      const held = byPath.get(path);
      return held !== undefined && clock.monotonicMs() - held.publisher.receivedAtMs < silentAfterMs;
    },
    copyTo: (path, listener) => byPath.get(path)?.publisher.copyTo(listener),
    publishers: () => [...byPath.values()].map(({ publisher }) => publisher.stats()),
    disconnect(path, why) {
      const slot = byPath.get(path);
      if (!slot) return false;
      logger.info({ stream: path, why }, "publisher disconnected");
      drop(slot, "unpublished");
      return true;
    },
    tick() {
      refusals.tick();
      for (const { publisher } of byPath.values()) publisher.tick();
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
