// What the master knows of a slave: what it said when it registered, what it reported last, how it is. Plain data; the
// registry makes it.
import type { Liveness, NodeStatus } from "./node-state.ts";

/** What a node said of itself when it registered; validated before it comes here. */
export interface NodeInfo {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly host: string;
  readonly apiPort: number;
  readonly rtmpPort: number;
  readonly hlsPort: number;
  /** Base of viewers' URLs as the node wants it, without a slash at its end; undefined: its host and hlsPort. */
  readonly hlsUrl: string | undefined;
  readonly tls: boolean;
  readonly maxConnections: number;
  /** It fetches streams that it does not hold. */
  readonly follows: boolean;
  /** It serves viewers by WebRTC. */
  readonly whep: boolean;
  /** Where other slaves fetch streams for that; 0: nowhere. */
  readonly rtspPort: number;
  readonly version: string;
  /** Random per process of the node. */
  readonly instance: string;
  readonly heartbeatIntervalMs: number;
}

export interface NodeLoad {
  readonly connections: number;
  /** Percent. */
  readonly cpu: number;
  readonly memory: number;
  readonly bandwidthMbps: number | undefined;
}

/** A heartbeat, as far as the registry cares. */
export interface NodeReport extends NodeLoad {
  /** Streams of which it is the origin. */
  readonly originStreams: number;
  /** It is about to stop. */
  readonly leaving: boolean;
}

export interface RegisteredNode {
  readonly info: NodeInfo;
  readonly load: NodeLoad;
  readonly status: NodeStatus;
  readonly liveness: Liveness;
  /** Asked to drain, or about to stop. */
  readonly draining: boolean;
  readonly leaving: boolean;
  /** It did not answer a probe since it was last heard. */
  readonly unreachable: boolean;
  /** Unix ms by which it is to be drained; undefined while nobody asked. */
  readonly drainDeadlineMs: number | undefined;
  readonly originStreams: number;
  /** Monotonic ms until which viewers may be sent there without another look; -Infinity when they may not. */
  readonly routableUntilMs: number;
  /** Unix ms. */
  readonly registeredAtMs: number;
  readonly lastHeartbeatMs: number | undefined;
  /** Monotonic ms of the last registration or heartbeat. */
  readonly heardAtMs: number;
  /** How often silence made it suspect, or offline, since it came into the cluster. */
  readonly silences: number;
}

/** Whether replication may give it copies to keep; one that drains gets them only where nobody else is. */
export function takesCopies({ info, liveness, leaving }: Pick<RegisteredNode, "info" | "liveness" | "leaving">): boolean {
  return info.follows && liveness === "alive" && !leaving;
}
