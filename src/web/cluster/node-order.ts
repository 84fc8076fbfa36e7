// Which nodes are shown, and in which order. Pure.
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";

export type NodeStatus = NodeLive["status"];

/** `attention`: what wants to be looked at first, then by name. */
export type SortKey = "attention" | "name" | "load" | "cpu" | "memory" | "bandwidth" | "streams";

export const stateFilters = ["all", "attention", "taking", "draining", "away"] as const;
export type StateFilter = (typeof stateFilters)[number];

export interface NodeChoice {
  readonly sort: SortKey;
  /** Turned round. Figures begin with the highest otherwise, names with A. */
  readonly reversed: boolean;
  readonly state: StateFilter;
  /** All of these words are somewhere in the name, id, host, version or streams of a node. */
  readonly words: string;
}

/** The first is what wants to be looked at most. */
const urgency: readonly NodeStatus[] = ["offline", "suspect", "critical", "warning", "draining", "drained", "registering", "healthy"];

const inState: Readonly<Record<StateFilter, readonly NodeStatus[]>> = {
  all: urgency,
  attention: ["offline", "suspect", "critical", "warning"],
  taking: ["healthy", "warning", "critical"],
  draining: ["draining", "drained"],
  away: ["offline", "suspect"],
};

export const isInState = (status: NodeStatus, state: StateFilter): boolean => inState[state].includes(status);

/** slave-2 comes before slave-10. Made once: making one costs more than sorting. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const byName = (a: NodeLive, b: NodeLive): number => collator.compare(a.node_name, b.node_name) || collator.compare(a.node_id, b.node_id);

const figureOf: Readonly<Record<Exclude<SortKey, "attention" | "name">, (node: NodeLive) => number>> = {
  load: (node) => node.load_percentage,
  cpu: (node) => node.cpu_usage,
  memory: (node) => node.memory_usage,
  bandwidth: (node) => node.bandwidth_mbps ?? -1,
  streams: (node) => node.streams,
};

function compare(sort: SortKey): (a: NodeLive, b: NodeLive) => number {
  if (sort === "name") return byName;
  if (sort === "attention") return (a, b) => urgency.indexOf(a.status) - urgency.indexOf(b.status) || byName(a, b);
  const figure = figureOf[sort];
  return (a, b) => figure(b) - figure(a) || byName(a, b);
}

function hasWords(node: NodeLive, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { node_name, node_id, host, version, copies } = node;
  const text = [node_name, node_id, host, version, ...copies.map(({ path }) => path)].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Ids of the nodes that are shown, the first on top. */
export function orderNodes(nodes: readonly NodeLive[], { sort, reversed, state, words }: NodeChoice): readonly string[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const sorted = nodes.filter((node) => isInState(node.status, state) && hasWords(node, wanted)).toSorted(compare(sort));
  return (reversed ? sorted.toReversed() : sorted).map((node) => node.node_id);
}

/**
 * The order while somebody points at a row: nothing moves. Who has gone leaves, who is new comes at the end.
 * @param wanted the order that it would have otherwise
 */
export function heldOrder(shown: readonly string[], wanted: readonly string[]): readonly string[] {
  const stays = new Set(wanted);
  const before = new Set(shown);
  return [...shown.filter((id) => stays.has(id)), ...wanted.filter((id) => !before.has(id))];
}
