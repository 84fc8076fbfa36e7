// Requests that cannot be answered yet: how many each caller may have, and that each is answered once and its place given
// back once, whatever comes first. Does not know what they wait for.
import type { ServerResponse } from "node:http";
import type { Waiter, WakeReason } from "../live/live-log.ts";

export interface BlockedRequest {
  readonly response: ServerResponse;
  /** Whose token it came with (jti); of a follower its node id. */
  readonly caller: string;
  readonly isFollower: boolean;
}

export interface BlockedRequests<Request extends BlockedRequest> {
  /**
   * Keeps a request until the log wakes it or `withinMs` are over (which is told as `waiting`, and since no time), unless its
   * connection ends. False, and nothing is kept, when its caller has too many.
   */
  block(
    request: Request,
    wait: (wake: Waiter) => () => void,
    withinMs: number,
    answer: (reason: WakeReason, sinceMs?: number) => void,
  ): boolean;
  /** The same for what is there when a promise has settled. */
  hold(request: Request, until: () => Promise<unknown>, answer: () => void): boolean;
}

/** A player has a playlist and a part or two per rendition blocked; pipelining, one viewer could take every place there is. */
const maxPerViewer = 32;
/** A follower has two for each rendition of each stream. */
const maxPerFollower = 1_024;

/** @param failed gets what an answer throws: it ends that request only. */
export function createBlockedRequests<Request extends BlockedRequest>(
  failed: (request: Request, error: unknown) => void,
): BlockedRequests<Request> {
  const byViewer = createCounter();
  const byFollower = createCounter();
  const isOpen = ({ response }: Request) => !response.destroyed && !response.writableEnded;

  function takePlace({ caller, isFollower }: Request): boolean {
    const counter = isFollower ? byFollower : byViewer;
    if (counter.of(caller) >= (isFollower ? maxPerFollower : maxPerViewer)) return false;
    counter.add(caller, 1);
    return true;
  }

  function leavePlace({ caller, isFollower }: Request): void {
    (isFollower ? byFollower : byViewer).add(caller, -1);
  }

  async function answerAfter(request: Request, until: () => Promise<unknown>, answer: () => void): Promise<void> {
    try {
      await until();
      if (isOpen(request)) answer();
    } catch (error) {
      failed(request, error);
    } finally {
      leavePlace(request);
    }
  }

  return {
    block(request, wait, withinMs, answer) {
      if (!takePlace(request)) return false;
      const { response } = request;
      const cancel = wait(wake);
      const deadline = setTimeout(() => wake("waiting"), withinMs);
      response.once("close", leave);

      /** Runs once, whichever comes first: the log, the deadline or the end of the connection. */
      function leave(): void {
        clearTimeout(deadline);
        response.off("close", leave);
        leavePlace(request);
        cancel();
      }

      function wake(reason: WakeReason, sinceMs?: number): void {
        leave();
        if (!isOpen(request)) return;
        try {
          answer(reason, sinceMs);
        } catch (error) {
          failed(request, error);
        }
      }
      return true;
    },
    hold(request, until, answer) {
      if (!takePlace(request)) return false;
      void answerAfter(request, until, answer);
      return true;
    },
  };
}

/** Counts by key; keys at 0 are forgotten. */
function createCounter(): { of(key: string): number; add(key: string, amount: number): void } {
  const counts = new Map<string, number>();
  return {
    of: (key) => counts.get(key) ?? 0,
    add(key, amount) {
      const count = (counts.get(key) ?? 0) + amount;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    },
  };
}
