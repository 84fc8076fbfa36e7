// Which nodes there are and how they are: holds one state machine and one deadline per node, and tells its listener
// of every change. Does not know who is routed where, nor how messages came in.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { createDeadlines, systemTimer } from "./deadlines.ts";
import type { SetTimer } from "./deadlines.ts";
import { deadlineOf, isDraining, isRoutable, registeredNode, statusOf, step, suspectAfterMs } from "./node-state.ts";
import type { NodeEvent, NodeLimits, NodeState } from "./node-state.ts";
import type { NodeInfo, NodeLoad, NodeReport, RegisteredNode } from "./registered-node.ts";

export interface RegistryListener {
  /** A node registered, reported, or changed its status. */
  changed(node: RegisteredNode): void;
  /** A node deregistered or was forgotten. */
  gone(nodeId: string): void;
}

export interface RegistryConfig {
  readonly warningPercent: number;
  readonly criticalPercent: number;
  readonly offlineAfterMs: number;
  /** How long an offline node stays in the lists; default `usualForgetAfterMs`. */
  readonly forgetAfterMs?: number;
  /** More are refused; default 2,000. */
  readonly maxNodes?: number;
}

type HeartbeatResult =
  | { readonly kind: "accepted"; readonly node: RegisteredNode }
  /** Older than one that came before it (out of order, or sent twice): its load is not taken over. */
  | { readonly kind: "stale"; readonly node: RegisteredNode }
  /** Never registered here, or forgotten: it should register. */
  | { readonly kind: "unknown" }
  /** Another process has registered under this node id since. */
  | { readonly kind: "superseded" };

export interface Registry {
  /** A second registration of the same node id replaces the first. Refused only when `maxNodes` nodes are there and none is offline. */
  register(info: NodeInfo, options?: { drainDeadlineMs?: number | undefined }): "registered" | "too_many_nodes";
  heartbeat(nodeId: string, report: NodeReport, order: { instance?: string | undefined; seq?: number | undefined }): HeartbeatResult;
  /** Asks a node to drain by a moment (Unix ms), or takes that back. Undefined when there is no such node. */
  setDraining(nodeId: string, deadlineMs: number | undefined): RegisteredNode | undefined;
  /** Others could not reach the node, nor did it answer a probe: suspect at once, until it is heard again. */
  probeFailed(nodeId: string): void;
  deregister(nodeId: string): boolean;
  get(nodeId: string): RegisteredNode | undefined;
  /** In order of registration; states are those of this moment, even where a timer is late. */
  list(): RegisteredNode[];
  readonly size: number;
  /** Nodes that take viewers. */
  readonly routableNodes: number;
  stop(): void;
}

interface Entry {
  info: NodeInfo;
  limits: NodeLimits;
  state: NodeState;
  load: NodeLoad;
  originStreams: number;
  drainDeadlineMs: number | undefined;
  seq: number;
  registeredAtMs: number;
  lastHeartbeatMs: number | undefined;
  silences: number;
}

/** As long as Prometheus is told of a node that went silent, so that its alerts fire. */
export const usualForgetAfterMs = 600_000;

const noLoad: NodeLoad = { connections: 0, cpu: 0, memory: 0, bandwidthMbps: undefined };

