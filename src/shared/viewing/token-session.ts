// Keeps one viewer's token good for as long as the class lasts, and gets it for other nodes when it is told to.
// Decides neither when to move nor whom to exclude; knows nothing of hls.js or the page.
import { createBackoff } from "../kernel/backoff.ts";
import { renewalDelayMs } from "./renewal-schedule.ts";
import type { JoinRequest, TokenClient } from "./token-client.ts";
import { isDismissal, isTemporary, type TokenAnswer, type TokenGrant, type TokenRefusal } from "./token-grant.ts";

export interface TokenSessionDeps {
  readonly client: TokenClient;
  readonly random: () => number;
  readonly wallMs: () => number;
  /** Runs `work` once after `delayMs`; returns what cancels it. */
  readonly schedule: (work: () => void, delayMs: number) => () => void;
}

export interface TokenSessionEvents {
  /** There is a new token, perhaps for another node. */
  granted(grant: TokenGrant): void;
  /** The viewer may not watch (any more), or stands in the line of a full cluster again; nothing more is asked from here. */
  refused(refusal: TokenRefusal): void;
}

export type MoveOutcome = "granted" | "no_node" | "master_unreachable" | "refused";

export interface TokenSession {
  grant(): TokenGrant;
  /** Asks the master where to watch now; resolves after `granted` or `refused` were told. */
  move(exclude: readonly string[]): Promise<MoveOutcome>;
  /** A token for a node other than these, not taken over; undefined when the master has none. It ends by itself, unused. */
  candidate(exclude: readonly string[]): Promise<TokenGrant | undefined>;
  /** Takes a candidate over. */
  adopt(grant: TokenGrant): void;
  /** The device may have slept, and timers with it: a renewal that is due by the clock on the wall is done now. */
  woke(): void;
  stop(): void;
}

export function createTokenSession(join: JoinRequest, first: TokenGrant, deps: TokenSessionDeps, events: TokenSessionEvents): TokenSession {
  const backoff = createBackoff({ minMs: 1_000, maxMs: 15_000, random: deps.random });
  let grant = first;
  let cancel: () => void = () => undefined;
  let asking: Promise<MoveOutcome> | undefined;
  let [stopped, isPlanned] = [false, false];
  let plannedDelayMs = 0;
  let plannedWallMs = 0;

  function plan(delayMs: number): void {
    cancel();
    if (stopped) return;
    isPlanned = true;
    plannedDelayMs = delayMs;
    plannedWallMs = deps.wallMs() + delayMs;
    cancel = deps.schedule(() => {
      isPlanned = false;
      void move([]);
    }, delayMs);
  }

  /** One question at a time; one with other exclusions follows only when the first has brought an excluded node. */
  async function move(exclude: readonly string[]): Promise<MoveOutcome> {
    if (asking !== undefined) {
      const outcome = await asking;
      if (outcome !== "granted" || !exclude.includes(grant.nodeId)) return outcome;
    }
    asking ??= ask(exclude).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function ask(exclude: readonly string[]): Promise<MoveOutcome> {
    let answer: TokenAnswer = await deps.client.refresh(grant.token, exclude);
    // An expired token cannot be renewed (the device slept), but who joined once may join again; not so who was sent away.
    const rejoins = !answer.granted && !isTemporary(answer.refusal.reason) && !isDismissal(answer.refusal.reason);
    if (rejoins) answer = await deps.client.join({ ...join, exclude });
    if (stopped) return "refused";
    if (answer.granted) {
      adopt(answer.grant);
      return "granted";
    }
    const { refusal } = answer;
    // Whose place is gone waits for another one in the line, where the page can say so.
    if (!isTemporary(refusal.reason) || (rejoins && refusal.reason === "full")) {
      events.refused(refusal);
      return "refused";
    }
    // Who wanted to move tries again by itself; here only the renewal must not be lost.
    const waitMs = backoff.next();
    if (!isPlanned) plan(refusal.retryAfterS === undefined ? waitMs : refusal.retryAfterS * 1000 + waitMs / 2);
    return refusal.reason === "no_node" ? "no_node" : "master_unreachable";
  }

  function adopt(next: TokenGrant): void {
    grant = next;
    backoff.reset();
    plan(renewalDelayMs(grant.expiresInS, deps.random()));
    events.granted(grant);
  }

  plan(renewalDelayMs(grant.expiresInS, deps.random()));
  return {
    grant: () => grant,
    move,
    async candidate(exclude) {
      const answer = await deps.client.join({ ...join, exclude });
      return answer.granted && !exclude.includes(answer.grant.nodeId) ? answer.grant : undefined;
    },
    adopt(next) {
      if (!stopped) adopt(next);
    },
    woke() {
      if (stopped || !isPlanned) return;
      const leftMs = plannedWallMs - deps.wallMs();
      if (leftMs <= 0) {
        cancel();
        isPlanned = false;
        void move([]);
      } else plan(Math.min(leftMs, plannedDelayMs));
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
