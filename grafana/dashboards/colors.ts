// What is good, what wants a look, and what is bad, in colour: the numbers are those of prometheus/alerts.yml, so that a panel
// turns red when an alert fires and yellow before it does.
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";

/** Yellow from `yellow` on, red from `red` on, else green. */
export const rising = (yellow: number, red: number): Threshold[] => [
  { value: yellow, color: "yellow" },
  { value: red, color: "red" },
];

/** Load of the cluster (ClusterAlmostFull). */
export const clusterLoad = rising(0.7, 0.8);
/** Load of a slave: where it becomes `warning` and `critical`. */
export const nodeLoad = rising(0.7, 0.9);
/** HighCpu. */
export const cpu = rising(0.7, 0.8);
/** HighMemory. */
export const memory = rising(0.8, 0.9);
/** HighErrorRate. */
export const errorRatio = rising(0.01, 0.05);

export const stateColors = {
  healthy: "green",
  warning: "yellow",
  critical: "red",
  starting: "blue",
  registering: "blue",
  draining: "purple",
  drained: "purple",
  suspect: "orange",
  offline: "dark-red",
} as const;
