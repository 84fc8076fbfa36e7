// The line before a full cluster: who waits for a seat, in which order, and who has given up. Pure but for the random names of
// tickets: time is an argument (monotonic ms). Knows neither nodes nor seats, only how many there are.

/** Somebody who asks for a seat. */
export interface LineCaller {
  /** Bounds what one address can take of the line. */
  readonly sender: string;
  /** What was given out for the place before; a wrong one is worth nothing. */
  readonly ticket?: string | undefined;
  /** Of a viewer who was let in before and lost his node: its token's jti. Stands before all who have not been in. */
  readonly movesFrom?: string | undefined;
  /** Has a seat, and looks whether there is a better one: gets no place, and nothing that others wait for. */
  readonly onlyLooks?: boolean | undefined;
}

/** Free seats: those that would do for the caller, and all there are. */
export interface Room {
  readonly own: number;
  readonly any: number;
}

export interface LinePlace {
  /** 1 is next. */
  readonly position: number;
  readonly ticket: string;
}

export interface WaitingLine {
  /** Whether a free seat is left for the caller once all who stand before him have theirs. */
  isTurn(caller: LineCaller, room: Room, nowMs: number): boolean;
  /** Keeps the caller's place, or gives him one at the end; undefined when he only looks, the line is full, or his sender has too many in it. */
  wait(caller: LineCaller, room: Room, nowMs: number): LinePlace | undefined;
  /** He has got his seat. */
  leave(caller: LineCaller): void;
  size(nowMs: number): number;
}

export interface WaitingLineOptions {
  readonly newTicket: () => string;
  /** Whoever does not ask again within this has given up. */
  readonly abandonedAfterMs?: number;
  readonly maxWaiting?: number;
  readonly maxPerSender?: number;
}

interface Waiting {
  readonly ticket: string;
  readonly sender: string;
  readonly movesFrom: string | undefined;
  lastAskedMs: number;
  /** There were free seats, but none that would do for him: others need not wait for that. */
  stuck: boolean;
}

/** Several times what he is told to wait; a phone in a pocket loses its place. */
const defaultAbandonedAfterMs = 20_000;
/** More than a school has students without a seat. A poll costs a search for the place in it. */
const defaultMaxWaiting = 4_000;
/** A whole school may sit behind one address, so one of it may take no more than a part. */
const defaultMaxPerSender = 2_000;

export function createWaitingLine({
  newTicket,
  abandonedAfterMs = defaultAbandonedAfterMs,
  maxWaiting = defaultMaxWaiting,
  maxPerSender = defaultMaxPerSender,
}: WaitingLineOptions): WaitingLine {
  /** In the order of their last question: those who have given up are at the front. */
  const byTicket = new Map<string, Waiting>();
  const byMove = new Map<string, Waiting>();
  const bySender = new Map<string, number>();
  /** In the order of their turn: first who was in before. */
  const movers: Waiting[] = [];
  const newcomers: Waiting[] = [];
  let stuckInAll = 0;

  function find({ ticket, movesFrom }: LineCaller): Waiting | undefined {
    const byJti = movesFrom === undefined ? undefined : byMove.get(movesFrom);
    return byJti ?? (ticket === undefined ? undefined : byTicket.get(ticket));
  }

  function remove(waiting: Waiting): void {
    setStuck(waiting, false);
    const line = waiting.movesFrom === undefined ? newcomers : movers;
    line.splice(line.indexOf(waiting), 1);
    byTicket.delete(waiting.ticket);
    if (waiting.movesFrom !== undefined) byMove.delete(waiting.movesFrom);
    const left = (bySender.get(waiting.sender) ?? 1) - 1;
    if (left > 0) bySender.set(waiting.sender, left);
    else bySender.delete(waiting.sender);
  }

  function forgetAbandoned(nowMs: number): void {
    for (const waiting of byTicket.values()) {
      if (nowMs - waiting.lastAskedMs <= abandonedAfterMs) return;
      remove(waiting);
    }
  }

  /** How many stand before somebody; before a newcomer without a place, all do. */
  function ahead(waiting: Waiting | undefined, isMover: boolean): number {
    const line = isMover ? movers : newcomers;
    return (isMover ? 0 : movers.length) + (waiting === undefined ? line.length : line.indexOf(waiting));
  }

  /** Those of the first so many who wait for a seat that is not there. */
  function stuckAmong(first: number): number {
    if (stuckInAll === 0) return 0;
    let count = 0;
    for (let index = 0; index < first; index += 1) {
      const waiting = index < movers.length ? movers[index] : newcomers[index - movers.length];
      count += Number(waiting?.stuck ?? false);
    }
    return count;
  }

  function setStuck(waiting: Waiting, stuck: boolean): void {
    stuckInAll += Number(stuck) - Number(waiting.stuck);
    waiting.stuck = stuck;
  }

  function enter(caller: LineCaller, nowMs: number): Waiting | undefined {
    const { sender, movesFrom, onlyLooks } = caller;
    if (onlyLooks) return undefined;
    const ofSender = bySender.get(sender) ?? 0;
    if (byTicket.size >= maxWaiting || ofSender >= maxPerSender) return undefined;
    const waiting: Waiting = { ticket: newTicket(), sender, movesFrom, lastAskedMs: nowMs, stuck: false };
    byTicket.set(waiting.ticket, waiting);
    if (movesFrom !== undefined) byMove.set(movesFrom, waiting);
    bySender.set(sender, ofSender + 1);
    (movesFrom === undefined ? newcomers : movers).push(waiting);
    return waiting;
  }

  return {
    isTurn(caller, { own }, nowMs) {
      forgetAbandoned(nowMs);
      if (byTicket.size === 0) return own > 0;
      const waiting = find(caller);
      const first = ahead(waiting, isMoving(waiting, caller));
      return own > first - stuckAmong(first);
    },
    wait(caller, { own, any }, nowMs) {
      forgetAbandoned(nowMs);
      const waiting = find(caller) ?? enter(caller, nowMs);
      if (!waiting) return undefined;
      waiting.lastAskedMs = nowMs;
      setStuck(waiting, own === 0 && any > 0);
      byTicket.delete(waiting.ticket);
      byTicket.set(waiting.ticket, waiting);
      return { position: ahead(waiting, isMoving(waiting, caller)) + 1, ticket: waiting.ticket };
    },
    leave(caller) {
      const waiting = find(caller);
      if (waiting) remove(waiting);
    },
    size(nowMs) {
      forgetAbandoned(nowMs);
      return byTicket.size;
    },
  };
}

const isMoving = (waiting: Waiting | undefined, { movesFrom }: LineCaller): boolean =>
  waiting === undefined ? movesFrom !== undefined : waiting.movesFrom !== undefined;
