// The line before a full cluster: who waits for a seat, in which order, who is passed over, and who has given up. Pure but for the
// random names of tickets: time is an argument (monotonic ms). Knows neither nodes nor seats, only how many there are.

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
  /** 1 is next. Grows when somebody who stands further ahead comes back. */
  readonly position: number;
  readonly ticket: string;
}

export interface WaitingLine {
  /** Whether a free seat is left for the caller once all who stand before him have theirs. */
  isTurn(caller: LineCaller, room: Room, nowMs: number): boolean;
  /**
   * Keeps the caller's place, or gives him one at the end; undefined when he only looks, the line is full, or his sender has too many
   * in it. Who is absent gives way first.
   */
  wait(caller: LineCaller, room: Room, nowMs: number): LinePlace | undefined;
  /** He has got his seat. */
  leave(caller: LineCaller): void;
  /** Who has asked lately. */
  size(nowMs: number): number;
}

export interface WaitingLineOptions {
  readonly newTicket: () => string;
  /** Whoever has not asked for longer is passed over: he stands before nobody. */
  readonly absentAfterMs?: number;
  /** Whoever has not asked for longer has given up. */
  readonly abandonedAfterMs?: number;
  /** With those who are absent. */
  readonly maxWaiting?: number;
  readonly maxPerSender?: number;
}

interface Waiting {
  readonly ticket: string;
  readonly sender: string;
  readonly movesFrom: string | undefined;
  lastAskedMs: number;
  isAbsent: boolean;
  /** There were free seats, but none that would do for him: others need not wait for that. */
  stuck: boolean;
}

/** Several times what he is told to wait: a page that was closed holds a seat no longer than this. */
const defaultAbsentAfterMs = 20_000;
/** Browsers let a page that nobody looks at ask once a minute; with a phone in a pocket, somebody looks again soon. */
const defaultAbandonedAfterMs = 180_000;
/** More than a school has students without a seat. A poll costs a search for the place in it. */
const defaultMaxWaiting = 4_000;
/** A whole school may sit behind one address, so one of it may take no more than a part. */
const defaultMaxPerSender = 2_000;

export function createWaitingLine({
  newTicket,
  absentAfterMs = defaultAbsentAfterMs,
  abandonedAfterMs = defaultAbandonedAfterMs,
  maxWaiting = defaultMaxWaiting,
  maxPerSender = defaultMaxPerSender,
}: WaitingLineOptions): WaitingLine {
  /** By ticket, both in the order of their last question. */
  const asking = new Map<string, Waiting>();
  const absent = new Map<string, Waiting>();
  const byMove = new Map<string, Waiting>();
  const bySender = new Map<string, number>();
  /** In the order of their turn: first who was in before. */
  const movers: Waiting[] = [];
  const newcomers: Waiting[] = [];

  function find({ ticket, movesFrom }: LineCaller): Waiting | undefined {
    const byJti = movesFrom === undefined ? undefined : byMove.get(movesFrom);
    return byJti ?? (ticket === undefined ? undefined : (asking.get(ticket) ?? absent.get(ticket)));
  }

  function remove(waiting: Waiting): void {
    const line = waiting.movesFrom === undefined ? newcomers : movers;
    line.splice(line.indexOf(waiting), 1);
    asking.delete(waiting.ticket);
    absent.delete(waiting.ticket);
    if (waiting.movesFrom !== undefined) byMove.delete(waiting.movesFrom);
    const left = (bySender.get(waiting.sender) ?? 1) - 1;
    if (left > 0) bySender.set(waiting.sender, left);
    else bySender.delete(waiting.sender);
  }

  /** Who has been silent for too long. */
  function passOver(nowMs: number): void {
    for (const waiting of asking.values()) {
      if (nowMs - waiting.lastAskedMs <= absentAfterMs) break;
      asking.delete(waiting.ticket);
      absent.set(waiting.ticket, waiting);
      waiting.isAbsent = true;
    }
    for (const waiting of absent.values()) {
      if (nowMs - waiting.lastAskedMs <= abandonedAfterMs) break;
      remove(waiting);
    }
  }

  /** Who stands before somebody, and how many of them want a seat that is there. Before a newcomer without a place, all do. */
  function ahead(waiting: Waiting | undefined, caller: LineCaller): { readonly standing: number; readonly wanting: number } {
    const isMover = waiting === undefined ? caller.movesFrom !== undefined : waiting.movesFrom !== undefined;
    let standing = 0;
    let wanting = 0;
    for (const line of isMover ? [movers] : [movers, newcomers]) {
      for (const other of line) {
        if (other === waiting) break;
        if (other.isAbsent) continue;
        standing += 1;
        if (!other.stuck) wanting += 1;
      }
    }
    return { standing, wanting };
  }

  /** Who is absent gives way to who is here, the longest first; where a sender has too many, only his own do. */
  function hasRoomFor(sender: string): boolean {
    const hasTooMany = (bySender.get(sender) ?? 0) >= maxPerSender;
    if (!hasTooMany && asking.size + absent.size < maxWaiting) return true;
    for (const waiting of absent.values()) {
      if (hasTooMany && waiting.sender !== sender) continue;
      remove(waiting);
      return true;
    }
    return false;
  }

  function enter({ sender, movesFrom, onlyLooks }: LineCaller, nowMs: number): Waiting | undefined {
    if (onlyLooks || !hasRoomFor(sender)) return undefined;
    const waiting: Waiting = { ticket: newTicket(), sender, movesFrom, lastAskedMs: nowMs, isAbsent: false, stuck: false };
    if (movesFrom !== undefined) byMove.set(movesFrom, waiting);
    bySender.set(sender, (bySender.get(sender) ?? 0) + 1);
    (movesFrom === undefined ? newcomers : movers).push(waiting);
    return waiting;
  }

  return {
    isTurn(caller, { own }, nowMs) {
      passOver(nowMs);
      return own > ahead(find(caller), caller).wanting;
    },
    wait(caller, { own, any }, nowMs) {
      passOver(nowMs);
      const waiting = find(caller) ?? enter(caller, nowMs);
      if (!waiting) return undefined;
      waiting.lastAskedMs = nowMs;
      waiting.isAbsent = false;
      waiting.stuck = own === 0 && any > 0;
      absent.delete(waiting.ticket);
      asking.delete(waiting.ticket);
      asking.set(waiting.ticket, waiting);
      return { position: ahead(waiting, caller).standing + 1, ticket: waiting.ticket };
    },
    leave(caller) {
      const waiting = find(caller);
      if (waiting) remove(waiting);
    },
    size(nowMs) {
      passOver(nowMs);
      return asking.size;
    },
  };
}
