// One teacher's stream on its way to a slave: runs the effects of relay-state.ts on
// real connections. Knows no other stream; what it may know of the cluster is given to it.
import type { Clock } from "../shared/kernel/clock.ts";
import type { Logger } from "../shared/logging/logger.ts";
import { winsOver } from "../shared/protocol/epochs.ts";
import type { StreamMetadata } from "../shared/rtmp/link-frame.ts";
import type { RankedOrigin } from "./choose-origin.ts";
import { createRelayEpochs } from "./relay-epochs.ts";
import type { RelayEpochsConfig, RelayEpochsDeps } from "./relay-epochs.ts";
import { createRelayLinks } from "./relay-links.ts";
import type { RelayLinksConfig } from "./relay-links.ts";
import { levelOf, sentenceOf } from "./relay-sentences.ts";
import { carrierOf, initialRelayState, stepRelay } from "./relay-state.ts";
import type { LinkId, RelayEffect, RelayEnd, RelayEvent, RelayFacts, RelayState } from "./relay-state.ts";
import { createStreamBuffer } from "./stream-buffer.ts";
import type { BufferBudget } from "./stream-buffer.ts";
import type { ViewKeeper } from "./view-keeper.ts";

export interface RelayConfig extends RelayEpochsConfig, RelayLinksConfig {
  readonly publishWaitMs: number;
  /** Shared by all relays of the gateway. */
  readonly bufferBudget: BufferBudget;
}

