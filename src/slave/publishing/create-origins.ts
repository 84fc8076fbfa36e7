// The fence between the media engine and the live log: media goes on only while this node is the stream's origin. Decides
// under which epoch that is, holds media while it is not sure, and gives a stream up when a newer origin is heard of.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import { winsOver } from "../../shared/protocol/epochs.ts";
import type { EngineSink, SessionStart } from "../engine/engine.ts";
import type { LiveStreams } from "../live/live-streams.ts";
import type { Replication } from "../replication/replication.ts";
import { createHoldQueue } from "./hold-queue.ts";
import type { HoldBudget, HoldQueue } from "./hold-queue.ts";
import { createPauseFence } from "./pause-fence.ts";
import { mediaFate, stepOrigin } from "./origin-state.ts";
import type { OriginEffect, OriginEvent, OriginState } from "./origin-state.ts";
import type { Origins } from "./origins.ts";
import { createPublishClaims } from "./publish-claims.ts";

/** What origins need of replication. */
export type OriginReplication = Pick<
  Replication,
  "copyOf" | "headOf" | "highestEpoch" | "heardOf" | "want" | "stopFollowing" | "announce" | "untilUpstreamEnds"
>;

export interface OriginsConfig {
  readonly nodeId: string;
  /** Media of one stream that may wait; default 32 MiB. */
  readonly maxHeldBytes?: number;
  /** How long after a pause nobody's answer is waited for, ms; default 2,000. */
  readonly confirmWithinMs?: number;
  /** How long the last media of the origin before are waited for, ms; default 1,500. */
  readonly handoverWithinMs?: number;
  /** A stream advances elsewhere while its copy here grew within this, ms; default 2,000. */
  readonly silentAfterMs?: number;
}

