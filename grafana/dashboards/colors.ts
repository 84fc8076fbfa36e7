// What is good, what wants a look, and what is bad, in colour: a panel turns red where an alert of prometheus/alerts.yml would
// fire, and yellow before it does. A test compares the numbers.
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import type { NodeStatus } from "../../src/master/registry/node-state.ts";

/** Yellow from `yellow` on, red from `red` on, else green. */
const rising = (yellow: number, red: number): Threshold[] => [
  { value: yellow, color: "yellow" },
  { value: red, color: "red" },
];

/** By the alert of the same number. */
export const limits = {
  ClusterAlmostFull: rising(0.7, 0.8),
  HighCpu: rising(0.7, 0.8),
  HighMemory: rising(0.8, 0.9),
  HighErrorRate: rising(0.01, 0.05),
  EventLoopSlow: rising(0.05, 0.1),
  LiveEdgeStale: rising(2, 5),
  PlayersStalling: rising(0.01, 0.05),
  /** Its keyframe interval. */
  IngestUnhealthy: rising(3, 5),
} as const;

/** Of a slave: where it becomes `warning` and `critical` (WARNING_PERCENT, CRITICAL_PERCENT). */
export const nodeLoad = rising(0.7, 0.9);
/** Seconds: two heartbeats of 5 s missed, and offline (OFFLINE_AFTER). */
export const heartbeatAge = rising(11, 30);
/** Seconds: beyond a segment, a copy is not in sync. */
export const replicationLag = rising(1, 2);

export const stateColors: Readonly<Record<NodeStatus, string>> = {
  registering: "blue",
  healthy: "green",
  warning: "yellow",
  critical: "red",
  draining: "purple",
  drained: "purple",
  suspect: "orange",
  offline: "dark-red",
};
