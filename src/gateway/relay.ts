// One teacher's stream on its way to a slave: runs the effects of relay-state.ts on
// real connections. Knows no other stream; what it may know of the cluster is given to it.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../shared/kernel/clock.ts";
import type { Logger } from "../shared/logging/logger.ts";
import { classNameOf } from "../shared/protocol/names.ts";
import { winsOver } from "../shared/protocol/epochs.ts";
import { publishRefusals } from "../shared/protocol/publish-refusals.ts";
import { readRelayRefusal } from "../shared/protocol/relay-refusal.ts";
import type { StreamMetadata } from "../shared/rtmp/link-frame.ts";
import { createRtmpClient } from "../shared/rtmp/rtmp-client.ts";
import type { RtmpClient, RtmpClientEnd } from "../shared/rtmp/rtmp-client.ts";
import { signRelayCredential } from "../shared/tokens/relay-credential.ts";
import type { RankedOrigin } from "./choose-origin.ts";
import { levelOf, sentenceOf } from "./relay-sentences.ts";
import { carrierOf, initialRelayState, stepRelay } from "./relay-state.ts";
import type { LinkId, RelayEffect, RelayEnd, RelayEvent, RelayFacts, RelayState } from "./relay-state.ts";
import { createStreamBuffer } from "./stream-buffer.ts";
import type { BufferBudget } from "./stream-buffer.ts";
import type { ViewKeeper } from "./view-keeper.ts";

export interface RelayConfig {
  readonly path: string;
  readonly gatewayId: string;
  readonly relayKey: KeyObject;
  readonly publishWaitMs: number;
  /** The highest epoch that this gateway has given the path before; 0 for none. */
  readonly lastEpoch: number;
  /** What the master has given this publisher when it came in, for the first connection; undefined: it gave no answer. */
  readonly givenEpoch: number | undefined;
  /** Shared by all relays of the gateway. */
  readonly bufferBudget: BufferBudget;
}

