// Where one teacher's stream goes, as a pure state machine: to which slave it is connected, and what follows when that
// slave fails, refuses or is drained. Knows neither sockets nor media; its owner (relay.ts) runs the effects.

/** Number of a connection to a slave, never used twice within a relay. */
export type LinkId = number;

interface Attempt {
  readonly link: LinkId;
  readonly nodeId: string;
}

export type RelayState =
  /** No slave takes it; what comes is buffered. */
  | { readonly kind: "waiting_for_node"; readonly sinceMs: number; readonly tries: number; readonly notBeforeMs: number }
  /** The first connection of this publisher; or one after all have failed. */
  | { readonly kind: "connecting"; readonly sinceMs: number; readonly tries: number; readonly to: Attempt }
  | { readonly kind: "relaying"; readonly on: Attempt }
  /** The slave failed; the next one is being connected to. */
  | { readonly kind: "switching"; readonly sinceMs: number; readonly tries: number; readonly to: Attempt; readonly from: string }
  /** The slave is drained: it carries on until the next one is ready and a keyframe comes. */
  | { readonly kind: "handing_over"; readonly on: Attempt; readonly to: Attempt; readonly ready: boolean }
  | { readonly kind: "ended"; readonly why: RelayEnd };

export type RelayEnd = "publisher_left" | "no_node" | "superseded" | "not_allowed" | "replaced" | "stopped";

export type RelayEvent =
  /** Time has passed, or the view is new. */
  | { readonly kind: "tick" }
  | { readonly kind: "accepted"; readonly link: LinkId }
  /** `staleEpoch`: the slave is well, and refused because it knows of a higher epoch. */
  | { readonly kind: "link_ended"; readonly link: LinkId; readonly staleEpoch: boolean }
  /** The next frame can be the first of another origin. */
  | { readonly kind: "switch_point" }
  | { readonly kind: "end"; readonly why: RelayEnd };

export type RelayEffect =
  /** @param handoverFrom the slave whose last media the new one is to wait for. */
  | { readonly kind: "connect"; readonly link: LinkId; readonly nodeId: string; readonly handoverFrom: string | undefined }
  /** Metadata, sequence headers, and the buffered frames; live frames follow on this link. */
  | { readonly kind: "replay"; readonly link: LinkId }
  /** Metadata and sequence headers only: the frame of the switch point is its first. */
  | { readonly kind: "prime"; readonly link: LinkId }
  /** Unpublish and close. */
  | { readonly kind: "finish"; readonly link: LinkId }
  /** Close at once. */
  | { readonly kind: "drop"; readonly link: LinkId }
  /** The slave is not to be chosen for a while. */
  | { readonly kind: "failed"; readonly nodeId: string }
  /** What is known of the cluster is too old. */
  | { readonly kind: "refresh" }
  /** A slave that carried the stream is gone, and another one is looked for. */
  | { readonly kind: "failover" }
  | { readonly kind: "disconnect_publisher"; readonly why: RelayEnd };

/** What the machine may ask about the cluster as it is known now. Pure. */
export interface RelayFacts {
  readonly nowMs: number;
  /** The best slave; `failedRecently` when there are only such that failed. @param justFailed counts among them. */
  choose(justFailed: string | undefined): { readonly nodeId: string; readonly failedRecently: boolean } | undefined;
  /** Where a drained slave's stream can go without a gap. */
  chooseReplica(except: string): { readonly nodeId: string } | undefined;
  isDraining(nodeId: string): boolean;
  /** Another origin of the stream has won over this one. */
  isSuperseded(): boolean;
}

export interface RelayStep {
  readonly state: RelayState;
  readonly effects: readonly RelayEffect[];
}

/** Between tries while there are only slaves that failed: 100 ms, doubled to 2 s, since a class waits. */
const minRetryMs = 100;
const maxRetryMs = 2_000;

/** Another gateway may raise the epoch at the same time; a slave that always knows better than its master is of no use. */
const maxStaleTries = 3;

/** A publisher was let in. @param nowMs monotonic, as all times here. */
export function initialRelayState(nowMs: number): RelayState {
  return { kind: "waiting_for_node", sinceMs: nowMs, tries: 0, notBeforeMs: nowMs };
}

export interface RelayOptions {
  /** Number for a connection that this step may open. */
  readonly nextLink: LinkId;
  /** PUBLISH_WAIT. */
  readonly publishWaitMs: number;
}

interface Context extends RelayOptions {
  readonly facts: RelayFacts;
}

type In<Kind extends RelayState["kind"]> = Extract<RelayState, { kind: Kind }>;

/** What follows from an event, as the cluster is known now. Harmless for what is over: events of links that were left, or of an ended relay. */
export function stepRelay(state: RelayState, event: RelayEvent, facts: RelayFacts, options: RelayOptions): RelayStep {
  if (state.kind === "ended") return stay(state);
  if (event.kind === "end") return end(state, event.why);
  const context = { facts, ...options };
  switch (state.kind) {
    case "waiting_for_node":
      return event.kind === "tick" ? connectOrWait(state, context) : stay(state);
    case "connecting":
    case "switching":
      return stepAsking(state, event, context);
    case "relaying":
      return stepRelaying(state, event, context);
    case "handing_over":
      return stepHandingOver(state, event, context);
  }
}

function stay(state: RelayState): RelayStep {
  return { state, effects: [] };
}

