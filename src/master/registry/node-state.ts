// What the master believes of one node, as a pure machine: events and the time go in, a state and its changes
// come out. Knows neither timers nor sockets, nor how many other nodes there are.

/** What users see. `registering` is a node that registered and has not reported yet. */
export type NodeStatus = "registering" | "healthy" | "warning" | "critical" | "draining" | "drained" | "suspect" | "offline";

export type LoadLevel = "healthy" | "warning" | "critical";
export type Liveness = "registering" | "alive" | "suspect" | "offline";

export interface NodeState {
  readonly liveness: Liveness;
  readonly level: LoadLevel;
  /** The operator's wish. */
  readonly draining: boolean;
  /** It said that it is about to stop: as if it were drained, until it goes or registers again. */
  readonly leaving: boolean;
  /** The wish was taken back, and it has not asked since: it still sends new viewers away. */
  readonly recalled: boolean;
  /** Its last heartbeat since it was asked to drain named neither viewers nor streams of which it is the origin. */
  readonly emptied: boolean;
  /** It did not answer a probe since it was last heard. */
  readonly unreachable: boolean;
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
  /** `idle`: no viewers, and the origin of nothing. */
  | { readonly type: "heartbeat"; readonly loadPercent: number; readonly idle: boolean; readonly leaving: boolean }
  | { readonly type: "registered" }
  | { readonly type: "drain"; readonly draining: boolean }
  /** Others could not reach it, and it did not answer when it was asked. */
  | { readonly type: "probe_failed" }
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

/** A node that has just registered. @param now monotonic ms, as everywhere here. */
export function registeredNode(now: number, draining: boolean): NodeState {
  return {
    liveness: "registering",
    level: "healthy",
    draining,
    leaving: false,
    recalled: false,
    emptied: false,
    unreachable: false,
    heardAtMs: now,
  };
}

/** Worst first: silence hides everything else, then the operator's wish, then the load. */
export function statusOf(state: NodeState): NodeStatus {
  if (state.liveness === "offline" || state.liveness === "suspect") return state.liveness;
  if (isDraining(state)) return state.emptied ? "drained" : "draining";
  return state.liveness === "registering" ? "registering" : state.level;
}

/** By the operator's wish, or because it is about to stop. */
export function isDraining(state: NodeState): boolean {
  return state.draining || state.leaving;
}

/** May new viewers be sent there? Only to one that has reported, is heard, and knows that it is not asked to drain. */
export function isRoutable(state: NodeState): boolean {
  return state.liveness === "alive" && !isDraining(state) && !state.recalled;
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

/** The state after an event, and what is to be told of it. */
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
      return registeredNode(now, state.draining);
    case "heartbeat":
      return {
        ...state,
        liveness: "alive",
        level: levelOf(state.level, event.loadPercent, limits),
        leaving: event.leaving,
        // The answer to this heartbeat tells it.
        recalled: false,
        emptied: (state.draining || event.leaving) && event.idle,
        unreachable: false,
        heardAtMs: now,
      };
    case "drain":
      return { ...state, draining: event.draining, recalled: !event.draining && (state.draining || state.recalled), emptied: false };
    case "probe_failed":
      // Silence alone decides when it is offline: exactly as long after the last heartbeat as ever.
      return { ...state, unreachable: true, liveness: state.liveness === "offline" ? "offline" : "suspect" };
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