export interface RelayDeps {
  readonly cluster: Pick<ViewKeeper, "view" | "originOf" | "clusterTimeMs" | "refresh">;
  /** Slaves, best first. @param justFailed counts as failed. */
  readonly rank: (path: string, justFailed: string | undefined) => readonly RankedOrigin[];
  readonly claimEpoch: RelayEpochsDeps["claimEpoch"];
  readonly nodeFailed: (nodeId: string) => void;
  /** The publisher is to be cut off; the relay has ended. */
  readonly disconnectPublisher: (why: RelayEnd) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RelayStatus {
  readonly path: string;
  readonly state: RelayState["kind"];
  /** The slave that carries it. */
  readonly nodeId: string | undefined;
  /** Under which it does, or did last; 0 before the first. */
  readonly epoch: number;
  /** How many times a slave was lost while it carried the stream. */
  readonly failovers: number;
  /** Unsent and buffered bytes. */
  readonly bufferedBytes: number;
}

export interface Relay {
  /** One audio or video message; `payload` is copied. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  metadata(metadata: StreamMetadata): void;
  /** Time has passed, or the view is new. */
  tick(): void;
  end(why: RelayEnd): void;
  readonly status: RelayStatus;
  /** Monotonic ms of the last message, or of the beginning. */
  readonly lastMediaMs: number;
  /** The highest epoch that was given out. */
  readonly highestEpoch: number;
}

/** What a slave has read it may not have passed on to a replica when it dies. */
const replicationMarginMs = 1_000;
/** After a longer outage the class goes on where the teacher is now, and does not hear all that was missed. */
const maxOutageToBridgeMs = 5_000;

export function createRelay(config: RelayConfig, deps: RelayDeps): Relay {
  const { path, publishWaitMs, bufferBudget } = config;
  const { cluster, rank, nodeFailed, disconnectPublisher, clock, logger } = deps;
  const buffer = createStreamBuffer(bufferBudget);
  const epochs = createRelayEpochs(config, deps);
  const links = createRelayLinks(config, {
    cluster,
    addressOf: (nodeId) => rank(path, undefined).find((ranked) => ranked.nodeId === nodeId),
    nextEpoch: () => epochs.next(),
    anchor() {
      const oldest = buffer.frames[0];
      return oldest && { timestampMs: oldest.timestampMs, wallMs: oldest.arrivedAtMs };
    },
    accepted: (link) => dispatch({ kind: "accepted", link }),
    acknowledged(link, mark) {
      if (carrierOf(state)?.link === link) deliveredMs = Math.max(0, mark - replicationMarginMs);
    },
    ended: (link, staleEpoch) => dispatch({ kind: "link_ended", link, staleEpoch }),
    logger,
  });
  let state = initialRelayState(clock.monotonicMs());
  let lastLink = 0;
  /** The slave that was last handed media, and as what. */
  let holder: { readonly nodeId: string; readonly epoch: number } | undefined;
  let failovers = 0;
  let lastMediaMs = clock.monotonicMs();
  let carriedUntilMs = clock.monotonicMs();
  /** RTMP time up to which a slave surely has it all. */
  let deliveredMs = 0;
  /** RTMP time of the frame with which the next slave begins. */
  let switchAtMs: number | undefined;

  const facts: RelayFacts = {
    get nowMs() {
      return clock.monotonicMs();
    },
    choose: (justFailed) => rank(path, justFailed)[0],
    chooseReplica: (except) =>
      rank(path, undefined).find(({ nodeId, inSync, failedRecently }) => nodeId !== except && inSync && !failedRecently),
    isDraining: (nodeId) => cluster.view?.nodes.some((node) => node.node_id === nodeId && node.draining) ?? false,
    isSuperseded() {
      const origin = cluster.originOf(path);
      return holder !== undefined && origin !== undefined && winsOver({ epoch: origin.epoch, nodeId: origin.node_id }, holder);
    },
  };

  function dispatch(event: RelayEvent): void {
    const before = state.kind;
    const step = stepRelay(state, event, facts, { nextLink: lastLink + 1, publishWaitMs });
    state = step.state;
    if (state.kind !== before) {
      const nodeId = "to" in state ? state.to.nodeId : "on" in state ? state.on.nodeId : undefined;
      const why = state.kind === "ended" ? state.why : undefined;
      logger[levelOf(state)]({ stream: path, from: before, to: state.kind, why, peer: nodeId, epoch: epochs.highest }, sentenceOf(state));
    }
    for (const effect of step.effects) run(effect);
    if (state.kind === "ended") buffer.release();
  }

  function run(effect: RelayEffect): void {
    switch (effect.kind) {
      case "connect":
        lastLink = effect.link;
        return links.open(effect.link, effect.nodeId, effect.handoverFrom);
      case "prime":
        return prime(effect.link, switchAtMs);
      case "replay":
        return replay(effect.link);
      case "finish":
        return links.finish(effect.link);
      case "drop":
        return links.drop(effect.link);
      case "failed":
        return nodeFailed(effect.nodeId);
      case "refresh":
        return void cluster.refresh();
      case "failover":
        failovers += 1;
        return;
      case "disconnect_publisher":
        return disconnectPublisher(effect.why);
    }
  }

  function prime(link: LinkId, firstMs: number | undefined): void {
    const to = links.get(link);
    if (!to) return;
    holder = { nodeId: to.nodeId, epoch: to.epoch };
    if (buffer.metadata) to.client.metadata(buffer.metadata);
    for (const { type, timestampMs, payload } of buffer.headers(firstMs)) to.client.media(type, timestampMs, payload);
  }

  function replay(link: LinkId): void {
    const to = links.get(link);
    if (!to) return;
    to.client.allowUnsent(2 * buffer.bytes);
    prime(link, buffer.frames[0]?.timestampMs);
    for (const { type, timestampMs, payload } of buffer.frames) to.client.media(type, timestampMs, payload);
  }

  /** What the cache may forget: what was delivered; and all but the newest keyframe once nobody waits for the rest. */
  function forgettableMs(nowMs: number): number {
    if (carrierOf(state)) carriedUntilMs = nowMs;
    return nowMs - carriedUntilMs > maxOutageToBridgeMs ? -1 : deliveredMs;
  }

  return {
    media(type, timestampMs, payload) {
      if (state.kind === "ended") return;
      const nowMs = clock.monotonicMs();
      lastMediaMs = nowMs;
      const message = { type, timestampMs, payload };
      if (state.kind === "handing_over" && state.ready && buffer.isSwitchPoint(message)) {
        switchAtMs = timestampMs;
        dispatch({ kind: "switch_point" });
      }
      buffer.push(message, cluster.clusterTimeMs(), forgettableMs(nowMs));
      const carrier = carrierOf(state);
      const client = carrier && links.get(carrier.link)?.client;
      client?.media(type, timestampMs, payload);
      client?.mark(timestampMs);
    },
    metadata(given) {
      buffer.metadata = given;
      const carrier = carrierOf(state);
      if (carrier) links.get(carrier.link)?.client.metadata(given);
    },
    tick() {
      links.leaveHanging();
      dispatch({ kind: "tick" });
    },
    end: (why) => dispatch({ kind: "end", why }),
    get status() {
      return {
        path,
        state: state.kind,
        nodeId: carrierOf(state)?.nodeId,
        epoch: holder?.epoch ?? 0,
        failovers,
        bufferedBytes: buffer.bytes + links.unsentBytes,
      };
    },
    get lastMediaMs() {
      return lastMediaMs;
    },
    get highestEpoch() {
      return epochs.highest;
    },
  };
}
