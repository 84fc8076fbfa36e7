// What the page knows of the cluster, as signals: one for each node, so that a heartbeat draws one row anew and no other.
// Knows neither the connection nor what is drawn.
import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type {
  ClusterChange,
  ClusterSample,
  ClusterSnapshot,
  ClusterTotals,
  NodeLive,
  TimelineEvent,
} from "../../shared/protocol/cluster-live.ts";
import type { LoadSteps } from "./load-level.ts";
import type { NodeStatus } from "./node-order.ts";

/** What holds for as long as the master runs. */
export interface MasterFacts {
  readonly version: string;
  readonly overloadPolicy: ClusterSnapshot["overload_policy"];
  readonly steps: LoadSteps;
  readonly masterUrl: string;
  /** The server's clock minus that of this browser. */
  readonly clockAheadMs: number;
}

export interface ClusterStore {
  /** Undefined before the first snapshot. */
  readonly facts: ReadonlySignal<MasterFacts | undefined>;
  readonly totals: ReadonlySignal<ClusterTotals | undefined>;
  /** Changes when a node comes or goes, and not otherwise. */
  readonly ids: ReadonlySignal<readonly string[]>;
  /** All nodes as they are; read in a render, it draws at each change of any of them. */
  readonly nodes: ReadonlySignal<readonly NodeLive[]>;
  /** Oldest first, at most 30 minutes. */
  readonly samples: ReadonlySignal<readonly ClusterSample[]>;
  /** Newest first. */
  readonly events: ReadonlySignal<readonly TimelineEvent[]>;
  /** The newest event that came while the page was open. */
  readonly news: ReadonlySignal<TimelineEvent | undefined>;
  node(nodeId: string): ReadonlySignal<NodeLive> | undefined;
  /** Viewers that a node had when it began to be emptied, as far as this page saw it. */
  viewersAtDrain(nodeId: string): number | undefined;
  /** Nodes whose processor or memory has been busy for so long that it is no moment's work. @param nowMs of this browser */
  busyNodes(what: "cpu" | "memory", nowMs: number): ReadonlySet<string>;
  /** @param nowMs of this browser */
  snapshot(snapshot: ClusterSnapshot, nowMs: number): void;
  change(change: ClusterChange, nowMs: number): void;
  event(event: TimelineEvent): void;
  sample(sample: ClusterSample): void;
}

export const historyWindowS = 1_800;
/** A processor or memory that is used so far, in percent, is worth a word … */
export const busyPercent = 90;
/** … when it stays so. */
const busyForMs = 20_000;
/** As many as the master keeps. */
const maxEvents = 500;

const isEmptying = (status: NodeStatus): boolean => status === "draining" || status === "drained";

export function createClusterStore(): ClusterStore {
  const known = new Map<string, Signal<NodeLive>>();
  const atDrain = new Map<string, number>();
  /** Since when, by node. */
  const busySince = { cpu: new Map<string, number>(), memory: new Map<string, number>() };
  const facts = signal<MasterFacts>();
  const totals = signal<ClusterTotals>();
  const ids = signal<readonly string[]>([]);
  const samples = signal<readonly ClusterSample[]>([]);
  const events = signal<readonly TimelineEvent[]>([]);
  const news = signal<TimelineEvent>();
  const nodes = computed(() => ids.value.flatMap((id) => known.get(id)?.value ?? []));

  function noteBusy(id: string, since: Map<string, number>, percent: number, nowMs: number): void {
    if (percent < busyPercent) since.delete(id);
    else if (!since.has(id)) since.set(id, nowMs);
  }

  function put(node: NodeLive, nowMs: number): void {
    const { node_id: id, status, current_connections: viewers } = node;
    noteBusy(id, busySince.cpu, node.cpu_usage, nowMs);
    noteBusy(id, busySince.memory, node.memory_usage, nowMs);
    if (isEmptying(status)) atDrain.set(id, Math.max(viewers, atDrain.get(id) ?? 0));
    else if (status !== "suspect") atDrain.delete(id);
    const before = known.get(id);
    if (before) before.value = node;
    else known.set(id, signal(node));
  }

  function setIds(): void {
    const next = [...known.keys()];
    const isSame = next.length === ids.value.length && next.every((id, index) => id === ids.value[index]);
    if (!isSame) ids.value = next;
  }

  function remove(id: string): void {
    known.delete(id);
    atDrain.delete(id);
    busySince.cpu.delete(id);
    busySince.memory.delete(id);
  }

  return {
    facts,
    totals,
    ids,
    nodes,
    samples,
    events,
    news,
    node: (id) => known.get(id),
    busyNodes: (what, nowMs) => new Set([...busySince[what]].filter(([, since]) => nowMs - since >= busyForMs).map(([id]) => id)),
    viewersAtDrain: (id) => atDrain.get(id),
    snapshot(all, nowMs) {
      batch(() => {
        facts.value = {
          version: all.version,
          overloadPolicy: all.overload_policy,
          steps: { warningPercent: all.warning_percent, criticalPercent: all.critical_percent },
          masterUrl: all.master_url,
          clockAheadMs: Date.parse(all.now) - nowMs,
        };
        totals.value = all.totals;
        const present = new Set(all.nodes.map(({ node_id: id }) => id));
        for (const id of known.keys()) if (!present.has(id)) remove(id);
        for (const node of all.nodes) put(node, nowMs);
        setIds();
        samples.value = all.samples;
        events.value = all.events.toReversed();
      });
    },
    change(change, nowMs) {
      batch(() => {
        totals.value = change.totals;
        for (const id of change.removed) remove(id);
        for (const node of change.nodes) put(node, nowMs);
        setIds();
      });
    },
    event(event) {
      batch(() => {
        // A snapshot may have had it already.
        if ((events.value[0]?.id ?? 0) < event.id) events.value = [event, ...events.value].slice(0, maxEvents);
        news.value = event;
      });
    },
    sample(sample) {
      const since = sample.at - historyWindowS;
      samples.value = [...samples.value.filter(({ at }) => at >= since && at < sample.at), sample];
    },
  };
}