function stepAsking(state: In<"connecting" | "switching">, event: RelayEvent, context: Context): RelayStep {
  const { to, sinceMs, tries } = state;
  if (event.kind === "accepted" && event.link === to.link) {
    return { state: { kind: "relaying", on: to }, effects: [{ kind: "replay", link: to.link }] };
  }
  if (event.kind !== "link_ended" || event.link !== to.link) return stay(state);
  // A slave that knows of a higher epoch is well: it is asked again, as a still higher one, with what the master knows.
  const isWell = event.staleEpoch && tries < maxStaleTries;
  const from = state.kind === "switching" ? state.from : undefined;
  const lost = { justFailed: isWell ? undefined : to.nodeId, from, sinceMs, tries: tries + 1 };
  return seek(lost, [isWell ? { kind: "refresh" } : { kind: "failed", nodeId: to.nodeId }], context);
}

function stepRelaying(state: In<"relaying">, event: RelayEvent, context: Context): RelayStep {
  const { on } = state;
  const { facts, nextLink } = context;
  if (event.kind === "link_ended" && event.link === on.link) {
    const lost = { justFailed: on.nodeId, from: on.nodeId, sinceMs: facts.nowMs, tries: 0 };
    return seek(lost, lossOf(on), context);
  }
  if (event.kind !== "tick" || !facts.isDraining(on.nodeId)) return stay(state);
  const replica = facts.chooseReplica(on.nodeId);
  if (!replica) return stay(state);
  const to = { link: nextLink, nodeId: replica.nodeId };
  return {
    state: { kind: "handing_over", on, to, ready: false },
    effects: [{ kind: "connect", ...to, handoverFrom: on.nodeId }],
  };
}

function stepHandingOver(state: In<"handing_over">, event: RelayEvent, { facts }: Context): RelayStep {
  const { on, to, ready } = state;
  switch (event.kind) {
    case "accepted":
      return event.link === to.link ? stay({ ...state, ready: true }) : stay(state);
    case "switch_point":
      if (!ready) return stay(state);
      return {
        state: { kind: "relaying", on: to },
        effects: [
          { kind: "finish", link: on.link },
          { kind: "prime", link: to.link },
        ],
      };
    case "link_ended":
      if (event.link === to.link) {
        // The old one still carries it: the next tick looks for another.
        return { state: { kind: "relaying", on }, effects: [{ kind: "failed", nodeId: to.nodeId }] };
      }
      if (event.link !== on.link) return stay(state);
      if (!ready) {
        return { state: { kind: "switching", sinceMs: facts.nowMs, tries: 0, to, from: on.nodeId }, effects: lossOf(on) };
      }
      return { state: { kind: "relaying", on: to }, effects: [...lossOf(on), { kind: "replay", link: to.link }] };
    case "tick":
    case "end":
      return stay(state);
  }
}

/** A slave that carried the stream is gone. */
function lossOf({ nodeId }: Attempt): readonly RelayEffect[] {
  return [{ kind: "failed", nodeId }, { kind: "failover" }];
}

interface Lost {
  readonly justFailed: string | undefined;
  /** The slave that carried the stream, where one did. */
  readonly from: string | undefined;
  readonly sinceMs: number;
  readonly tries: number;
}

function seek(lost: Lost, before: readonly RelayEffect[], context: Context): RelayStep {
  const { facts } = context;
  const { sinceMs, tries } = lost;
  // The first retry is at once; then who has just failed is asked again, but not at once.
  const delayMs = tries === 0 ? 0 : Math.min(maxRetryMs, minRetryMs * 2 ** (tries - 1));
  const waiting = { kind: "waiting_for_node", sinceMs, tries, notBeforeMs: facts.nowMs + delayMs } as const;
  if (facts.isSuperseded()) return end(waiting, "superseded", before);
  return connectOrWait(waiting, context, lost, before);
}

/** To the best slave that has not failed, or, when it is time for another try, to one that has. */
function connectOrWait(
  waiting: In<"waiting_for_node">,
  context: Context,
  lost: Partial<Lost> = {},
  before: readonly RelayEffect[] = [],
): RelayStep {
  const { justFailed, from } = lost;
  const { facts, nextLink, publishWaitMs } = context;
  const { sinceMs, tries } = waiting;
  const best = facts.choose(justFailed);
  if (best && (!best.failedRecently || facts.nowMs >= waiting.notBeforeMs)) {
    if (facts.isSuperseded()) return end(waiting, "superseded", before);
    const to = { link: nextLink, nodeId: best.nodeId };
    return {
      state: from === undefined ? { kind: "connecting", sinceMs, tries, to } : { kind: "switching", sinceMs, tries, to, from },
      effects: [...before, { kind: "connect", ...to, handoverFrom: undefined }],
    };
  }
  return facts.nowMs - sinceMs >= publishWaitMs ? end(waiting, "no_node", before) : { state: waiting, effects: before };
}

/** The connection on which live frames go. */
export function carrierOf(state: RelayState): { readonly link: LinkId; readonly nodeId: string } | undefined {
  return state.kind === "relaying" || state.kind === "handing_over" ? state.on : undefined;
}

function end(state: RelayState, why: RelayEnd, before: readonly RelayEffect[] = []): RelayStep {
  const effects: RelayEffect[] = [...before];
  // A stream that ended well is unpublished; one that belongs to somebody else now is just left.
  const kind = why === "superseded" ? "drop" : "finish";
  if (state.kind === "relaying" || state.kind === "handing_over") effects.push({ kind, link: state.on.link });
  if (state.kind === "connecting" || state.kind === "switching" || state.kind === "handing_over")
    effects.push({ kind: "drop", link: state.to.link });
  if (why !== "publisher_left") effects.push({ kind: "disconnect_publisher", why });
  return { state: { kind: "ended", why }, effects };
}
