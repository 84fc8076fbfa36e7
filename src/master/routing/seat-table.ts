// The seats of all nodes and the places held for viewers on their way. Choosing is the router's work; this only
// counts, so that nobody is counted twice and nobody is missed. Time comes in as an argument (monotonic ms).
import type { Seats } from "./policy.ts";
import { hashOf } from "./stable-hash.ts";

/** A place is held this long for a token that has not been seen in use. */
export const reservationMs = 15_000;

export interface NodeSeats {
  readonly maxConnections: number;
  readonly connections: number;
  readonly routableUntilMs: number;
  readonly follows: boolean;
}

/** How many places ended how, since the start: the viewer came, nobody came in time, or it was given free before. */
export type ReservationOutcomes = Readonly<Record<"claimed" | "expired" | "released", number>>;

export interface SeatTable {
  /** Adds a node or takes over its newest numbers; what is reserved there stays. */
  put(nodeId: string, numbers: NodeSeats): void;
  /** Takes a node away, with what is reserved there. */
  remove(nodeId: string): void;
  /** Holds a place until `reservationMs` after `now`; a second call with the same id moves or renews it, and never counts twice. */
  reserve(id: string, nodeId: string, now: number): void;
  /** The viewer was seen by this node: from now on it is in the node's own numbers. A reservation elsewhere stays. */
  claim(id: string, nodeId: string): void;
  /** Nobody will come for what is held there under this id. */
  release(id: string, nodeId: string): void;
  /** The node on which this id holds a place. */
  nodeOf(id: string, now: number): string | undefined;
  /** All nodes, with reservations that are still good at `now`. The array is the table's own: read it at once, do not keep it. */
  seats(now: number): readonly Seats[];
  get(nodeId: string, now: number): Seats | undefined;
  /** Gives free what nobody came for. */
  expire(now: number): void;
  /** Places held, with those that nobody has looked at since they expired. */
  readonly reservations: number;
  readonly outcomes: ReservationOutcomes;
}

interface Row {
  readonly nodeId: string;
  readonly nodeHash: number;
  maxConnections: number;
  connections: number;
  reserved: number;
  routableUntilMs: number;
  follows: boolean;
}

interface Reservation {
  readonly row: Row;
  readonly expiresAtMs: number;
}

/** @param maxReservations bound against floods; beyond it the oldest place is given free. */
export function createSeatTable(maxReservations = 200_000): SeatTable {
  const rows = new Map<string, Row>();
  let list: Row[] = [];
  /** In order of expiry, because every reservation lasts equally long and a renewed one goes to the end. */
  const held = new Map<string, Reservation>();
  const outcomes = { claimed: 0, expired: 0, released: 0 };

  function free(id: string, reservation: Reservation): void {
    reservation.row.reserved -= 1;
    held.delete(id);
  }

  function end(id: string, nodeId: string, outcome: keyof ReservationOutcomes): void {
    const reservation = held.get(id);
    if (reservation?.row.nodeId !== nodeId) return;
    free(id, reservation);
    outcomes[outcome] += 1;
  }

  function expire(now: number): void {
    for (const [id, reservation] of held) {
      const isOver = reservation.expiresAtMs <= now;
      if (!isOver && held.size <= maxReservations) return;
      free(id, reservation);
      outcomes[isOver ? "expired" : "released"] += 1;
    }
  }

  return {
    put(nodeId, numbers) {
      const row = rows.get(nodeId);
      if (row) {
        Object.assign(row, numbers);
        return;
      }
      const { maxConnections, connections, routableUntilMs, follows } = numbers;
      const added: Row = { nodeId, nodeHash: hashOf(nodeId), maxConnections, connections, reserved: 0, routableUntilMs, follows };
      rows.set(nodeId, added);
      list.push(added);
    },

    remove(nodeId) {
      const row = rows.get(nodeId);
      if (!row) return;
      rows.delete(nodeId);
      list = list.filter((other) => other !== row);
      for (const [id, reservation] of held) {
        if (reservation.row !== row) continue;
        held.delete(id);
        outcomes.released += 1;
      }
    },

    reserve(id, nodeId, now) {
      const former = held.get(id);
      if (former) free(id, former);
      const row = rows.get(nodeId);
      if (!row) {
        outcomes.released += Number(former !== undefined);
        return;
      }
      row.reserved += 1;
      held.set(id, { row, expiresAtMs: now + reservationMs });
      expire(now);
    },

    claim: (id, nodeId) => end(id, nodeId, "claimed"),
    release: (id, nodeId) => end(id, nodeId, "released"),

    nodeOf(id, now) {
      expire(now);
      return held.get(id)?.row.nodeId;
    },

    seats(now) {
      expire(now);
      return list;
    },

    get(nodeId, now) {
      expire(now);
      return rows.get(nodeId);
    },

    expire,

    get reservations() {
      return held.size;
    },
    outcomes,
  };
}
