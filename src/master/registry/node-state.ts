// What the master believes of one node, as a pure machine: events and the time go in, a state and its changes
// come out. Knows neither timers nor sockets, nor how many other nodes there are.

/** What users see. `registering` is a node that registered and has not reported yet. */
export type NodeStatus = "registering" | "healthy" | "warning" | "critical" | "draining" | "suspect" | "offline";

export type LoadLevel = "healthy" | "warning" | "critical";
type Liveness = "registering" | "alive" | "suspect" | "offline";

export interface NodeState {
  readonly liveness: Liveness;
  readonly level: LoadLevel;
  readonly draining: boolean;
  /** Monotonic ms of the last registration or heartbeat. */
  readonly heardAtMs: number;
}

export interface NodeLimits {
  /** Percent of max_connections at which a node is `warning`, and `critical`. */
  readonly warningPercent: number;
  readonly criticalPercent: number;
  /** Silence after which a node is suspect: two heartbeats and a little for the way. */
  readonly suspectAfterMs: number;
  /** Silence after which a node is offline, exactly. */
  readonly offlineAfterMs: number;
  /** Silence after which nobody asks for the node any more. */
  readonly forgetAfterMs: number;
}

export type NodeEvent =
  | { readonly type: "heartbeat"; readonly loadPercent: number }
  | { readonly type: "registered" }
  | { readonly type: "drain"; readonly draining: boolean }
  /** Time has passed; nothing was heard. */
  | { readonly type: "clock" };

export type NodeEffect =
  | { readonly type: "changed"; readonly from: NodeStatus; readonly to: NodeStatus; readonly silentMs: number }
  | { readonly type: "forget" };

/** Points by which the load must fall below a threshold before its level is left again, so that a node at the border does not flap. */
const hysteresisPoints = 5;

/** Two missed heartbeats are suspect; the tolerance is for a network that delivers the next one a little late. */
export function suspectAfterMs(heartbeatIntervalMs: number): number {
  return 2 * heartbeatIntervalMs + Math.min(1_000, heartbeatIntervalMs / 10);
}

export function registeredNode(now: number, draining: boolean): NodeState {
  return { liveness: "registering", level: "healthy", draining, heardAtMs: now };
}

/** Worst first: silence hides everything else, then the operator's wish, then the load. */
export function statusOf(state: NodeState): NodeStatus {
  if (state.liveness === "offline" || state.liveness === "suspect") return state.liveness;
  if (state.draining) return "draining";
  return state.liveness === "registering" ? "registering" : state.level;
}

/** May new viewers be sent there? Only to one that has reported, is heard, and is not asked to drain. */
export function isRoutable(state: NodeState): boolean {
  return state.liveness === "alive" && !state.draining;
}

export function levelOf(previous: LoadLevel, loadPercent: number, limits: NodeLimits): LoadLevel {
  const criticalFrom = limits.criticalPercent - (previous === "critical" ? hysteresisPoints : 0);
  if (loadPercent >= criticalFrom) return "critical";
  const warningFrom = limits.warningPercent - (previous === "healthy" ? 0 : hysteresisPoints);
  return loadPercent >= warningFrom ? "warning" : "healthy";
}

/** Monotonic ms at which silence changes this state next. */
export function deadlineOf(state: NodeState, limits: NodeLimits): number {
  if (state.liveness === "offline") return state.heardAtMs + limits.forgetAfterMs;
  if (state.liveness === "suspect") return state.heardAtMs + limits.offlineAfterMs;
  return state.heardAtMs + Math.min(limits.suspectAfterMs, limits.offlineAfterMs);
}

export function step(state: NodeState, event: NodeEvent, now: number, limits: NodeLimits): { state: NodeState; effects: NodeEffect[] } {
  const next = nextState(state, event, now, limits);
  const effects: NodeEffect[] = [];
  const from = statusOf(state);
  const to = statusOf(next);
  if (from !== to) effects.push({ type: "changed", from, to, silentMs: now - state.heardAtMs });
  if (next.liveness === "offline" && now - next.heardAtMs >= limits.forgetAfterMs) effects.push({ type: "forget" });
  return { state: next, effects };
}

function nextState(state: NodeState, event: NodeEvent, now: number, limits: NodeLimits): NodeState {
  switch (event.type) {
    case "registered":
      return { ...state, liveness: "registering", level: "healthy", heardAtMs: now };
    case "heartbeat":
      return { ...state, liveness: "alive", level: levelOf(state.level, event.loadPercent, limits), heardAtMs: now };
    case "drain":
      return { ...state, draining: event.draining };
    case "clock":
      break;
  }
  return { ...state, liveness: livenessAfter(state, now - state.heardAtMs, limits) };
}

function livenessAfter(state: NodeState, silentMs: number, limits: NodeLimits): Liveness {
  if (silentMs >= limits.offlineAfterMs) return "offline";
  if (silentMs >= limits.suspectAfterMs) return "suspect";
  return state.liveness;
}