export function createRegistry(
  config: RegistryConfig,
  deps: { clock: Clock; logger: Logger; listener: RegistryListener; setTimer?: SetTimer },
): Registry {
  const { clock, logger, listener } = deps;
  const { maxNodes = 2_000, forgetAfterMs = usualForgetAfterMs } = config;
  const entries = new Map<string, Entry>();
  const routable = new Set<string>();
  const deadlines = createDeadlines(look, { clock, setTimer: deps.setTimer ?? systemTimer });

  function limitsFor(info: NodeInfo): NodeLimits {
    return { ...config, forgetAfterMs, suspectAfterMs: suspectAfterMs(info.heartbeatIntervalMs) };
  }

  function apply(entry: Entry, event: NodeEvent): void {
    const { state, effects } = step(entry.state, event, clock.monotonicMs(), entry.limits);
    entry.state = state;
    if (isRoutable(state)) routable.add(entry.info.nodeId);
    else routable.delete(entry.info.nodeId);
    for (const effect of effects) {
      if (effect.type === "forget") {
        remove(entry.info.nodeId, "forgotten");
        return;
      }
      const isAbsent = effect.to === "offline" || effect.to === "suspect";
      // A node that did not answer a probe is suspect too, but that is not its silence.
      if (isAbsent && event.type === "clock") entry.silences += 1;
      const level = isAbsent ? "warn" : "info";
      const { from, to } = effect;
      logger[level]({ peer: entry.info.nodeId, from, to, silentMs: Math.round(effect.silentMs) }, "node status changed");
    }
    deadlines.set(entry.info.nodeId, deadlineOf(entry.state, entry.limits));
    if (effects.length > 0 || event.type !== "clock") listener.changed(viewOf(entry));
  }

  /** Applies the passing of time where its deadline is over; false when the node was forgotten by it. */
  function bringUpToDate(entry: Entry): boolean {
    if (clock.monotonicMs() >= deadlineOf(entry.state, entry.limits)) apply(entry, { type: "clock" });
    return entries.has(entry.info.nodeId);
  }

  function look(nodeId: string): void {
    const entry = entries.get(nodeId);
    if (entry) apply(entry, { type: "clock" });
  }

  function remove(nodeId: string, why: string): void {
    entries.delete(nodeId);
    routable.delete(nodeId);
    deadlines.delete(nodeId);
    logger.info({ peer: nodeId, why }, "node left");
    listener.gone(nodeId);
  }

  function makeRoom(): boolean {
    if (entries.size < maxNodes) return true;
    const silent = [...entries.values()].filter((entry) => entry.state.liveness === "offline");
    const longest = silent.toSorted((a, b) => a.state.heardAtMs - b.state.heardAtMs)[0];
    if (longest) remove(longest.info.nodeId, "forgotten to make room");
    return longest !== undefined;
  }

  function current(nodeId: string): Entry | undefined {
    const entry = entries.get(nodeId);
    return entry && bringUpToDate(entry) ? entry : undefined;
  }

  return {
    register(info, { drainDeadlineMs } = {}) {
      const known = current(info.nodeId);
      if (!known && !makeRoom()) return "too_many_nodes";
      if (known && known.info.instance === info.instance && known.state.liveness === "alive") {
        // The same process asks again (it lost an answer, or changed its address): what it reported still holds.
        known.info = info;
        known.limits = limitsFor(info);
        known.seq = -1;
        deadlines.delete(info.nodeId);
        apply(known, { type: "heartbeat", loadPercent: loadPercent(known), idle: false, leaving: false });
        return "registered";
      }
      const deadline = known ? known.drainDeadlineMs : drainDeadlineMs;
      const entry: Entry = {
        info,
        limits: limitsFor(info),
        state: registeredNode(clock.monotonicMs(), deadline !== undefined),
        load: noLoad,
        originStreams: 0,
        drainDeadlineMs: deadline,
        seq: -1,
        registeredAtMs: clock.wallMs(),
        lastHeartbeatMs: undefined,
        silences: known?.silences ?? 0,
      };
      entries.set(info.nodeId, entry);
      deadlines.delete(info.nodeId);
      logger.info({ peer: info.nodeId, name: info.nodeName, host: info.host, replaces: known !== undefined }, "node joined");
      apply(entry, { type: "registered" });
      return "registered";
    },

    heartbeat(nodeId, { originStreams, leaving, ...load }, { instance, seq }) {
      const entry = current(nodeId);
      if (!entry) return { kind: "unknown" };
      if (instance !== undefined && instance !== entry.info.instance) return { kind: "superseded" };
      const order = seq ?? entry.seq + 1;
      if (order <= entry.seq) return { kind: "stale", node: viewOf(entry) };
      entry.seq = order;
      entry.load = load;
      entry.originStreams = originStreams;
      entry.lastHeartbeatMs = clock.wallMs();
      const idle = load.connections === 0 && originStreams === 0;
      apply(entry, { type: "heartbeat", loadPercent: loadPercent(entry), idle, leaving });
      return { kind: "accepted", node: viewOf(entry) };
    },

    setDraining(nodeId, deadlineMs) {
      const entry = current(nodeId);
      if (!entry) return undefined;
      entry.drainDeadlineMs = deadlineMs;
      apply(entry, { type: "drain", draining: deadlineMs !== undefined });
      return viewOf(entry);
    },

    probeFailed(nodeId) {
      const entry = current(nodeId);
      if (entry) apply(entry, { type: "probe_failed" });
    },

    deregister(nodeId) {
      if (!entries.has(nodeId)) return false;
      remove(nodeId, "deregistered");
      return true;
    },

    get(nodeId) {
      const entry = current(nodeId);
      return entry && viewOf(entry);
    },

    list() {
      return [...entries.values()].filter(bringUpToDate).map(viewOf);
    },

    get size() {
      return entries.size;
    },

    get routableNodes() {
      return routable.size;
    },

    stop() {
      deadlines.clear();
    },
  };
}

function loadPercent(entry: Entry): number {
  return (entry.load.connections * 100) / entry.info.maxConnections;
}

function viewOf(entry: Entry): RegisteredNode {
  const { info, load, originStreams, drainDeadlineMs, state, limits, registeredAtMs, lastHeartbeatMs, silences } = entry;
  return {
    info,
    load,
    originStreams,
    drainDeadlineMs,
    status: statusOf(state),
    liveness: state.liveness,
    draining: isDraining(state),
    leaving: state.leaving,
    unreachable: state.unreachable,
    routableUntilMs: isRoutable(state) ? deadlineOf(state, limits) : Number.NEGATIVE_INFINITY,
    registeredAtMs,
    lastHeartbeatMs,
    heardAtMs: state.heardAtMs,
    silences,
  };
}
