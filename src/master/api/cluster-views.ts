// The cluster's state in the words of the API. Pure but for reading what it is given.
import type { PrometheusTargets, ReplicasView, SessionView, StreamsView } from "../../shared/protocol/cluster-views.ts";
import type { BestNodeView, NodesView, NodeView } from "../../shared/protocol/nodes.ts";
import type { NodeInfo, RegisteredNode } from "../registry/registered-node.ts";
import type { Seats } from "../routing/policy.ts";
import { lagOf } from "../streams/copy-lag.ts";
import type { StreamCopy, StreamDirectory, StreamHead } from "../streams/stream-directory.ts";
import { countStudents } from "../streams/students.ts";
import type { Session } from "../tokens/session-directory.ts";
import type { ApiContext } from "./api-context.ts";
import { hlsUrlOf, urlsOf } from "./node-urls.ts";
import type { Asked } from "./node-urls.ts";

const iso = (wallMs: number): string => new Date(wallMs).toISOString();
/** Percent with one decimal. */
const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part * 1_000) / whole) / 10);

export function nodeView({ router, directory }: Pick<ApiContext, "directory" | "router">, node: RegisteredNode, asked: Asked): NodeView {
  const { info, load, status, originStreams, drainDeadlineMs } = node;
  const urls = urlsOf(info, asked.host);
  return {
    node_id: info.nodeId,
    node_name: info.nodeName,
    host: info.host,
    api_url: urls.api,
    rtmp_url: urls.rtmp,
    hls_url: hlsUrlOf(info, asked),
    whep: info.whep,
    current_connections: load.connections,
    reserved: router.seatsOf(info.nodeId)?.reserved ?? 0,
    max_connections: info.maxConnections,
    load_percentage: percent(load.connections, info.maxConnections),
    cpu_usage: load.cpu,
    memory_usage: load.memory,
    bandwidth_mbps: load.bandwidthMbps ?? null,
    streams: directory.countOf(info.nodeId),
    origin_streams: originStreams,
    drain_deadline: drainDeadlineMs === undefined ? null : iso(drainDeadlineMs),
    status,
    last_heartbeat: node.lastHeartbeatMs === undefined ? null : iso(node.lastHeartbeatMs),
    registered_at: iso(node.registeredAtMs),
    version: info.version,
  };
}

/** Totals count what can be used: viewers and places of nodes that are not offline. */
export function nodesView(context: Pick<ApiContext, "directory" | "registry" | "router">, asked: Asked): NodesView {
  const nodes = context.registry.list();
  const present = nodes.filter((node) => node.status !== "offline");
  const connections = present.reduce((sum, node) => sum + node.load.connections, 0);
  const capacity = present.reduce((sum, node) => sum + node.info.maxConnections, 0);
  return {
    total_nodes: nodes.length,
    healthy_nodes: nodes.filter(isRoutable).length,
    total_connections: connections,
    total_capacity: capacity,
    utilization: percent(connections, capacity),
    nodes: nodes.map((node) => nodeView(context, node, asked)),
  };
}

/** Whether new viewers are sent there. */
export function isRoutable(node: RegisteredNode): boolean {
  return node.routableUntilMs > Number.NEGATIVE_INFINITY;
}

/** `load_percentage` is what routing compares, so it counts places held; `current_connections` is what was reported. */
export function bestNodeView(node: RegisteredNode, seats: Seats, path: string | undefined, asked: Asked): BestNodeView {
  const urls = urlsOf(node.info, asked.host);
  const hls = hlsUrlOf(node.info, asked);
  return {
    node_id: node.info.nodeId,
    node_name: node.info.nodeName,
    rtmp_url: urls.rtmp,
    hls_url: path === undefined ? hls : `${hls}/${path}/index.m3u8`,
    api_url: urls.api,
    load_percentage: percent(seats.connections + seats.reserved, seats.maxConnections),
    current_connections: node.load.connections,
    max_connections: node.info.maxConnections,
  };
}

/** A copy in the words of the API. */
function copyView(copy: StreamCopy, head: StreamHead) {
  const { nodeId, role, state, epoch, msn, part, upstream, viewers } = copy;
  const lag = lagOf(copy, head);
  return {
    node_id: nodeId,
    // An origin that has lost its role and does not know yet.
    role: role === "origin" && nodeId !== head.copy.nodeId ? ("replica" as const) : role,
    state,
    epoch,
    msn,
    part,
    upstream: upstream ?? null,
    lag_parts: lag.parts,
    lag_s: lag.seconds,
    in_sync: lag.inSync,
    viewers,
  };
}

/** The head first, then by name. */
function copiesInOrder(directory: StreamDirectory, path: string, head: StreamHead): StreamCopy[] {
  const isHead = (copy: StreamCopy) => Number(copy.nodeId === head.copy.nodeId);
  return [...directory.copiesOf(path).values()].toSorted((a, b) => isHead(b) - isHead(a) || (a.nodeId < b.nodeId ? -1 : 1));
}

/** Streams of which a copy can be reached, by path. */
export function streamsView(directory: StreamDirectory, factor: number): StreamsView {
  const streams = directory.paths().flatMap((path) => {
    const head = directory.headOf(path);
    if (!head) return [];
    const copies = copiesInOrder(directory, path, head);
    return {
      path,
      state: head.role === "origin" ? head.copy.state : ("waiting" as const),
      origin: directory.originOf(path)?.nodeId ?? null,
      epoch: head.highestEpoch,
      viewers: copies.reduce((sum, copy) => sum + copy.viewers, 0),
      students: countStudents(copies),
      copies: copies.map((copy) => ({ ...copyView(copy, head), bitrate: copy.bitrate ?? null })),
    };
  });
  return { total_streams: streams.length, replication_factor: factor, streams };
}

/** Undefined when no node that can be reached has the stream. */
export function replicasView(directory: StreamDirectory, path: string, factor: number): ReplicasView | undefined {
  const head = directory.headOf(path);
  if (!head?.reachable) return undefined;
  const replicas = copiesInOrder(directory, path, head).map((copy) => copyView(copy, head));
  return {
    path,
    origin: directory.originOf(path)?.nodeId ?? null,
    epoch: head.highestEpoch,
    replication_factor: factor,
    in_sync_copies: replicas.filter((copy) => copy.in_sync).length,
    replicas,
  };
}

/** Under the jti that was asked for: where that viewer is now. */
export function sessionView(askedJti: string, { session, moves }: { session: Session; moves: number }): SessionView {
  const { jti, userId, userType, action, path, nodeId, issuedAtS, expiresAtS, activatedAtMs } = session;
  return {
    jti: askedJti,
    current_jti: jti,
    user_id: userId,
    user_type: userType,
    action,
    path,
    node_id: nodeId,
    moves,
    state: activatedAtMs === undefined ? "issued" : "active",
    issued_at: iso(issuedAtS * 1_000),
    expires_at: iso(expiresAtS * 1_000),
    activated_at: activatedAtMs === undefined ? null : iso(activatedAtMs),
  };
}

export function prometheusTargets(nodes: readonly NodeInfo[], askedHost: string | undefined): PrometheusTargets {
  return nodes.map((info) => ({
    targets: [new URL(urlsOf(info, askedHost).api).host],
    labels: { node_id: info.nodeId, node_name: info.nodeName, role: "slave", __scheme__: info.tls ? "https" : "http" },
  }));
}