export interface RelayDeps {
  readonly cluster: Pick<ViewKeeper, "view" | "originOf" | "clusterTimeMs" | "refresh">;
  /** Slaves, best first. @param justFailed counts as failed. */
  readonly rank: (path: string, justFailed: string | undefined) => readonly RankedOrigin[];
  /** A number that nobody else gets; undefined when the master does not say one in time. Never rejects. */
  readonly claimEpoch: () => Promise<number | undefined>;
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

interface Link {
  readonly client: RtmpClient;
  readonly nodeId: string;
  readonly epoch: number;
}

/** What a slave says that knows of a higher epoch. */
const staleEpochCode = publishRefusals.publisherPresent.code;
/** A live slave has little unsent: seconds of a rich stream, or a slave that is too slow. */
const maxUnsentBytes = 16 * 1024 * 1024;
/** A slave may ask the master for news, and fetch what it lacks of the log, before it says yes. */
const publishTimeoutMs = 2_500;
const silenceTimeoutMs = 2_000;
/** Two pings without an answer, from a slave of which the master says the same. */
const confirmedSilenceMs = 1_000;
/** What a slave has read it may not have passed on to a replica when it dies. */
const replicationMarginMs = 1_000;
/** After a longer outage the class goes on where the teacher is now, and does not hear all that was missed. */
const maxOutageToBridgeMs = 5_000;

export function createRelay(config: RelayConfig, deps: RelayDeps): Relay {
  const { path, gatewayId, relayKey, publishWaitMs, lastEpoch, givenEpoch, bufferBudget } = config;
  const { cluster, rank, claimEpoch, nodeFailed, disconnectPublisher, clock, logger } = deps;
  const buffer = createStreamBuffer(bufferBudget);
  const links = new Map<LinkId, Link>();
  /** Connections whose epoch is being asked for. */
  const opening = new Set<LinkId>();
  let state = initialRelayState(clock.monotonicMs());
  let lastLink = 0;
  let highestEpoch = lastEpoch;
  let unusedEpoch = givenEpoch;
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
      logger[levelOf(state)]({ stream: path, from: before, to: state.kind, why, peer: nodeId, epoch: highestEpoch }, sentenceOf(state));
    }
    for (const effect of step.effects) run(effect);
    if (state.kind === "ended") buffer.release();
  }

  function run(effect: RelayEffect): void {
    switch (effect.kind) {
      case "connect":
        return void open(effect.link, effect.nodeId, effect.handoverFrom);
      case "prime":
        return prime(effect.link, switchAtMs);
      case "replay":
        return replay(effect.link);
      case "finish":
        links.get(effect.link)?.client.finish();
        return void links.delete(effect.link);
      case "drop":
        opening.delete(effect.link);
        links.get(effect.link)?.client.destroy();
        return void links.delete(effect.link);
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

  async function open(link: LinkId, nodeId: string, handoverFrom: string | undefined): Promise<void> {
    lastLink = link;
    opening.add(link);
    const epoch = await nextEpoch();
    // Dropped meanwhile.
    if (!opening.delete(link)) return;
    const target = rank(path, undefined).find((ranked) => ranked.nodeId === nodeId);
    // The view changed since it was chosen; as if it had not answered.
    if (!target) return dispatch({ kind: "link_ended", link, staleEpoch: false });
    const { host, port, reason } = target;
    logger.debug({ stream: path, peer: nodeId, host, port, epoch, reason }, "the gateway connects to a slave");
    const client = createRtmpClient(
      {
        host,
        port,
        app: "live",
        publishTimeoutMs,
        silenceTimeoutMs,
        maxUnsentBytes,
        streamName: () => `${classNameOf(path)}?relay=${credential(nodeId, epoch, handoverFrom)}`,
      },
      {
        accepted: () => dispatch({ kind: "accepted", link }),
        acknowledged(mark) {
          if (carrierOf(state)?.link === link) deliveredMs = Math.max(0, mark - replicationMarginMs);
        },
        ended: (why) => linkEnded(link, nodeId, why),
      },
    );
    links.set(link, { client, nodeId, epoch });
  }

  function highestKnownEpoch(): number {
    const known = cluster.view?.streams.find((stream) => stream.path === path);
    return Math.max(highestEpoch, known?.highest_epoch ?? 0, ...(known?.copies.map(({ epoch }) => epoch) ?? []));
  }

  /** Above all that is known: as the master says, or, while it is away, the next one. */
  async function nextEpoch(): Promise<number> {
    const unused = unusedEpoch;
    unusedEpoch = undefined;
    const given = unused !== undefined && unused > highestKnownEpoch() ? unused : await claimEpoch();
    const highest = highestKnownEpoch();
    highestEpoch = given !== undefined && given > highest ? given : highest + 1;
    return highestEpoch;
  }

  function credential(nodeId: string, epoch: number, handoverFrom: string | undefined): string {
    const oldest = buffer.frames[0];
    const anchor = oldest && { timestampMs: oldest.timestampMs, wallMs: oldest.arrivedAtMs };
    return signRelayCredential(relayKey, { gatewayId, nodeId, path, epoch, handoverFrom, anchor }, cluster.clusterTimeMs());
  }

  function linkEnded(link: LinkId, nodeId: string, why: RtmpClientEnd): void {
    const { code, reason } = why.kind === "refused" ? readRelayRefusal(why.reason) : { code: undefined, reason: why.reason };
    logger.warn({ stream: path, peer: nodeId, why: why.kind, code, reason }, "the connection to a slave ended");
    links.delete(link);
    dispatch({ kind: "link_ended", link, staleEpoch: code === staleEpochCode });
  }

  /** The master says that it does not answer, and it does not answer here either: one silence proves the other. */
  function leaveHanging(): void {
    for (const { client, nodeId } of links.values()) {
      if (client.silentMs <= confirmedSilenceMs) continue;
      if (cluster.view?.nodes.some((node) => node.node_id === nodeId && !node.answers)) client.giveUp();
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
      leaveHanging();
      dispatch({ kind: "tick" });
    },
    end: (why) => dispatch({ kind: "end", why }),
    get status() {
      const unsent = [...links.values()].reduce((sum, { client }) => sum + client.unsentBytes, 0);
      return {
        path,
        state: state.kind,
        nodeId: carrierOf(state)?.nodeId,
        epoch: holder?.epoch ?? 0,
        failovers,
        bufferedBytes: buffer.bytes + unsent,
      };
    },
    get lastMediaMs() {
      return lastMediaMs;
    },
    get highestEpoch() {
      return highestEpoch;
    },
  };
}
