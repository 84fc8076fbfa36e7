// A slave as the master knows it, for tests of the master's parts.
import type { NodeInfo, RegisteredNode } from "../../src/master/registry/registered-node.ts";

/** @param changes what the test is about. */
export function nodeInfo(nodeId: string, changes: Partial<NodeInfo> = {}): NodeInfo {
  return {
    nodeId,
    nodeName: nodeId,
    host: "10.0.0.1",
    apiPort: 8000,
    rtmpPort: 1935,
    hlsPort: 8888,
    hlsUrl: undefined,
    tls: false,
    maxConnections: 100,
    follows: true,
    whep: false,
    rtspPort: 0,
    version: "1",
    instance: "instance-1",
    heartbeatIntervalMs: 5_000,
    ...changes,
  };
}

/** A node that is well and was never heard of before. @param known what the test is about. */
export function registeredNode(known: Pick<RegisteredNode, "info" | "load"> & Partial<RegisteredNode>): RegisteredNode {
  return {
    status: "healthy",
    liveness: "alive",
    draining: false,
    leaving: false,
    unreachable: false,
    drainDeadlineMs: undefined,
    originStreams: 0,
    routableUntilMs: 0,
    registeredAtMs: 0,
    lastHeartbeatMs: 0,
    heardAtMs: 0,
    silences: 0,
    ...known,
  };
}
