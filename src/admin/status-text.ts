// What `airclass status` says of a cluster, as lines. Pure: views and the master's clock in, text out.
import type { HealthAnswer, NodeAnswer, NodesAnswer, StreamsAnswer } from "./status-answers.ts";
import { harmless, tableLines } from "./terminal-text.ts";
import type { Paint, Style } from "./terminal-text.ts";

export interface ClusterStatus {
  readonly health: HealthAnswer["status"];
  readonly nodes: NodesAnswer;
  readonly streams: StreamsAnswer;
  /** The master's wall clock, Unix ms. */
  readonly masterWallMs: number;
}

const nodeStyles: Readonly<Record<NodeAnswer["status"], Style>> = {
  registering: "dim",
  healthy: "green",
  warning: "yellow",
  critical: "red",
  draining: "cyan",
  drained: "cyan",
  suspect: "red",
  offline: "red",
};
const healthStyles: Readonly<Record<HealthAnswer["status"], Style>> = {
  starting: "yellow",
  ok: "green",
  degraded: "yellow",
  unavailable: "red",
};

export function statusLines(status: ClusterStatus, paint: Paint): string[] {
  const { nodes, streams } = status;
  const lines = [summary(status, paint), ""];
  if (nodes.nodes.length === 0) lines.push("No slave has registered yet.");
  else lines.push(...nodeTable(status, paint));
  lines.push("");
  if (streams.streams.length === 0) lines.push("Nobody publishes.");
  else lines.push(...streamTable(status, paint));
  return lines;
}

function summary({ health, nodes, streams }: ClusterStatus, paint: Paint): string {
  const live = streams.streams.filter(({ state }) => state === "live").length;
  return [
    `Cluster: ${paint(healthStyles[health], health)}`,
    `${nodes.healthy_nodes} of ${nodes.total_nodes} ${nodes.total_nodes === 1 ? "slave" : "slaves"} up`,
    `${nodes.total_connections} of ${nodes.total_capacity} viewers (${percent(nodes.utilization)})`,
    `${live} live ${live === 1 ? "class" : "classes"}`,
  ].join(paint("dim", " · "));
}

function nodeTable({ nodes, masterWallMs }: ClusterStatus, paint: Paint): string[] {
  const columns = [
    { title: "NODE" },
    { title: "ID" },
    { title: "STATUS" },
    { title: "VIEWERS", right: true },
    { title: "LOAD", right: true },
    { title: "CPU", right: true },
    { title: "MEMORY", right: true },
    { title: "MBIT/S", right: true },
    { title: "STREAMS", right: true },
    { title: "ORIGIN OF", right: true },
    { title: "HEARTBEAT", right: true },
  ];
  const inOrder = nodes.nodes.toSorted((a, b) => a.node_name.localeCompare(b.node_name, "en", { numeric: true }));
  const rows = inOrder.map((node) => [
    harmless(node.node_name),
    node.node_id,
    paint(nodeStyles[node.status], node.status),
    `${node.current_connections}/${node.max_connections}`,
    percent(node.load_percentage),
    percent(node.cpu_usage),
    percent(node.memory_usage),
    node.bandwidth_mbps === null ? "–" : node.bandwidth_mbps.toFixed(1),
    String(node.streams),
    String(node.origin_streams),
    node.last_heartbeat === null ? "never" : age(masterWallMs - Date.parse(node.last_heartbeat)),
  ]);
  return tableLines(columns, rows, paint);
}

function streamTable({ streams, nodes }: ClusterStatus, paint: Paint): string[] {
  const columns = [
    { title: "STREAM" },
    { title: "STATE" },
    { title: "ORIGIN" },
    { title: "VIEWERS", right: true },
    { title: "COPIES IN SYNC", right: true },
    { title: "EPOCH", right: true },
  ];
  // One slave alone can keep no second copy: that is nothing that is missing.
  const wanted = Math.max(1, Math.min(streams.replication_factor, nodes.healthy_nodes));
  const rows = streams.streams.map((stream) => {
    const inSync = stream.copies.filter((copy) => copy.in_sync).length;
    return [
      stream.path,
      paint(stream.state === "live" ? "green" : "yellow", stream.state),
      stream.origin ?? "–",
      String(stream.viewers),
      paint(inSync < wanted ? "yellow" : "green", `${inSync}/${wanted}`),
      String(stream.epoch),
    ];
  });
  return tableLines(columns, rows, paint);
}

const percent = (value: number): string => `${Math.round(value)} %`;

/** @param ms the Date header counts whole seconds, so it may be a little below zero. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3_600)} h ago`;
}
