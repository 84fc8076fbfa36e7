// What a gateway needs to choose origins: slaves as places for publishers, and who has which stream. Pure.
import type { ClassGrants } from "../../shared/protocol/cluster-messages.ts";
import type { GatewayStreamCopy, GatewayView } from "../../shared/protocol/gateway-messages.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import { lagOf } from "../streams/copy-lag.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";

export interface GatewayViewInput {
  /** Unix ms. */
  readonly nowMs: number;
  readonly settled: boolean;
  readonly nodes: readonly RegisteredNode[];
  readonly directory: StreamDirectory;
  /** Undefined when the gateway has them already. */
  readonly grants: ClassGrants | undefined;
  /** The host by which the gateway reaches a node. */
  readonly hostOf: (node: RegisteredNode) => string;
}

/** What encoding one rendition costs beside relaying a stream as it is. */
const encodedRenditionCost = 8;

/** With nodes that take no publishers (a drained one still carries some), and copies that cannot be reached. */
export function gatewayView({ nowMs, settled, nodes, directory, grants, hostOf }: GatewayViewInput): GatewayView {
  return {
    now_ms: nowMs,
    settled,
    ...(grants === undefined ? {} : { class_grants: grants }),
    nodes: nodes.map((node) => {
      const { info, load, liveness, draining, unreachable } = node;
      const published = directory.publishingOf(info.nodeId);
      return {
        node_id: info.nodeId,
        host: hostOf(node),
        rtmp_port: info.rtmpPort,
        publishable: liveness === "alive" && !draining && info.rtmpPort > 0,
        draining,
        answers: (liveness === "alive" || liveness === "registering") && !unreachable,
        load_percentage: (load.connections * 100) / info.maxConnections,
        cpu_usage: load.cpu,
        publishing_cost: published.streams + encodedRenditionCost * published.encoded,
      };
    }),
    // With copies that cannot be reached now: their epochs count, and such a node may be the one that carries a teacher still.
    streams: [...directory.allPaths()].map((path) => {
      const head = directory.headOf(path);
      return {
        path,
        ...(head ? { highest_epoch: head.highestEpoch } : {}),
        copies: head ? [...directory.allCopiesOf(path).values()].map((copy) => streamCopy(directory, copy, head)) : [],
      };
    }),
  };
}

type Head = NonNullable<ReturnType<StreamDirectory["headOf"]>>;

/** A segment that it lacks, in seconds, where a node does not say how far it is behind. */
const segmentS = 2;

function streamCopy(directory: StreamDirectory, copy: Head["copy"], head: Head): GatewayStreamCopy {
  const { nodeId, role, state, epoch, msn, part } = copy;
  const lag = lagOf(copy, head);
  return {
    node_id: nodeId,
    role,
    state,
    epoch,
    msn,
    part,
    lag_s: lag.seconds ?? Math.max(0, head.copy.msn - msn) * segmentS,
    in_sync: lag.inSync && directory.isReachable(nodeId),
  };
}
