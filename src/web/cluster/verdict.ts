// How the cluster is, and what is to be done: findings, the gravest first. Pure; the words are in cluster-texts.ts.
import type { ClusterSnapshot, ClusterTotals, NodeLive, TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import type { LoadSteps } from "./load-level.ts";

export type Finding =
  /** The master has just started: slaves report again within a heartbeat. */
  | { readonly kind: "starting" }
  | { readonly kind: "no_slave" }
  /** There are slaves, and none of them takes viewers. */
  | { readonly kind: "nobody_takes" }
  /** `sinceMs`: the last that was heard of the one that is away longest; Unix ms. */
  | { readonly kind: "offline" | "suspect"; readonly names: readonly string[]; readonly sinceMs: number | undefined }
  /** Was lost, and is so long away that the master has forgotten it. `sinceMs`: of the one that is away longest; Unix ms. */
  | { readonly kind: "missing"; readonly names: readonly string[]; readonly sinceMs: number | undefined }
  /** No place is left. `waiting`: newcomers wait in line, else slaves take more than they should. */
  | { readonly kind: "full"; readonly waiting: boolean }
  | { readonly kind: "almost_full" | "filling"; readonly percent: number }
  /** Single nodes, while there is room elsewhere. */
  | { readonly kind: "node_full"; readonly names: readonly string[] }
  | { readonly kind: "busy_cpu" | "busy_memory"; readonly names: readonly string[] }
  /** Replicas that are behind their origin for longer than a moment. */
  | { readonly kind: "lagging"; readonly names: readonly string[]; readonly behindS: number }
  | { readonly kind: "draining" | "drained"; readonly names: readonly string[] }
  /** Nobody takes over when it fails. */
  | { readonly kind: "one_slave" }
  | { readonly kind: "other_version"; readonly names: readonly string[] };

export type FindingKind = Finding["kind"];
export type FindingTone = "bad" | "warn" | "plain";

/** The gravest first. */
const tones = {
  no_slave: "warn",
  nobody_takes: "bad",
  full: "bad",
  almost_full: "bad",
  offline: "bad",
  suspect: "warn",
  missing: "warn",
  filling: "warn",
  node_full: "warn",
  busy_cpu: "warn",
  busy_memory: "warn",
  lagging: "warn",
  starting: "plain",
  draining: "plain",
  drained: "plain",
  one_slave: "plain",
  other_version: "plain",
} as const satisfies Record<FindingKind, FindingTone>;

const order = Object.keys(tones) as FindingKind[];

export const findingTone = (kind: FindingKind): FindingTone => tones[kind];

export interface ClusterLook {
  readonly nodes: readonly NodeLive[];
  readonly totals: ClusterTotals;
  readonly steps: LoadSteps;
  readonly overloadPolicy: ClusterSnapshot["overload_policy"];
  readonly masterVersion: string;
  /** Ids of nodes that have been busy for a while. */
  readonly busyCpu: ReadonlySet<string>;
  readonly busyMemory: ReadonlySet<string>;
  /** The time line, newest first. */
  readonly events: readonly TimelineEvent[];
  /** Unix ms, by the server's clock. */
  readonly nowMs: number;
  /** The master started so long ago that all slaves have reported again. */
  readonly settled: boolean;
}

/** A replica may be a part or two behind at any time. */
export const lagWorthSayingS = 3;

/** A school day: who has not come back by then was taken away, or has another id now. */
const missedForMs = 12 * 3_600_000;

/** What is to be said, the gravest first; empty when there is nothing. */
export function findings(look: ClusterLook): readonly Finding[] {
  const found = [...placesFindings(look), ...nodeFindings(look), ...missingFindings(look)];
  return found.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

function placesFindings({ nodes, totals, steps, overloadPolicy, settled }: ClusterLook): Finding[] {
  const { routable_nodes: routable, connections, capacity, utilization } = totals;
  if (routable === 0 && !settled) return [{ kind: "starting" }];
  if (nodes.length === 0) return [{ kind: "no_slave" }];
  if (routable === 0) return [{ kind: "nobody_takes" }];
  if (capacity > 0 && connections >= capacity) return [{ kind: "full", waiting: overloadPolicy === "reject" }];
  if (utilization >= steps.criticalPercent) return [{ kind: "almost_full", percent: utilization }];
  if (utilization >= steps.warningPercent) return [{ kind: "filling", percent: utilization }];
  return routable === 1 ? [{ kind: "one_slave" }] : [];
}

function nodeFindings({ nodes, totals, steps, masterVersion, busyCpu, busyMemory }: ClusterLook): Finding[] {
  // Slaves of one PC have its name, where nobody has given them others: then the id says which.
  const isShared = ({ node_id: id, node_name: name }: NodeLive): boolean =>
    nodes.some((other) => other.node_name === name && other.node_id !== id);
  const namesOf = (some: readonly NodeLive[]): string[] => some.map((node) => (isShared(node) ? node.node_id : node.node_name));
  const heard = nodes.filter(({ status }) => status !== "offline" && status !== "suspect");
  const some = <Kind extends FindingKind>(kind: Kind, which: readonly NodeLive[]) =>
    which.length === 0 ? [] : [{ kind, names: namesOf(which) }];
  const away = (kind: "offline" | "suspect"): Finding[] => {
    const which = nodes.filter(({ status }) => status === kind);
    return some(kind, which).map((finding) => ({ ...finding, sinceMs: longestAwayMs(which) }));
  };
  const behindS = (node: NodeLive): number => Math.max(0, ...node.copies.map(({ lag_s }) => lag_s ?? 0));
  const lagging = heard.filter((node) => behindS(node) >= lagWorthSayingS);
  const isRoomElsewhere = totals.utilization < steps.criticalPercent;
  return [
    ...away("offline"),
    ...away("suspect"),
    ...(isRoomElsewhere
      ? some(
          "node_full",
          heard.filter(({ status }) => status === "critical"),
        )
      : []),
    ...some(
      "busy_cpu",
      heard.filter(({ node_id: id }) => busyCpu.has(id)),
    ),
    ...some(
      "busy_memory",
      heard.filter(({ node_id: id }) => busyMemory.has(id)),
    ),
    ...some("lagging", lagging).map((finding) => ({ ...finding, behindS: Math.max(...lagging.map(behindS)) })),
    ...some(
      "draining",
      heard.filter(({ status }) => status === "draining"),
    ),
    ...some(
      "drained",
      heard.filter(({ status }) => status === "drained"),
    ),
    ...some(
      "other_version",
      heard.filter(({ version }) => version !== masterVersion),
    ),
  ];
}

/** The newest word about a node is that it went offline, and the master does not list it any more. */
function missingFindings({ nodes, events, nowMs }: ClusterLook): Finding[] {
  const spokenOf = new Set(nodes.map(({ node_id: id }) => id));
  const missing: TimelineEvent[] = [];
  for (const event of events) {
    if (event.node_id === null || event.path !== null || spokenOf.has(event.node_id)) continue;
    spokenOf.add(event.node_id);
    if (event.kind === "offline" && nowMs - Date.parse(event.at) <= missedForMs) missing.push(event);
  }
  if (missing.length === 0) return [];
  const names = missing.map(({ node_id: id, node_name: name }) => name ?? id ?? "");
  return [{ kind: "missing", names, sinceMs: Math.min(...missing.map(({ at }) => Date.parse(at))) }];
}

function longestAwayMs(nodes: readonly NodeLive[]): number | undefined {
  const heardAt = nodes.flatMap(({ last_heartbeat: at }) => (at === null ? [] : [Date.parse(at)]));
  return heardAt.length === 0 ? undefined : Math.min(...heardAt);
}
