// Keeps one viewer's token good for as long as the class lasts. Knows nothing of hls.js or the page.
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { mayForceRenewal, renewalDelayMs } from "./renewal-schedule.ts";
import type { JoinRequest, TokenClient } from "./token-client.ts";
import { isTemporary, type TokenGrant, type TokenRefusal } from "./token-grant.ts";
import { isSamePlaylist, withToken } from "./token-url.ts";

export interface TokenSessionDeps {
  readonly client: TokenClient;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  /** Runs `work` once after `delayMs`; returns what cancels it. */
  readonly schedule: (work: () => void, delayMs: number) => () => void;
}

export interface TokenSessionEvents {
  /** The new token is good on another node: the player has to load `grant.hlsUrl`. */
  moved(grant: TokenGrant): void;
  /** The viewer may not watch any more, and trying again will not help. */
  refused(refusal: TokenRefusal): void;
}

export interface TokenSession {
  grant(): TokenGrant;
  /** Any media URL of the stream, with the current token. */
  authorise(url: string): string;
  /** For a media request that got 401 or 403 with `refusedUrl`: resolves true when it is worth repeating. */
  renewAfterRefusal(refusedUrl: string): Promise<boolean>;
  /** Asks the master where to watch now, for a player whose node does not answer. Resolves false when it cannot say. */
  rejoin(): Promise<boolean>;
  stop(): void;
}

export function createTokenSession(join: JoinRequest, first: TokenGrant, deps: TokenSessionDeps, events: TokenSessionEvents): TokenSession {
  const backoff = createBackoff({ minMs: 1_000, maxMs: 15_000, random: deps.random });
  let grant = first;
  let grantedAtMs = deps.monotonicMs();
  let cancel: () => void = () => undefined;
  let renewing: Promise<boolean> | undefined;
  let stopped = false;

  function plan(delayMs: number): void {
    cancel();
    if (!stopped) cancel = deps.schedule(() => void renew(), delayMs);
  }

  /** One renewal at a time, however many requests were refused. */
  function renew(): Promise<boolean> {
    renewing ??= ask().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  async function ask(): Promise<boolean> {
    let answer = await deps.client.refresh(grant.token);
    // An expired token cannot be renewed (the device slept), but who joined once may join again.
    if (!answer.granted && !isTemporary(answer.refusal)) answer = await deps.client.join(join);
    if (stopped) return false;
    if (answer.granted) {
      accept(answer.grant);
      return true;
    }
    if (isTemporary(answer.refusal)) {
      const waitMs = backoff.next();
      plan(answer.refusal.retryAfterS === undefined ? waitMs : answer.refusal.retryAfterS * 1000 + waitMs / 2);
    } else events.refused(answer.refusal);
    return false;
  }

  function accept(next: TokenGrant): void {
    const moved = !isSamePlaylist(grant.hlsUrl, next.hlsUrl);
    grant = next;
    grantedAtMs = deps.monotonicMs();
    backoff.reset();
    plan(renewalDelayMs(grant.expiresInS, deps.random()));
    if (moved) events.moved(grant);
  }

  plan(renewalDelayMs(grant.expiresInS, deps.random()));
  return {
    grant: () => grant,
    authorise: (url) => withToken(url, grant.token),
    async renewAfterRefusal(refusedUrl) {
      // Another request has brought a new token in the meantime.
      if (withToken(refusedUrl, grant.token) !== refusedUrl) return true;
      return mayForceRenewal(grantedAtMs, deps.monotonicMs()) ? renew() : false;
    },
    rejoin: () => renew(),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
