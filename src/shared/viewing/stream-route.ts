// Where the requests of one player go: maps hls.js's URLs to the present node, and moves to another when it must.
// Runs the effects of failover-state.ts; knows nothing of hls.js.
import type { JoinRequest, TokenClient } from "./token-client.ts";
import { excludedNodes, initialFailover, stepFailover, type FailoverEffect, type FailoverEvent } from "./failover-state.ts";
import type { TokenGrant, TokenRefusal } from "./token-grant.ts";
import { createTokenSession } from "./token-session.ts";
import { baseOf, urlAtNode } from "./virtual-url.ts";

/** Where a request was sent, and under which token. */
export type SentTo = Pick<TokenGrant, "nodeId" | "token">;

/** A request under way. */
export interface Transfer {
  readonly kind: "playlist" | "media";
  /** Where it was sent; undefined while it waits to be repeated. */
  nodeId(): string | undefined;
  /** Its node has failed: send it again, to the present one. */
  again(): void;
}

export interface StreamRoute {
  grant(): TokenGrant;
  /** The multivariant playlist by its virtual name, which never changes. */
  readonly virtualUrl: string;
  resolve(virtualUrl: string): { readonly url: string; readonly sentTo: SentTo };
  /** The same at the node of another grant. */
  resolveAt(virtualUrl: string, grant: TokenGrant): string;
  /** Virtual URL of the media playlist that was loaded last. */
  playlistUrl(): string | undefined;
  /** A request begins; returns what ends it. */
  enter(transfer: Transfer): () => void;
  readonly transfers: number;
  /** Media is on its way. */
  readonly loadsMedia: boolean;
  /** `advised`: the node asks its viewer to leave. */
  answered(nodeId: string, kind: "playlist" | "media", virtualUrl: string, advised: boolean): void;
  lastAnswerMs(): number;
  lastMediaMs(): number | undefined;
  /** For a request without a good answer; status 0 for none. Resolves true when to repeat it, false when all is over. */
  failed(sentTo: SentTo, status: number): Promise<boolean>;
  /** The node is there and silent, or hangs. */
  stalled(nodeId: string): void;
  /** A token for another node, to look whether that one has more; see `adopt`. */
  candidate(): Promise<TokenGrant | undefined>;
  adopt(grant: TokenGrant): void;
  /** Asks the master where to watch now, excluding nobody but who failed. */
  ask(): Promise<void>;
  readonly moves: number;
  /** There is a network (again): what waits for it is tried at once. */
  reconnected(): void;
  /** The device has slept: requests of before are lost, and the token may be old. */
  woke(): void;
  stop(): void;
}

export interface StreamRouteDeps {
  readonly client: TokenClient;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly random: () => number;
  readonly schedule: (work: () => void, delayMs: number) => () => void;
}

export interface StreamRouteEvents {
  /** The present node does not serve; 0 for no answer. */
  trouble(status: number): void;
  moved(): void;
  refused(refusal: TokenRefusal): void;
}

export function createStreamRoute(join: JoinRequest, first: TokenGrant, deps: StreamRouteDeps, events: StreamRouteEvents): StreamRoute {
  const { monotonicMs, random, schedule } = deps;
  const virtualBase = baseOf(first.hlsUrl);
  const transfers = new Set<Transfer>();
  let waiting: ((repeat: boolean) => void)[] = [];
  let state = initialFailover(first.nodeId, monotonicMs());
  let cancelRetry = (): void => undefined;
  let [moves, stopped] = [0, false];
  let answerMs = monotonicMs();
  let mediaMs: number | undefined;
  let playlistUrl: string | undefined;

  const session = createTokenSession(join, first, deps, {
    granted: ({ nodeId }) => step({ type: "granted", nodeId }),
    refused(refusal) {
      finish();
      events.refused(refusal);
    },
  });

  function step(event: FailoverEvent): void {
    if (stopped) return;
    const next = stepFailover(state, event, monotonicMs(), random());
    state = next.state;
    for (const effect of next.effects) run(effect);
  }

  function run(effect: FailoverEffect): void {
    switch (effect.type) {
      case "ask_master":
        void askMaster(effect.exclude);
        return;
      case "switch":
        moves += 1;
        answerMs = monotonicMs();
        release(true);
        if (effect.abandon) for (const transfer of transfers) if (transfer.nodeId() === effect.from) transfer.again();
        events.moved();
        return;
      case "repeat":
        release(true);
        return;
      case "retry_in":
        cancelRetry();
        cancelRetry = schedule(() => step({ type: "retry_due" }), effect.ms);
    }
  }

  async function askMaster(exclude: readonly string[]): Promise<void> {
    const outcome = await session.move(exclude);
    if (outcome === "granted") step({ type: "granted", nodeId: session.grant().nodeId });
    else if (outcome !== "refused") step({ type: outcome });
  }

  function release(repeat: boolean): void {
    const released = waiting;
    waiting = [];
    for (const resolve of released) resolve(repeat);
  }

  function reconnected(): void {
    cancelRetry();
    // Nothing could come meanwhile: neither the node nor the teacher is silent yet.
    answerMs = monotonicMs();
    if (mediaMs !== undefined) mediaMs = answerMs;
    step({ type: "reconnected" });
  }

  function finish(): void {
    stopped = true;
    cancelRetry();
    session.stop();
    release(false);
  }

  return {
    grant: () => session.grant(),
    virtualUrl: first.hlsUrl,
    resolve(virtualUrl) {
      const grant = session.grant();
      return { url: urlAtNode(virtualUrl, virtualBase, grant) ?? virtualUrl, sentTo: grant };
    },
    resolveAt: (virtualUrl, grant) => urlAtNode(virtualUrl, virtualBase, grant) ?? virtualUrl,
    playlistUrl: () => playlistUrl,
    enter(transfer) {
      transfers.add(transfer);
      return () => void transfers.delete(transfer);
    },
    get transfers() {
      return transfers.size;
    },
    get loadsMedia() {
      return [...transfers].some(({ kind }) => kind === "media");
    },
    answered(nodeId, kind, virtualUrl, advised) {
      answerMs = monotonicMs();
      if (kind === "playlist" && virtualUrl !== first.hlsUrl) playlistUrl = virtualUrl;
      if (kind === "media") {
        mediaMs = answerMs;
        step({ type: "progressed", nodeId });
      }
      if (advised) step({ type: "advised", nodeId });
    },
    lastAnswerMs: () => answerMs,
    lastMediaMs: () => mediaMs,
    failed({ nodeId, token }, status) {
      if (stopped) return Promise.resolve(false);
      const refused = status === 401 || status === 403;
      // The request was sent before the move, or with the token before: that it failed does not matter any more.
      if (nodeId !== state.nodeId || (refused && token !== session.grant().token)) return Promise.resolve(true);
      const repeat = new Promise<boolean>((resolve) => waiting.push(resolve));
      events.trouble(status);
      step(refused ? { type: "refused", nodeId } : { type: "request_failed", nodeId, status });
      return repeat;
    },
    stalled(nodeId) {
      if (nodeId === state.nodeId) events.trouble(0);
      step({ type: "stalled", nodeId });
    },
    candidate: () => session.candidate([...new Set([...excludedNodes(state, monotonicMs()), state.nodeId])]),
    adopt: (grant) => session.adopt(grant),
    ask: async () => void (await session.move(excludedNodes(state, monotonicMs()))),
    get moves() {
      return moves;
    },
    reconnected,
    woke() {
      if (stopped) return;
      session.woke();
      reconnected();
      for (const transfer of transfers) if (transfer.nodeId() !== undefined) transfer.again();
    },
    stop: finish,
  };
}