export interface OriginsDeps {
  /** Where media goes on: the packaging sink. */
  readonly sink: EngineSink;
  readonly streams: LiveStreams;
  readonly replication: OriginReplication;
  /** Cuts a publisher off (engine.disconnect). */
  readonly disconnect: (path: string, why: string) => void;
  /**
   * Tells the master what is claimed here, and asks it for newer origins; its answers are told with `answered` and `heardOf`
   * before this resolves. "confirmed" when it answered a question that was put after the call.
   */
  readonly confirm: () => Promise<"confirmed" | "unknown">;
  /** `wallMs` may be the cluster's. */
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Entry {
  state: OriginState;
  readonly queue: HoldQueue;
  /** True while a publisher's session is passed on. */
  running: boolean;
}

const mebibyte = 1024 * 1024;
const maxHeldInAll = 256 * mebibyte;

export function createOrigins(config: OriginsConfig, deps: OriginsDeps): Origins {
  const { nodeId, maxHeldBytes = 32 * mebibyte, handoverWithinMs = 1_500 } = config;
  const { sink: out, streams, replication, logger } = deps;
  const entries = new Map<string, Entry>();
  const budget: HoldBudget = { maxBytes: maxHeldInAll, bytes: 0 };

  const fence = createPauseFence(config, {
    confirm: deps.confirm,
    clock: deps.clock,
    logger,
    paused: () => stepAll({ kind: "paused" }),
    over: () => stepAll({ kind: "confirmed" }),
  });

  const claims = createPublishClaims(config, {
    streams,
    replication,
    clock: deps.clock,
    confirm: deps.confirm,
    ownEpoch: (path) => epochIn(entries.get(path)?.state),
    supersededBy(path) {
      const state = entries.get(path)?.state;
      return state?.phase === "superseded" ? state.by : undefined;
    },
    granted: (path) => void entryOf(path),
  });

  function entryOf(path: string): Entry {
    let entry = entries.get(path);
    if (!entry) {
      entry = { state: { phase: "claimed" }, queue: createHoldQueue(maxHeldBytes, budget), running: false };
      entries.set(path, entry);
    }
    return entry;
  }

  function stepAll(event: OriginEvent): void {
    for (const path of entries.keys()) step(path, event);
  }

  function step(path: string, event: OriginEvent): void {
    const entry = entries.get(path);
    if (!entry) return;
    const before = entry.state;
    const { state, effects } = stepOrigin(nodeId, before, event);
    entry.state = state;
    if (state.phase !== before.phase) logger.info({ stream: path, from: before.phase, ...fieldsOf(state) }, sentences[state.phase]);
    for (const effect of effects) run(path, entry, effect);
    if (state.phase === "origin" && before.phase !== "origin") replication.announce(path);
  }

  function run(path: string, entry: Entry, effect: OriginEffect): void {
    switch (effect.kind) {
      case "await_upstream":
        void awaitUpstream(path, entry);
        break;
      case "become":
        // Before the log says so itself: the origin before is told of it from now on.
        replication.heardOf(path, epochIn(entry.state) ?? 0);
        replication.stopFollowing(path);
        break;
      case "flush":
        entry.queue.flush();
        break;
      case "discard":
        entry.queue.clear();
        break;
      case "disconnect":
        deps.disconnect(path, effect.why);
        break;
      case "raise":
        replication.heardOf(path, effect.epoch);
        streams.get(path)?.promote(effect.epoch);
        break;
      case "give_up_log":
        // A log that ended in good order (a handover) is a beginning of the winner's; replication sees to it where it is not.
        if (entry.running && streams.get(path)) streams.replace(path, effect.by.epoch);
        // The packager of the log that is closed now is let go of.
        if (entry.running) out.ended(path, "replaced");
        entry.running = false;
        follow(path);
        break;
    }
  }

  async function awaitUpstream(path: string, entry: Entry): Promise<void> {
    try {
      await Promise.race([
        replication.untilUpstreamEnds(path, handoverWithinMs),
        // In case that it never resolves: a publisher must not wait for a stranger's bug.
        sleep(2 * handoverWithinMs, undefined, { ref: false }),
      ]);
    } catch (error) {
      logger.warn({ err: error, stream: path }, "the end of the origin before could not be waited for; its stream goes on here");
    }
    if (entries.get(path) === entry) step(path, { kind: "upstream_ended" });
  }

  /** Viewers here go on with the winner's media. */
  function follow(path: string): void {
    replication
      .want(path, 1_000)
      .catch((error: unknown) => logger.warn({ err: error, stream: path }, "the new origin cannot be followed yet"));
  }

  function strongestOther(path: string): OriginClaim | undefined {
    const head = replication.headOf(path);
    const known: OriginClaim = { epoch: replication.highestEpoch(path), nodeId: "" };
    if (head?.role !== "origin" || head.node_id === nodeId) return known;
    const claim = { epoch: head.epoch, nodeId: head.node_id };
    return winsOver(known, claim) ? known : claim;
  }

  function pass(path: string, bytes: number, deliver: () => void): void {
    fence.look();
    const entry = entries.get(path);
    if (!entry) return;
    switch (mediaFate(entry.state)) {
      case "pass":
        deliver();
        break;
      case "hold":
        if (!entry.queue.push(bytes, deliver)) overflow(path, entry, deliver);
        break;
      case "discard":
        break;
    }
  }

  function overflow(path: string, entry: Entry, deliver: () => void): void {
    logger.warn({ stream: path, maxHeldBytes }, "more media waits than can be held");
    step(path, { kind: "overflown" });
    if (mediaFate(entry.state) === "pass") deliver();
  }

  function begin(path: string, start: SessionStart): void {
    fence.look();
    const entry = entryOf(path);
    const grant = start.origin ?? { epoch: claims.nextEpoch(path), handoverFrom: undefined };
    step(path, { kind: "session", grant, strongest: strongestOther(path), fenced: fence.up });
    pass(path, 0, () => {
      // The epoch of when it is handed on: it may have risen while it waited.
      const epoch = epochIn(entry.state) ?? grant.epoch;
      entry.running = true;
      out.started(path, { ...start, origin: { epoch, handoverFrom: grant.handoverFrom } });
    });
  }

  return {
    sink: {
      started: begin,
      init: (path, rendition, init) => pass(path, init.bytes.length, () => out.init(path, rendition, init)),
      fragment: (path, rendition, fragment) => pass(path, fragment.bytes.length, () => out.fragment(path, rendition, fragment)),
      ended(path, why) {
        pass(path, 0, () => {
          const entry = entries.get(path);
          if (entry) entry.running = false;
          out.ended(path, why);
        });
      },
    },
    claim: (path, claim) => claims.claim(path, claim),
    claims: () => claims.pending(),
    answered: (answers) => claims.answered(answers),
    epochOf(path) {
      const state = entries.get(path)?.state;
      return state?.phase === "origin" ? state.epoch : undefined;
    },
    heardOf: (path, other) => step(path, { kind: "heard", other }),
    forget(path) {
      entries.get(path)?.queue.clear();
      entries.delete(path);
      claims.forget(path);
      replication.stopFollowing(path);
    },
    stop() {
      fence.stop();
      for (const { queue } of entries.values()) queue.clear();
      entries.clear();
    },
  };
}

/** What has begun, when this node comes to be this to a stream. */
const sentences: Readonly<Record<OriginState["phase"], string>> = {
  claimed: "somebody is about to publish the stream here",
  holding: "this node gets ready to be the origin of the stream",
  origin: "this node is the origin of the stream",
  superseded: "another node is the origin of the stream now",
};

function fieldsOf(state: OriginState): Record<string, string | number> {
  if (state.phase === "superseded") {
    const { epoch, nodeId } = state.by;
    // Whose epoch it is, is not always known.
    return { to: state.phase, epoch, ...(nodeId === "" ? {} : { peer: nodeId }) };
  }
  const epoch = epochIn(state);
  return { to: state.phase, ...(epoch === undefined ? {} : { epoch }) };
}

function epochIn(state: OriginState | undefined): number | undefined {
  return state?.phase === "origin" || state?.phase === "holding" ? state.epoch : undefined;
}
