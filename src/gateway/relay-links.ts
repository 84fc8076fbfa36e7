// A relay's connections to slaves: opened each under an epoch of its own, and given up when their slave hangs. Knows neither the
// state of the relay nor what media goes where.
import type { KeyObject } from "node:crypto";
import type { Logger } from "../shared/logging/logger.ts";
import { classNameOf } from "../shared/protocol/names.ts";
import { publishRefusals } from "../shared/protocol/publish-refusals.ts";
import { readRelayRefusal } from "../shared/protocol/relay-refusal.ts";
import { createRtmpClient } from "../shared/rtmp/rtmp-client.ts";
import type { RtmpClient, RtmpClientEnd } from "../shared/rtmp/rtmp-client.ts";
import { signRelayCredential } from "../shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../shared/tokens/relay-credential.ts";
import type { RankedOrigin } from "./choose-origin.ts";
import type { LinkId } from "./relay-state.ts";
import type { ViewKeeper } from "./view-keeper.ts";

export interface RelayLinksConfig {
  readonly path: string;
  readonly gatewayId: string;
  readonly relayKey: KeyObject;
}

export interface RelayLinksDeps {
  readonly cluster: Pick<ViewKeeper, "view" | "clusterTimeMs">;
  /** Undefined when it is not to be had any more. */
  readonly addressOf: (nodeId: string) => RankedOrigin | undefined;
  /** The number under which a connection publishes. Never rejects. */
  readonly nextEpoch: () => Promise<number>;
  /** When the oldest frame that can be sent was received. */
  readonly anchor: () => RelayGrant["anchor"];
  readonly accepted: (link: LinkId) => void;
  /** @param mark the last one given to its client that the slave has read. */
  readonly acknowledged: (link: LinkId, mark: number) => void;
  /** It could not be opened, was refused, or broke. @param staleEpoch the slave is well, and knows of a higher epoch. */
  readonly ended: (link: LinkId, staleEpoch: boolean) => void;
  readonly logger: Logger;
}

export interface Link {
  readonly client: RtmpClient;
  readonly nodeId: string;
  readonly epoch: number;
}

export interface RelayLinks {
  /** @param handoverFrom the slave whose last media the new one is to wait for. */
  open(link: LinkId, nodeId: string, handoverFrom: string | undefined): void;
  /** Undefined before it has an epoch, and when it is over. */
  get(link: LinkId): Link | undefined;
  /** Unpublishes and closes. */
  finish(link: LinkId): void;
  /** Closes at once; one that is not open yet will not be. */
  drop(link: LinkId): void;
  /** To be called when time has passed, or the view is new. */
  leaveHanging(): void;
  readonly unsentBytes: number;
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

export function createRelayLinks({ path, gatewayId, relayKey }: RelayLinksConfig, deps: RelayLinksDeps): RelayLinks {
  const { cluster, addressOf, nextEpoch, logger } = deps;
  const links = new Map<LinkId, Link>();
  /** Connections whose epoch is being asked for. */
  const opening = new Set<LinkId>();

  async function open(link: LinkId, nodeId: string, handoverFrom: string | undefined): Promise<void> {
    opening.add(link);
    const epoch = await nextEpoch();
    // Dropped meanwhile.
    if (!opening.delete(link)) return;
    const target = addressOf(nodeId);
    // The view changed since it was chosen; as if it had not answered.
    if (!target) return deps.ended(link, false);
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
        streamName() {
          const grant = { gatewayId, nodeId, path, epoch, handoverFrom, anchor: deps.anchor() };
          return `${classNameOf(path)}?relay=${signRelayCredential(relayKey, grant, cluster.clusterTimeMs())}`;
        },
      },
      {
        accepted: () => deps.accepted(link),
        acknowledged: (mark) => deps.acknowledged(link, mark),
        ended: (why) => ended(link, nodeId, why),
      },
    );
    links.set(link, { client, nodeId, epoch });
  }

  function ended(link: LinkId, nodeId: string, why: RtmpClientEnd): void {
    const { code, reason } = why.kind === "refused" ? readRelayRefusal(why.reason) : { code: undefined, reason: why.reason };
    logger.warn({ stream: path, peer: nodeId, why: why.kind, code, reason }, "the connection to a slave ended");
    links.delete(link);
    deps.ended(link, code === staleEpochCode);
  }

  return {
    open: (link, nodeId, handoverFrom) => void open(link, nodeId, handoverFrom),
    get: (link) => links.get(link),
    finish(link) {
      links.get(link)?.client.finish();
      links.delete(link);
    },
    drop(link) {
      opening.delete(link);
      links.get(link)?.client.destroy();
      links.delete(link);
    },
    /** The master says that it does not answer, and it does not answer here either: one silence proves the other. */
    leaveHanging() {
      for (const { client, nodeId } of links.values()) {
        if (client.silentMs <= confirmedSilenceMs) continue;
        if (cluster.view?.nodes.some((node) => node.node_id === nodeId && !node.answers)) client.giveUp();
      }
    },
    get unsentBytes() {
      return [...links.values()].reduce((sum, { client }) => sum + client.unsentBytes, 0);
    },
  };
}
